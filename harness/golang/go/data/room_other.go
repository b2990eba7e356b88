//go:build !gc

package data

func room() { grow(15) }
