//go:build gc && (386 || amd64 || arm || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package trace

// getg gives the address of the running goroutine's g. (In each g_*.s, 4 is NOSPLIT.)
func getg() uintptr
