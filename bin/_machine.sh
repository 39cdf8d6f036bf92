# Sourced by bin/up and bin/test: brings what a fresh Debian 12 or Ubuntu 24.04 lacks. Needs ROOT and STEP_LOG.
# Touches nothing outside the clone but apt packages; the distribution's own services are left as they are.

say()  { printf '  %s\n' "$*"; }
fail() { printf '\n✗ %s\n' "$1" >&2; shift; for line in "$@"; do printf '  %s\n' "$line" >&2; done; exit 1; }

# step "what" command…: one line a step; after 5 s a running clock, where a person is looking.
step() {
  local what=$1 start=$SECONDS pid status
  shift
  printf '  %-52s' "$what"
  "$@" >>"$STEP_LOG" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ -t 1 ] && [ $((SECONDS - start)) -ge 5 ]; then printf '\r  %-52s%3d s' "$what" $((SECONDS - start)); fi
  done
  wait "$pid"; status=$?
  [ -t 1 ] && printf '\r  %-52s' "$what"
  if [ $status -eq 0 ]; then printf 'done (%d s)\n' $((SECONDS - start)); else printf 'failed\n'; fi
  return $status
}

# need_packages program:package…: installs the packages whose program is not there.
need_packages() {
  local missing=() pair
  for pair in "$@"; do
    case $pair in
      file=*) compgen -G "$(echo "${pair#file=}" | cut -d: -f1)" >/dev/null || missing+=("${pair##*:}") ;;
      *) command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}") ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  # One package may bring several of the programs.
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  command -v apt-get >/dev/null || fail "These packages are missing and there is no apt-get: ${missing[*]}" \
    "Install them with this system's package manager and run $0 again."
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
      sudo=(sudo)
    else
      fail "Packages are missing, and neither root nor sudo is at hand." "Ask somebody who has it to run:" \
        "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" "Then run $0 again."
    fi
  fi
  say "missing: ${missing[*]}"
  step "Reading the package lists" "${sudo[@]}" apt-get update \
    || fail "apt-get update failed." "Is there a network? The last lines it printed:" "$(tail -n 3 "$STEP_LOG")"
  step "Installing ${#missing[@]} packages" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}" </dev/null \
    || fail "apt-get could not install them." "The last lines it printed:" "$(tail -n 5 "$STEP_LOG")"
  hash -r
}

# need_python requirements-file…: the virtual environment .venv with these requirements, once per change of theirs.
need_python() {
  local stamp="$ROOT/.venv/.installed-$(basename "$1" .txt)" wanted
  # Debian's own Python can be told from one that a person put first on PATH; either will do from 3.11 on.
  local python=python3
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || fail "Python 3.11 or newer is needed; python3 here is $(python3 --version 2>&1)." "Debian 12 and Ubuntu 24.04 have it."
  if ! "$ROOT/.venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$ROOT/.venv"
    step "Making the virtual environment .venv" "$python" -m venv "$ROOT/.venv" \
      || fail "python3 -m venv failed." "The last lines it printed:" "$(tail -n 3 "$STEP_LOG")"
  fi
  wanted=$(cat "$ROOT"/requirements.txt "$1" | cksum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
  step "Installing Python packages ($(basename "$1"))" \
    "$ROOT/.venv/bin/pip" install --disable-pip-version-check --no-input -r "$1" \
    || fail "pip could not install the packages." "Is there a network? The last lines it printed:" "$(tail -n 5 "$STEP_LOG")"
  printf '%s' "$wanted" >"$stamp"
}
