//go:build gc

package data

// room grows a new stack, in one step and without touching it.
func room()
