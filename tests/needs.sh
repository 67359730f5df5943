#!/usr/bin/env bash
# What the tests need besides Python: real servers, a browser. `need PROGRAM PACKAGE WHAT` installs it by apt when root
# and when it is missing. Where it cannot be had, it is said here, and the tests that need it are skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."
updated=
need() {
  local program=$1 package=$2 what=$3
  command -v "$program" >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "without $program ($what): not root or no apt; its tests are skipped" >&2
    return
  fi
  [ -n "$updated" ] || { apt-get update -qq >/dev/null 2>&1 || true; updated=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends "$package" >/dev/null 2>&1 ||
    echo "without $program ($what): apt cannot install $package; its tests are skipped" >&2
}
# Nothing yet. For example: need rsyslogd rsyslog "syslog forwarding"
