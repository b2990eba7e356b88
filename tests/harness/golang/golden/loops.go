package traced; import _ddp "deferdiff.test/trace"

import "fmt"

func numbers() []int { _dd := _ddp.Enter(0, 0, 0); _ = _dd; { var _ddr0 []int = []int{1, 2}; _dd.Return(5); return _ddr0 } }

func defersInLoop() { _dd := _ddp.Enter(1, 0, 0); _ = _dd;
	for _, n := range numbers() {
		{ _dd1 := _ddp.Record()  ; _dd2a := n; defer func() { _dd := _ddp.Enter(5, _dd1, 0); _ = _dd; fmt.Println("deferred", _dd2a); _dd.Return(9) }(); _dd.Defer(_dd1, 9, "literal:5") }
	}
_dd.Return(11) }

func ranges(list []int, m map[int]string, c chan int, each [2]int, text string) (sum int) { _dd := _ddp.Enter(2, 0, 0); _ = _dd;
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
	_dd.Return(36); return
}

func Main() { _dd := _ddp.Enter(3, 0, 0); _ = _dd;
	defersInLoop()
	c := make(chan int, 1)
	c <- 1
	close(c)
	fmt.Println(ranges([]int{1, 2}, map[int]string{1: "a"}, c, [2]int{}, "ab"))
	for i := 0; i < 2; i++ {
		{ _dd3 := _ddp.Record(); defer func() { _dd := _ddp.Enter(4, _dd3, 0); _ = _dd; fmt.Println("deferred in a for statement") ; _dd.Return(46) }(); _dd.Defer(_dd3, 46, "literal:4") }
	}
_dd.Return(48) }
