#!/usr/bin/env bash
# Runs every static check, all of them even when one fails, so that one run shows all there is.
# A check that passes prints one line.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $name"
  else
    printf 'FAILED  %s\n%s\n' "$name" "$output"
    failed=1
  fi
}

# The lock must name no index that only some machines reach.
lock_names_only_pypi() {
  ! grep -E 'https?://|(registry|url|path) = ' uv.lock |
    grep -vE 'registry = "https://pypi\.org/simple"|url = "https://files\.pythonhosted\.org/'
}

check 'ruff check' .venv/bin/ruff check --quiet
check 'ruff format --check' .venv/bin/ruff format --check --quiet
check 'mypy' .venv/bin/mypy
check 'lint-imports' .venv/bin/lint-imports --no-logo
check 'uv.lock is up to date' .venv/bin/uv lock --check --offline
check 'uv.lock names only PyPI' lock_names_only_pypi
exit "$failed"
