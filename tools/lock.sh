#!/bin/sh
# Resolves pyproject.toml for every platform and Python from 3.11 on into requirements files with hashes and without
# addresses, which pip and uv both install. uv itself lives for the length of this script only.
set -eu
cd "$(dirname "$0")/.."

python=.venv/bin/python
[ -x $python ] || python=python3
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
"$python" -m venv "$temporary/uv"
"$temporary/uv/bin/python" -m pip install -qq --disable-pip-version-check 'uv>=0.13,<0.14'

lock() {
    "$temporary/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}
lock pyproject.toml --output-file requirements.txt "$@"
lock pyproject.toml --group test --group lint --constraint requirements.txt --output-file requirements-dev.txt "$@"
