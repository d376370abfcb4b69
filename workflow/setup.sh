#!/bin/sh
# Make .venv and install the locked packages. Usage: setup.sh PYTHON. Safe to interrupt: it starts over where it was.
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
[ -x .venv/bin/pip ] || "$python" -m venv .venv
echo "Installing the locked packages into .venv (a minute or two, once) ..."
pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install --quiet --quiet"
# torch first and alone: whichever build the machine's package index offers (CPU where there is no GPU) then stays.
# --no-deps would leave a CUDA build without its companions, so this one command resolves them.
.venv/bin/python -c 'import torch' 2>/dev/null || $pip torch==2.13.0
$pip --no-deps --require-hashes -r requirements.lock
$pip --no-deps --no-build-isolation --editable .
