"""How runtimes differ in finishing deferred calls, as frozen values; and what CL 515856 changed, rule by rule.

The model in `oracle.runtime` asks the profile, never a version number.
"""

from __future__ import annotations

from dataclasses import dataclass

from oracle.rules import Rule

_CL = "https://go.dev/cl/515856"

R1 = Rule(
    "R1-deferreturn-does-not-unwind",
    "deferreturn finds its frame's deferred calls by the caller's sp alone; pending open-coded ones from the state in"
    " g.param, which it takes and clears.",
    _CL,
)
R2 = Rule(
    "R2-recovery-saves-state",
    "recovery leaves retpc and the offsets from sp of bits and slots in g.param if the frame that it returns to has"
    " open-coded deferred calls pending.",
    _CL,
)
R3 = Rule(
    "R3-goexit-saves-nothing",
    "recovery that would jump past a Goexit returns to that Goexit's loop, which unwinds, and saves nothing.",
    _CL,
)
R4 = Rule("R4-param-is-free", "g.param is nil when recovery begins: nothing saved may be left over.", _CL)
R5 = Rule("R5-linked-first", "nextFrame looks for linked deferred calls of a frame before open-coded ones.", _CL)
R6 = Rule(
    "R6-bits-before-clearing",
    "nextDefer looks whether bits are left before it clears any: a nested panic may have run the rest of the frame.",
    _CL,
)
CL_RULES = (R1, R2, R3, R4, R5, R6)


@dataclass(frozen=True, slots=True)
class Profile:
    """One runtime's ways. `deferreturn_unwinds`: deferreturn finds open-coded deferred calls with the unwinder, and
    nothing is saved for it (the opposite of R1 to R4); `open_coded_first`: the opposite of R5."""

    name: str
    deferreturn_unwinds: bool
    open_coded_first: bool


PRE_CL = Profile("pre-cl-515856", deferreturn_unwinds=True, open_coded_first=True)
"""The runtime just before the CL (go1.22.10 with the CL taken out)."""
POST_CL = Profile("post-cl-515856", deferreturn_unwinds=False, open_coded_first=False)
"""The runtime with the CL (go1.22)."""
PROFILES = {profile.name: profile for profile in (PRE_CL, POST_CL)}
