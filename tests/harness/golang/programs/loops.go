package main

import "fmt"

func numbers() []int { return []int{1, 2} }

func defersInLoop() {
	for _, n := range numbers() {
		defer fmt.Println("deferred", n)
	}
}

func ranges(list []int, m map[int]string, c chan int, each [2]int, text string) (sum int) {
	for i := range list {
		sum += i
	}
	for i := range []int{1} {
		sum += i
	}
	for range m {
		sum++
	}
	for n := range c {
		sum += n
	}
	local := make([]int, 2)
	for i := range local {
		sum += i
	}
	for range each {
		sum++
	}
	for range text {
		sum++
	}
	return
}

func main() {
	defersInLoop()
	c := make(chan int, 1)
	c <- 1
	close(c)
	fmt.Println(ranges([]int{1, 2}, map[int]string{1: "a"}, c, [2]int{}, "ab"))
	for i := 0; i < 2; i++ {
		defer func() { fmt.Println("deferred in a for statement") }()
	}
}
