#!/usr/bin/env bash
# Builds .venv from uv.lock: the dev group, the extras that need only Python, and this package
# editable. `make install` calls it. With the argument `all`, everything that `make check` needs;
# with `wheel`, what `make wheel` needs.
#
# Every way in installs the versions of uv.lock and checks its hashes. uv downloads from the
# addresses written in the lock, which are PyPI's. A machine that reaches packages only through an
# index of its own says so in pip's configuration; there the lock is handed to pip, which knows
# that index, its certificates and its log-in.
set -euo pipefail
cd "$(dirname "$0")/.."

# The caller's own environment must not choose where or what to install.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME
export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON=.venv/bin/python UV_PYTHON_DOWNLOADS=never
export UV_LINK_MODE=copy PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

case ${1:-} in
  all) wanted=(--all-extras --group check --group wheel) ;;
  wheel) wanted=(--extra server --extra cohort --extra verify --group wheel) ;;
  *) wanted=(--extra server --extra cohort --extra verify) ;;
esac

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
  local python
  for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if is_new_enough "$python"; then
      "$python" -m venv --clear .venv && return
      echo "install: '$python -m venv' failed; on Debian or Ubuntu: apt-get install python3-venv" >&2
      return 1
    fi
  done
  echo "install: Python 3.11 or newer is needed; name one with: make install PYTHON=/path/to/it" >&2
  return 1
}

# What pip is configured with, by its environment or any of its files; nothing where it is not.
# (`pip config get` reads only one file, `pip config list` all of them.)
pip_config() {
  local scope value
  for scope in :env: install global; do
    value=$(.venv/bin/pip config list | sed -n "s/^$scope\\.$1='\\(.*\\)'\$/\\1/p")
    [[ -z $value ]] || { echo "$value" && return; }
  done
}

has_own_index() {
  local index
  index=$(pip_config index-url)
  [[ -n $index && $index != https://pypi.org/simple* ]]
}

trust_what_pip_trusts() {
  local certificates
  certificates=${SSL_CERT_FILE:-$(pip_config cert)}
  [[ -z $certificates ]] || export SSL_CERT_FILE=$certificates
}

install_with_pip() {
  .venv/bin/uv export --quiet --frozen "${wanted[@]}" --no-emit-project --format requirements.txt \
    --output-file .venv/requirements.txt
  .venv/bin/pip install -qq --require-hashes --requirement .venv/requirements.txt
  .venv/bin/pip install -qq --no-deps --editable .
}

is_new_enough .venv/bin/python || make_venv
.venv/bin/pip install -qq --require-hashes --requirement tools/uv-requirements.txt
trust_what_pip_trusts

if has_own_index; then
  install_with_pip
elif ! .venv/bin/uv sync --quiet --frozen --inexact "${wanted[@]}"; then
  echo "install: uv could not install from the lock; trying pip with the same versions" >&2
  install_with_pip
fi

# Start-up is mostly imports: compile them now, also where Python is told not to write bytecode.
.venv/bin/python -m compileall -q src .venv/lib >/dev/null 2>&1 || true
