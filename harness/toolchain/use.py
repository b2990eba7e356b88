"""How the go command of an installed toolchain is called, wherever its tree is seen."""

from __future__ import annotations

from pathlib import PurePosixPath

from harness.model import Installed
from harness.toolchain import debian


def command(installed: Installed, root: str) -> str:
    """The path of the go command. `root` is where `installed.root` is seen: in a container's view for example "/" for
    gccgo and "/go" for gc; an image's go command is absolute."""
    return str(PurePosixPath(root) / installed.go)


def environment(installed: Installed, root: str) -> dict[str, str]:
    """All that a go command needs to be told, for `go build` without network; only GOCACHE, HOME and GOTMPDIR are the
    caller's. Nothing may be inherited beside it.

    gccgo outside its own file system (`root` is not "/") uses the machine's C library and its own other libraries.
    """
    common = {
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
        "LC_ALL": "C",
    }
    top = PurePosixPath(root)
    if installed.engine == "gccgo":
        return common | _gccgo(installed, top)
    toolchain = installed.toolchain
    goroot = PurePosixPath(installed.go).parent.parent if installed.root is None else top
    common |= {"GOROOT": str(goroot), "PATH": str(goroot / "bin")}
    if toolchain.goarch:
        common["GOARCH"] = toolchain.goarch
    if toolchain.goexperiment:
        common["GOEXPERIMENT"] = toolchain.goexperiment
    if toolchain.race:  # which takes the machine's C compiler
        common |= {"CGO_ENABLED": "1", "PATH": f"{common['PATH']}:/usr/bin:/bin"}
    return common


def flags(installed: Installed, root: str) -> list[str]:
    """Flags of `go build` that the engine needs: for gccgo a static link against its own C library, and with it the
    toolchain's compiler flags (which for gc go to `-gcflags`)."""
    if installed.engine != "gccgo":
        return []
    own = [f"--sysroot={root}"] if root != "/" else []
    return ["-gccgoflags=" + " ".join(["-static", *own, *installed.toolchain.gcflags.split()])]


def _gccgo(installed: Installed, top: PurePosixPath) -> dict[str, str]:
    if installed.root is None:
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    number = debian.GCCGO_PACKAGE.rpartition("-")[2]
    [tools] = [path.parent.relative_to(installed.root) for path in installed.root.glob(f"usr/lib/gcc/*/{number}/go1")]
    settings = {
        "GOROOT": str(top / "usr"),
        "GCCGO": str(top / "usr/bin" / debian.GCCGO_PACKAGE),
        "GOTOOLDIR": str(top / tools),
        "GCCGOTOOLDIR": str(top / tools),
        "PATH": str(top / "usr/bin"),
    }
    if str(top) != "/":
        settings["LD_LIBRARY_PATH"] = str(top / debian.PRIVATE_LIBRARIES)
    return settings
