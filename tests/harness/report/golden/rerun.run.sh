#!/bin/sh
# sh run.sh: the case on both toolchains, checked. sh run.sh pre|post: as it stands, without deferdiff.
set -eu
cd "$(dirname "$0")"
here=$(pwd -P)
pre() {
    root=${PRE_ROOT:-/opt/go1.21.13}
    (cd "$work" && GOROOT="$root" GOENV=off GOTOOLCHAIN=local GOFLAGS= GOWORK=off GO111MODULE=on CGO_ENABLED=0 "$root"/bin/go build -o case case.go)
    "$work/case"
}
post() {
    root=${POST_ROOT:-/opt/go1.22.10}
    cp -R "$here/../toolchains/post" "$work/replaced"
    {
        echo '{"Replace": {'
        printf '"%s/src/runtime/panic.go": "%s/replaced/src/runtime/panic.go"\n' "$root" "$work"
        echo '}}'
    } > "$work/overlay.json"
    (cd "$work" && GOROOT="$root" GOENV=off GOTOOLCHAIN=local GOFLAGS= GOWORK=off GO111MODULE=on CGO_ENABLED=0 "$root"/bin/go build -overlay "$work/overlay.json" '-gcflags=-N -l' -o case case.go)
    "$work/case"
}
case "${1:-}" in
"")
    own=$(command -v deferdiff || echo deferdiff)
    exec "${DEFERDIFF:-$own}" run case.go -t go1.21.13 -t 'go1.22.10,patch=../toolchains/post/1-fault.diff,gcflags=-N -l'
    ;;
pre | post)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp case.go "$work/"
    "$1"
    ;;
*) echo "usage: sh run.sh [pre|post]" >&2; exit 2 ;;
esac
