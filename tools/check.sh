#!/usr/bin/env bash
# The tests that need more than Python: those marked needs_node.
set -uo pipefail
cd "$(dirname "$0")/.."

readonly no_tests=5 # pytest's exit status when nothing was collected

.venv/bin/pytest --collect-only --quiet -m needs_node tests >/dev/null 2>&1
if (($? == no_tests)); then
  # Silent in CI, where the summary of `make test` is then the last line.
  [[ -n ${CI:-} ]] || echo "No test needs node yet."
  exit 0
fi

bash tools/node-setup.sh || exit
PATH="$PWD/.cache/node/bin:$PATH" NODE_PATH="$PWD/.cache/node/node_modules" \
  .venv/bin/pytest -m needs_node tests
