//go:build go1.23

package data

// repeat goes through a loop's body so many times.
func repeat(times uint16) func(func() bool) {
	return func(body func() bool) {
		for ; times > 0; times-- {
			if !body() {
				return
			}
		}
	}
}
