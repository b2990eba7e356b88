module deferdiff.test/attacks

go 1.22
