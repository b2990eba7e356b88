package main

import "fmt"

type pair struct {
	a, b int
}

func two() (int, string) { return 2, "two" }

func forward() (int, string) { return two() }

func mixed(n int) (x int, err error) {
	switch {
	case n < 0:
		return -n, fmt.Errorf("negative %d", n)
	case n == 0:
		return
	}
	return n +
		len(fmt.Sprint(n)), nil
}

func field(p *pair) int { return p.b }

func index(s []int, i int) int { return s[i] }

func constants() (byte, float64, string, error) { return 1 << 2, 1.5, "x" + "y", nil }

func literal() func() int { return func() int { return 3 } }

func composite() pair { return pair{1, two2()} }

func two2() int { return 2 }

func pointer() *pair { return &pair{a: 4} }

func converted(n int) any { return int64(n) }

func anonymous() struct{ n int } { return struct{ n int }{two2()} }

func function() (f func(int) (a, b int)) { return pick(f) }

func pick(f func(int) (int, int)) func(int) (int, int) { return f }

func labelled(n int) int {
	for {
		if n > 0 {
			goto done
		}
		n++
	}
done:
	return two2() + n
}

func changed() (n int) {
	defer func() { n *= 2 }()
	return two2() + 1
}

func inLiteral() (string, int) {
	f := func(s string) (string, error) { return fmt.Sprint(s, s), nil }
	s, _ := f("a")
	return s, len(s)
}

func named() (p *pair, ok bool) {
	p = &pair{1, 2}
	if p := pointer(); p.a == 4 { return p, true }; return nil, false
}

func stop() { fmt.Println("stop"); return }

func main() {
	fmt.Println(forward())
	fmt.Println(mixed(-1))
	fmt.Println(mixed(0))
	fmt.Println(mixed(12))
	fmt.Println(field(&pair{1, 2}), index([]int{5}, 0))
	fmt.Println(constants())
	fmt.Println(literal()(), composite(), *pointer(), converted(6), anonymous(), function() == nil)
	fmt.Println(labelled(0), changed())
	fmt.Println(inLiteral())
	p, ok := named()
	fmt.Println(*p, ok)
	stop()
	func() {
		defer func() { fmt.Println(recover() != nil) }()
		field(nil)
	}()
}
