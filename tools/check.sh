#!/usr/bin/env bash
# The proofs about the guideline; the tests that need more than Python: a browser, node, PostgreSQL,
# Spark, WeasyPrint, a C compiler; and the tests of `make test` once more on the compiled form. What
# they need is installed first; a server that a test needs, the test starts itself.
set -uo pipefail
cd "$(dirname "$0")/.."

readonly chosen="needs_browser or needs_compiler or needs_node or needs_pdf or needs_postgres or needs_schemathesis or needs_spark"

bash tools/install.sh all || exit
bash tools/debian-setup.sh || exit
bash tools/node-setup.sh || exit
compiled=$(bash tools/compiled.sh) || exit

status=0
.venv/bin/myopathway verify || status=$?
PATH="$PWD/.cache/node/bin:$PATH" NODE_PATH="$PWD/.cache/node/node_modules" \
  .venv/bin/pytest -n "${WORKERS:-auto}" -m "$chosen" tests || status=$?
echo "The tests of make test, on the compiled form:"
PYTHONPATH=$compiled \
  .venv/bin/pytest -n "${WORKERS:-auto}" -m "not ($chosen or as_written)" tests || status=$?
exit "$status"
