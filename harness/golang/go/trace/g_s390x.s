//go:build gc

TEXT ·getg(SB),4,$0-8
	MOVD g, ret+0(FP)
	RET
