#!/usr/bin/env bash
# Writes uv.lock and tools/uv-requirements.txt anew. `make lock` calls it.
# Arguments go to `uv lock`, e.g. --upgrade or --upgrade-package ruff.
#
# Both files must name PyPI alone, whatever index this machine is set up with; where a private
# index is the only way out, copy the files from a machine that reaches PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."

unset VIRTUAL_ENV UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS
export UV_DEFAULT_INDEX=https://pypi.org/simple UV_PYTHON=.venv/bin/python

.venv/bin/uv lock "$@"
.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-config \
  --custom-compile-command 'make lock' \
  --output-file tools/uv-requirements.txt tools/uv-requirements.in
