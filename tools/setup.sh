#!/bin/sh
# Usage: setup.sh VENV CONSTRAINTS PIP-ARGUMENT...
# Makes the virtual environment VENV with the newest Python from 3.11 on and installs into it.
set -eu
venv=$1
constraints=$2
shift 2

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=..." >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

if [ ! -x "$venv/bin/pip" ]; then
    python=$(find_python)
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        # Debian and Ubuntu ship Python without the parts that venv needs.
        as_root apt-get update -q && as_root apt-get install -y -q python3-venv || {
            echo "$python cannot make virtual environments: install python3-venv." >&2
            exit 1
        }
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
fi
# --group needs pip 25.1.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$constraints" "$@"
