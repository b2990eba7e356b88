//go:build gc

TEXT ·getg(SB),4,$0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET
