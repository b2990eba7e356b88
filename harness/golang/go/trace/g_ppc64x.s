//go:build gc && (ppc64 || ppc64le)

TEXT ·getg(SB),4,$0-8
	MOVD g, ret+0(FP)
	RET
