"""Reports: one file per format, each a pure function of a `harness.report.result.GateResult`.

`harness.report.write` puts all of them into a directory. What tested programs and compilers wrote is data here: it
reaches a report only through `harness.report.text`.
"""
