#!/usr/bin/env bash
# Prints the folder in which this checkout lies compiled; with it first on PYTHONPATH, Python runs
# that. It is built where the sources have changed since. Status 3: there is no C compiler here.
set -euo pipefail
cd "$(dirname "$0")/.."

has_compiler() {
  command -v "${CC:-cc}" >/dev/null &&
    .venv/bin/python -c 'import pathlib, sysconfig
raise SystemExit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
}

# The sources, how they are built, and the Python they are built for.
fingerprint() {
  {
    .venv/bin/python -VV
    find src pyproject.toml uv.lock tools/wheel.sh -type f -not -name '*.pyc' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-16
}

if ! has_compiler; then
  echo "compiled: no C compiler, or no headers of Python (on Debian: apt-get install gcc libc6-dev python3-dev)" >&2
  exit 3
fi
folder=$PWD/.cache/compiled/$(fingerprint)
if [[ ! -d $folder ]]; then
  echo "compiled: building, this takes a minute or two" >&2
  bash tools/install.sh wheel
  rm -rf .cache/compiled
  mkdir -p .cache/compiled
  bash tools/wheel.sh .cache/compiled
  .venv/bin/pip install --quiet --no-deps --no-index --disable-pip-version-check \
    --target "$folder.new" .cache/compiled/*.whl
  .venv/bin/python -m compileall -q "$folder.new" >/dev/null 2>&1 || true
  mv "$folder.new" "$folder"
fi
echo "$folder"
