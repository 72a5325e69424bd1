#!/usr/bin/env bash
# Installs what the tests marked needs_node run with into .cache/node: the packages of
# tools/node/package-lock.json, and node itself where the machine has none and we may install it.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=.cache/node
readonly installed=$target/.installed

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "node-setup: node 18 or newer and npm are needed: https://nodejs.org" >&2
    exit 1
  fi
  echo "node-setup: installing node with apt-get" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq --yes --no-install-recommends nodejs npm >/dev/null
fi

if [[ ! $installed -nt tools/node/package-lock.json ]]; then
  mkdir -p "$target"
  cp tools/node/package.json tools/node/package-lock.json "$target"
  npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
  touch "$installed"
fi
