"""Everything that can go wrong apart from the tested toolchain, as one tree.

    DeferdiffError
    ├── UsageError             the user's input is wrong: one line, exit status 2
    │   ├── BadCase            a case file: header, name, Go syntax
    │   ├── BadProgram         a program file (YAML): not readable, or no program of the algebra
    │   ├── BadPatch           a patch that cannot be read or does not apply
    │   ├── BadToolchain       a toolchain text or name that means nothing
    │   ├── BadPolicy          a policy file: not readable, unknown keys or values
    │   ├── BadAcceptance      a list of accepted differences, or one to be: not readable, unknown, nothing to accept
    │   ├── BadKnown           a list of known differences: not readable, unknown keys or values
    │   ├── BadCampaign        a campaign's file: not readable, or of another campaign than what is asked for
    │   ├── BadLog             a search's log: not readable
    │   ├── BadHistory         what a bisection is given is no history that it can search
    │   ├── BadRun             a run, stored or recorded, that there is not, or that cannot be read
    │   ├── BadToken           what a token is asked for, or named by, means nothing
    │   ├── BadAddress         an address that the service cannot listen on
    │   ├── BadSubmission      a service refuses what it is asked, or its address means nothing
    │   ├── BadDatabase        a database's URL that means nothing, or a database that is none of ours
    │   └── BadOutput          a report directory that cannot be written
    └── MachineryError         the world failed, nothing is known of the toolchain: exit status 3
        ├── ToolchainUnavailable   a toolchain exists by name but could not be had
        ├── SandboxFailed          an Engine, container or supervisor broke
        ├── TraceDamaged           a trace that no supervisor's cut explains
        ├── ServiceUnavailable     the service's packages are not installed
        ├── RemoteFailed           a service does not answer, or a job of it came to nothing
        ├── DatabaseFailed         a database is not there, is full, damaged, or went away
        ├── SchedulerUnavailable   a dask cluster that is asked for is not there, or is not like this machine
        └── WorkerLost             a process that works for a campaign died

The tested toolchain's faults are values (`harness.model.Outcome`), never exceptions, and our own bugs are neither:
nothing catches them but the command's last line, which shows where they are and ends with 3 (the threads of a
campaign hand them on to it), and the threads of the service, which tell of them and go on with the next job. The
message of each error is one line that says what, where and what to do.
"""


class DeferdiffError(Exception):
    """Base of all errors that a person can do something about."""


class UsageError(DeferdiffError):
    """The user's input is wrong."""


class BadCase(UsageError):
    """A case file has a bad header, a bad name or Go source that does not parse."""


class BadProgram(UsageError):
    """A file is no program of the algebra (`oracle.program`)."""


class BadPatch(UsageError):
    """A patch cannot be read, has a hunk that does not apply, or touches what it may not."""


class BadToolchain(UsageError):
    """A toolchain text does not parse, or names nothing that exists."""


class BadPolicy(UsageError):
    """A policy file cannot be read or says what no policy can say."""


class BadAcceptance(UsageError):
    """A list of accepted differences cannot be read, or there is nothing that could be accepted."""


class BadKnown(UsageError):
    """A list of known differences cannot be read, or has what no entry can have."""


class BadCampaign(UsageError):
    """A campaign's file cannot be read, or what it holds cannot be gone on with or put together."""


class BadLog(UsageError):
    """A search's log cannot be read."""


class BadHistory(UsageError):
    """A repository, a range of it, or a list of releases that cannot be searched."""


class BadRun(UsageError):
    """No such run is recorded, or no run has such a case; or a file is no stored run of a gate, is damaged, or has a
    format that this version does not read."""


class BadToken(UsageError):
    """Scopes, an expiry or a token's number that mean nothing."""


class BadAddress(UsageError):
    """An address that is not this machine's, or whose port is taken."""


class BadSubmission(UsageError):
    """A service refuses what it is asked: a token, a request; or its address is none."""


class BadDatabase(UsageError):
    """A database's URL means nothing, or the database is another program's or a newer version's."""


class BadOutput(UsageError):
    """A directory for reports cannot be created or written."""


class MachineryError(DeferdiffError):
    """Something of ours or the machine's failed, so nothing was learnt about the toolchain."""


class ToolchainUnavailable(MachineryError):
    """A toolchain is known but could not be fetched, unpacked, verified or built for."""


class SandboxFailed(MachineryError):
    """The Engine, a container or the supervisor in it failed."""


class TraceDamaged(MachineryError):
    """A trace is damaged in a way that the run's ending does not explain."""


class RemoteFailed(MachineryError):
    """A service that is asked does not answer, answers otherwise than deferdiff does, or has lost a job."""


class ServiceUnavailable(MachineryError):
    """The service needs packages that are not installed."""


class DatabaseFailed(MachineryError):
    """A database does not answer, is full or damaged, or went away; what was not committed is not in it."""


class SchedulerUnavailable(MachineryError):
    """A cluster cannot be used: the package is missing, nobody answers, it has no workers, or other versions."""


class WorkerLost(MachineryError):
    """A process that works for a campaign died at its work: killed from outside, or out of memory."""
