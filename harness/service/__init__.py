"""The service: jobs that come over HTTP, wait in the database, and run as the command `deferdiff` does by hand.

    request -> kinds (what may be asked, and the command that it is) -> queue -> worker -> warden -> deferdiff ...
                                                                          |-> results, events, webhooks

Read `jobs.py` (the nouns) first, then `queue.py` (all that changes a job's state), `worker.py` and `execution.py`.
`api.py` is the way in, `server.py` the process. A new kind of job is one file in `kinds/` and one line where it is
registered.
"""
