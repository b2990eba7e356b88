# Sourced by the commands beside it: makes the project's own virtual environment, once per state of pyproject.toml.
# Sets `root` (the checkout) and `bin` (the environment's commands).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${DEFERDIFF_VENV:-$root/.venv}
bin=$venv/bin

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$(basename "$0"): $python is missing or older than 3.11; name one with PYTHON=..." >&2
    exit 3
fi
wanted=$("$python" - "$root" <<'PY'
import hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
print(hashlib.sha256((sys.version + str(root)).encode() + (root / "pyproject.toml").read_bytes()).hexdigest())
PY
)
if [ "$(cat "$venv/.installed" 2>/dev/null)" != "$wanted" ]; then
    echo "setting up $venv" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$bin/pip" install --quiet --disable-pip-version-check --editable "$root[dev]" >&2
    echo "$wanted" > "$venv/.installed"
fi
# Tests start hundreds of processes: each would compile all modules anew where Python is told to keep nothing. What it
# compiled is kept beside the packages, not in the checkout.
unset PYTHONDONTWRITEBYTECODE
PYTHONPYCACHEPREFIX=$(cd "$venv" && pwd)/bytecode
export PYTHONPYCACHEPREFIX
