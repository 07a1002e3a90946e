#!/bin/sh
# Runs the library's commands on a machine that has nothing: finds or installs Deno and a Vulkan driver, and
# takes stand-ins for @std where JSR cannot be reached. A second run installs nothing.
set -eu

DENO_VERSION=2.9.6  # the one that is installed
DENO_OLDEST=2.5.0   # the oldest that is taken from PATH

usage() {
  cat >&2 <<'EOF'
Usage: sh bootstrap.sh <command>
  demo            train the advection stencil through 1, 5 and 20 unrolled steps
  test [args]     run the test suite
  ok              run the whole gate: format, lint, types, docs, tests
  task <name>     run any other task of deno.json
  deno <args>     run any deno command with the right config
EOF
  exit 2
}

say() { echo "bootstrap: $*" >&2; }

# at_least A B: version A >= version B
at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN {
    split(a, x, "[.+-]"); split(b, y, "[.+-]")
    for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 > y[i] + 0)
  }'
}

# usable DENO: runs and is new enough
usable() {
  version=$("$1" --version 2>/dev/null | awk 'NR == 1 { print $2 }') || return 1
  [ -n "$version" ] && at_least "$version" "$DENO_OLDEST"
}

has_pip() { command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; }

# Debian and its kin, as root
can_install() { command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; }

install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null >/dev/null &&
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

find_deno() {
  npm_deno=.deno/npm/node_modules/deno/deno
  pypi_deno=.deno/pypi/bin/deno
  for candidate in "$(command -v deno || true)" "$npm_deno" "$pypi_deno"; do
    if [ -n "$candidate" ] && usable "$candidate"; then
      deno=$candidate
      return
    fi
  done
  mkdir -p .deno
  if command -v npm >/dev/null && command -v node >/dev/null; then
    say "installing Deno $DENO_VERSION from npm into .deno"
    if npm install --prefix .deno/npm --no-audit --no-fund --loglevel=error "deno@$DENO_VERSION" >&2; then
      # The first run of the package's own launcher puts the program beside it where install scripts are off.
      [ -x "$npm_deno" ] || node .deno/npm/node_modules/deno/bin.cjs --version >/dev/null || true
      usable "$npm_deno" && deno=$npm_deno && return
    fi
    say "npm could not install Deno"
  fi
  has_pip || { can_install && say "installing pip" && install python3-pip; } || true
  if has_pip; then
    say "installing Deno $DENO_VERSION from PyPI into .deno"
    if PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --upgrade --target .deno/pypi "deno==$DENO_VERSION" >&2; then
      usable "$pypi_deno" && deno=$pypi_deno && return
    fi
    say "pip could not install Deno"
  fi
  say "Cannot find Deno as Deno >= $DENO_OLDEST must be on PATH, or npm or pip must install it. Install it by"
  echo "  curl -fsSL https://deno.land/install.sh | sh" >&2
  exit 1
}

has_vulkan() {
  case $(uname -s) in Linux) ;; *) return 0 ;; esac  # elsewhere WebGPU runs on the system's own driver
  [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || return 0
  for folder in /usr/share /usr/local/share /etc /usr/local/etc "${XDG_DATA_HOME:-$HOME/.local/share}"; do
    for icd in "$folder"/vulkan/icd.d/*.json; do
      [ ! -e "$icd" ] || return 0
    done
  done
  return 1
}

find_vulkan() {
  has_vulkan && return
  if can_install; then
    say "installing the software Vulkan driver of Mesa"
    install libvulkan1 mesa-vulkan-drivers && has_vulkan && return
    say "apt-get could not install it"
  fi
  say "Cannot find a Vulkan driver as WebGPU must have one. Install the one of your GPU, or Mesa's by"
  echo "  sudo apt-get update && sudo apt-get install -y libvulkan1 mesa-vulkan-drivers" >&2
  exit 1
}

[ $# -gt 0 ] || usage
command=$1
shift
case $command in demo | test | ok | task | deno) ;; *) usage ;; esac

: "${HOME:=/tmp}"
export HOME DENO_NO_UPDATE_CHECK=1 DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-mozilla,system}"
cd "$(dirname "$0")"
find_deno
case $deno in /*) ;; *) deno=$PWD/$deno ;; esac
PATH=$(dirname "$deno"):$PATH
export PATH
find_vulkan
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then # Vulkan complains about its absence
  XDG_RUNTIME_DIR=$PWD/.deno/runtime
  export XDG_RUNTIME_DIR
  mkdir -p -m 700 "$XDG_RUNTIME_DIR"
fi

config=$("$deno" run --no-config --no-lock --no-prompt --quiet \
  --allow-net --allow-env=JSR_URL --allow-read=deno.json,deno.offline.json --allow-write=deno.offline.json \
  tools/offline/config.ts)
case $command in
  deno)
    [ $# -gt 0 ] || usage
    subcommand=$1
    shift
    exec "$deno" "$subcommand" --config "$config" "$@"
    ;;
  task) exec "$deno" task --config "$config" "$@" ;;
  *) exec "$deno" task --config "$config" "$command" "$@" ;;
esac
