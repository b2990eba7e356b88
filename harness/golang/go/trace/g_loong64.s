//go:build gc

TEXT ·getg(SB),4,$0-8
	MOVV g, ret+0(FP)
	RET
