//go:build gc

TEXT ·getg(SB),4,$0-4
	MOVL (TLS), AX
	MOVL AX, ret+0(FP)
	RET
