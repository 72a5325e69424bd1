#!/usr/bin/env bash
# The static checks, then the tests that need only Python. Both always run, and pytest's summary
# is the last thing printed; either one failing fails the whole.
set -uo pipefail
cd "$(dirname "$0")/.."

status=0
bash tools/lint.sh || { status=1 && echo "The static checks FAILED; the tests run all the same."; }
.venv/bin/pytest -n "${WORKERS:-auto}" -m "not (needs_browser or needs_compiler or needs_node or needs_pdf or needs_postgres or needs_schemathesis or needs_spark)" tests || status=$?
exit "$status"
