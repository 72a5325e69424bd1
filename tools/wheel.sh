#!/usr/bin/env bash
# Builds the wheel compiled for this machine's Python into the folder given (default: dist).
# `make wheel` calls it. It needs a C compiler and Python's headers.
#
# It is built from a copy: the compiler leaves its output beside the sources, where Python would
# take it for them.
set -euo pipefail
cd "$(dirname "$0")/.."
to=$(realpath -m "${1:-dist}")

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar --exclude=__pycache__ -c pyproject.toml README.md LICENSE NOTICE src | tar -x -C "$copy"
export HATCH_BUILD_HOOK_ENABLE_MYPYC=true PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$to" "$copy"
