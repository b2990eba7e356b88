"""The Go side: putting trace calls into Go source, and the Go module in which a batch of cases is compiled.

    syntax -> names -> callees -> instrument -> layout

`go/` holds Go sources that go into every such module: the trace package, the driver, the supervisor.
"""
