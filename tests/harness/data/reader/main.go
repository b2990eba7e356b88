// The command that tests ask how the driver reads sheets: it gets paths, a line each, and answers each with the length
// of its answer, the bytes that reading it has allocated, and the answer.
package main

import (
	"bufio"
	"fmt"
	"os"

	"deferdiff.test/data"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		said, allocated := data.Check(lines.Text())
		fmt.Printf("%d %d\n%s", len(said), allocated, said)
	}
}
