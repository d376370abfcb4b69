#!/bin/sh
# Make .venv and install the locked packages. Usage: setup.sh PYTHON. Safe to interrupt: it goes on where it was.
# pip brings uv, and uv the rest, in a minute; where uv is not to be had, or fails, pip brings all of it, in some more.
set -eu
python=$1

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Retort needs Python >= 3.11 and '$python' is not. Hint: make PYTHON=python3.12 ..." >&2
    exit 1
}
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
echo "Installing the locked packages into .venv (about a minute, once) ..."
[ -x .venv/bin/pip ] || "$python" -m venv .venv
state=.venv/setup # parts of the lock, and marks of what was begun
mkdir -p "$state"
end='/[^\\]$/' # the last line of a package in the lock is the first that does not go on
sed -n "/^uv==/,${end}p" requirements.lock >"$state/uv.txt"
sed -n "/^torch==/,${end}p" requirements.lock >"$state/torch.txt"
sed "/^uv==/,${end}d; /^torch==/,${end}d" requirements.lock >"$state/rest.txt"
sed -n 's/ *\\$//; /==/p' "$state/rest.txt" >"$state/versions.txt"
torch=$(sed -n 's/^torch==\([^ ]*\).*/\1/p' "$state/torch.txt")
sed "s/^torch==$torch/&+cpu/" "$state/torch.txt" >"$state/torch-cpu.txt"

pip() { PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip "$@" --quiet --quiet; }
uv() { .venv/bin/uv pip "$@" --quiet --python .venv/bin/python; }

# uv reads none of pip's settings: here is what the files and the environment of pip say, in uv's words.
settings=$(PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip config list)
setting() { printf '%s\n' "$settings" | sed -nE "s/^(:env:|global|install)\.$1='(.*)'\$/\2/p" | head -n 1 | sed 's/\\n/ /g'; }
said=$(setting index-url) && [ -z "$said" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$said}"
said=$(setting extra-index-url) && [ -z "$said" ] || export UV_EXTRA_INDEX_URL="${UV_EXTRA_INDEX_URL:-$said}"
said=$(setting find-links | tr ' ' ',') && [ -z "$said" ] || export UV_FIND_LINKS="${UV_FIND_LINKS:-$said}"
said=$(setting cert) && [ -z "$said" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$said}"
export UV_INDEX_STRATEGY=unsafe-best-match # as pip: a file may come from any index, since its hash is known
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"

# once NAME COMMAND ...: it starts over when it was killed the last time, because what uv leaves half then looks whole.
once() {
    mark="$state/$1.begun"
    shift
    again=
    [ ! -e "$mark" ] || again=--force-reinstall
    : >"$mark"
    "$@" $again && rm "$mark"
}
# A torch of this version that is there stays, whichever build it is.
torch_version() { .venv/bin/python -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null; }
has_torch() {
    case "$(torch_version)" in
    "$torch" | "$torch"+*) [ ! -e "$state/torch.begun" ] ;;
    *) false ;;
    esac
}
# With uv or pip. Only files whose hashes the lock has, but for what a CUDA build of torch needs besides, which the lock
# leaves to it. A CPU build comes first: where the machine's index offers that, it is meant to be taken.
packages() {
    once rest "$1" install --no-deps --require-hashes -r "$state/rest.txt" &&
        once describe "$1" install --no-deps --require-hashes -r requirements-describe.txt &&
        { has_torch || once torch "$1" install --no-deps --require-hashes -r "$state/torch-cpu.txt" 2>/dev/null ||
            once torch "$1" install --no-deps --require-hashes -r "$state/torch.txt"; } &&
        case "$(torch_version)" in *+cpu) ;; *) "$1" install --constraint "$state/versions.txt" "torch==$torch" ;; esac &&
        "$1" install --no-deps --no-build-isolation --editable .
}
{
    .venv/bin/uv --version >/dev/null 2>&1 ||
        pip install --force-reinstall --no-deps --require-hashes -r "$state/uv.txt"
} && packages uv || {
    echo "uv could not do it, for the reason above: pip takes over, which takes some minutes." >&2
    packages pip
}
# Else the first jobs would compile what they import. Tests, and large packages that others bring, nothing imports here.
unused='/(tests?|testing|_inductor|pip|setuptools|plotly|mypy|docutils|lexers)/'
.venv/bin/python -m compileall -q -j 0 -x "$unused" .venv/lib >/dev/null 2>&1 || true
