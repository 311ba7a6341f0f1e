#!/usr/bin/env bash
# Starts the binary of an action, but only if its SHA-256 is in SHA256SUMS: pinning a commit of this tree also pins
# the binaries. It looks beside this file, in the cache, and last in the release at the address in the file
# `url`. CI_ACTIONS_BIN_DIR overrides the folder of binaries and SHA256SUMS, for this project's tests and for
# machines with their own binaries. Anyone who can set it, such as a workflow's `env`, chooses what runs.
set -euo pipefail
shopt -s execfail

fail() {
  echo "::error::failed to start $action: $1"
  exit 2
}

action=$1 dist=${BASH_SOURCE[0]%/*} want='' got='' private='' part=''
shift
# Exit code 1 of an action means that it found something, so no failure in this script may use it.
trap 'fail "see the lines above"' ERR
trap 'rm -rf "$private" "$part" || true' EXIT
platform="${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}"
case $platform in
  Linux-X64 | Linux-x86_64) name=$action-linux-x64 ;;
  Linux-ARM64 | Linux-aarch64) name=$action-linux-arm64 ;;
  macOS-ARM64 | Darwin-arm64) name=$action-macos-arm64 ;;
  macOS-X64 | Darwin-x86_64) name=$action-macos-x64 ;;
  Windows-X64 | MINGW*-x86_64 | MSYS*-x86_64) name=$action-windows-x64.exe ;;
  Windows-ARM64 | MINGW*-aarch64 | MSYS*-aarch64) name=$action-windows-arm64.exe ;;
  *) fail "there is no binary for $platform, only for Linux, macOS and Windows on X64 and ARM64" ;;
esac

folder=${CI_ACTIONS_BIN_DIR:-$dist}
[ -f "$folder/SHA256SUMS" ] || fail "there is no $folder/SHA256SUMS: use a release such as rerun-io/ci-actions/$action@v1, or create one with \`cargo xtask dist\`"
while read -r sum file; do
  if [ "$file" = "$name" ]; then want=$sum; fi
done <"$folder/SHA256SUMS"
[ -n "$want" ] || fail "$folder/SHA256SUMS does not list $name"

# Checks and starts a copy in a new private folder: the original could change between the check and the start.
for place in "${RUNNER_TEMP:-}" "${TMPDIR:-}" /tmp; do
  if [ -d "$place" ] && private=$(mktemp -d "$place/ci-actions.XXXXXXXX"); then break; fi
done
[ -d "$private" ] || fail "cannot create a folder in RUNNER_TEMP, TMPDIR or /tmp: see the lines above; \`Argument list too long\` means an input over 128 KiB"
copy=$private/$name

is_right() { # In order of speed: openssl uses the processor's own instructions.
  got=$(openssl dgst -sha256 -r <"$copy" 2>/dev/null || sha256sum <"$copy" 2>/dev/null || shasum -a 256 <"$copy") || fail "cannot compute the SHA-256 of $name"
  got=${got%% *}
  [ "$got" = "$want" ]
}

download() { # Gives up on a server that is silent or sends less than 1,000 bytes a second.
  if command -v curl >/dev/null; then
    curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 15 --max-time 300 -o "$copy" "$url"
  else
    wget -q -t 1 -T 15 -O "$copy" "$url"
  fi
}

keep() { # Under another name until it is complete, so an interrupted copy leaves no partial binary.
  mkdir -p "$1" && part=$(mktemp "$1/.XXXXXXXX") && cp "$copy" "$part" && chmod 755 "$part" && mv -f "$part" "$1/$name"
}

# If the cache is not writable, for example because another user owns it, use the job's own folder.
caches=("${RUNNER_TOOL_CACHE:-${XDG_CACHE_HOME:-${HOME:-${TMPDIR:-/tmp}}/.cache}}/ci-actions/$want" "${RUNNER_TEMP:-$private}/ci-actions/$want")
if [ -f "$folder/$name" ]; then
  cp "$folder/$name" "$copy"
  is_right || fail "$folder/$name has SHA-256 $got instead of $want: remove it and run again; if it happens again, do not trust it"
fi
for cache in "${caches[@]}"; do
  if [ "$got" = "$want" ] || [ ! -f "$cache/$name" ]; then continue; fi
  if cp "$cache/$name" "$copy" && is_right; then break; fi
  echo "$cache/$name has SHA-256 ${got:-unknown} instead of $want: downloading it again"
  rm -f "$cache/$name" "$copy" || true
done
if [ "$got" != "$want" ]; then
  [ -f "$dist/url" ] || fail "there is no $folder/$name, and no $dist/url with the address to download it from"
  url=$(<"$dist/url")/$name
  command -v curl >/dev/null || command -v wget >/dev/null || fail "$url cannot be downloaded without curl or wget: install one of them in an earlier step"
  for pause in 1 3 none; do
    if download; then break; fi
    [ "$pause" != none ] || fail "$url cannot be downloaded: see the lines above, and check whether a proxy or a firewall blocks it"
    sleep "$pause"
  done
  is_right || fail "$url has SHA-256 $got instead of $want: run it again; if it happens again, do not trust it"
  keep "${caches[0]}" || { rm -f "$part"; keep "${caches[1]}"; } || rm -f "$part"
fi

[ -x "$copy" ] || chmod u+x "$copy" # Downloads and artifacts lose the permission.
# Linux can start a deleted file that is still open; elsewhere the runner empties RUNNER_TEMP after the job.
if [[ $name = *-linux-* && -d /proc/self/fd ]]; then
  exec 9<"$copy"
  rm -rf "$private"
  copy=/proc/self/fd/9
fi
set +e # With `-e`, bash exits with 1 if it cannot start a file.
exec -a "$action" "$copy" "$@" || fail "$name cannot be run: see the line above; \`Exec format error\` means that the machine is not $platform"
