module deferdiff.dev/supervise

go 1.19
