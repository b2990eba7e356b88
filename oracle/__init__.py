"""What the Go language owes a program that defers, panics, recovers and calls Goexit.

`events` has the words of a trace, `rules` the language's rules with their sources, `check` decides whether an
observed trace keeps them. Pure: no I/O, nothing but the standard library, no import of `harness`.

Modelled: order and number of deferred calls, what recover gives, where control goes on after a recovery, Goexit, the
end of goroutines and of the process. Not modelled: traceback text, addresses, scheduling between goroutines.
"""
