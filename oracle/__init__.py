"""What Go owes a program that defers, panics, recovers and calls Goexit: a reference, in two ways and at two levels.

Pure: no I/O, nothing but the standard library, no import of `harness`. What each file has, in the order to read them:

    Programs          program     the algebra: what a generated program can do
                      text        its plain form, which people read and edit
                      code        its compiled form, which the models read; events as integers, and in words
                      generate    all programs up to a size; random ones
                      gather      from a table of functions to the program that one of them is
    The language      rules       the rules that a verdict names, with their sources
                      spec        an interpreter of programs by these rules: the events and the end that are owed
    The runtime       profile     what CL 515856 changed, as rules R1 to R6; the runtime before and after it
                      runtime2    runtime2.go: g, _panic, _defer, savedOpenDeferState, and frames with addresses
                      runtime     panic.go: a function of the model for each of the runtime's, in its order
                      stackcopy   stack.go: what happens to pointers when the stack moves
                      execute     what the compiler adds: exits, wrappers, the call of deferreturn
                      steps       what the runtime does between two events, in words
    Both              agreement   do spec and runtime give the same events?
                      explain     a run step by step, with the rule and the state of each (snapshot, narrate ...)
    Observed traces   events      the words of a trace
                      check       from events alone: does a trace keep the rules? (stack, settle, ending ...)
                      predict     with the program known: are these the events that it owes?
                      traced      the trace that a run of a program would leave
                      canonical   what two runs of one program must share

Whoever knows panic.go finds each function of it that finishes deferred calls under its name in `runtime`:

    deferproc deferreturn Goexit printpanics gopanic _panic.start _panic.nextDefer _panic.nextFrame
    _panic.initOpenCodedDefers gorecover recovery fatalpanic

Modelled: order and number of deferred calls, what recover gives, where control goes on after a recovery, Goexit,
run-time errors, nil function values, results that deferred calls change, wrappers, copies of the stack, the end of
goroutines and of the process with the panics that are then under way.

Not modelled: the text of tracebacks; real addresses (the model's are its own); scheduling of goroutines; the race
between a dying process and its other goroutines; signals, locks, the garbage collector as such; deferrangefunc, and
with it defer statements in the bodies of range-over-func loops; what releases after 1.22 changed once more.
"""
