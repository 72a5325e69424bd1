#!/usr/bin/env bash
# Installs what `make check` needs from Debian: Chromium, a PostgreSQL server, Java, Pango, a C
# compiler.
# What is there already is left alone; without root, what is missing is named.
set -euo pipefail

has_postgres() {
  command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

has_pango() {
  ldconfig -p | grep -q libpangoft2-1.0
}

has_python_headers() {
  .venv/bin/python -c 'import pathlib, sysconfig
raise SystemExit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
}

packages=()
command -v chromium >/dev/null || packages+=(chromium)
has_postgres || packages+=(postgresql)
command -v java >/dev/null || packages+=(default-jre-headless)
has_pango || packages+=(libpango-1.0-0 libpangoft2-1.0-0)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
has_python_headers || packages+=(python3-dev)
((${#packages[@]})) || exit 0

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "debian-setup: needed and not found: ${packages[*]}" >&2
  exit 1
fi
echo "debian-setup: installing ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${packages[@]}" >/dev/null
