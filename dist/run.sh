#!/usr/bin/env bash
# Starts the binary of an action, and only one whose SHA-256 stands in SHA256SUMS: whoever pins a commit of this
# tree has pinned the binaries too. Looked for beside this file, in CI_ACTIONS_BIN_DIR (a folder with binaries and a
# SHA256SUMS of its own), in the tool cache, and last in the release that the file `url` names.
set -euo pipefail

fail() {
  echo "::error::failed to start $action: $1"
  exit 2
}

action=$1 dist=${BASH_SOURCE[0]%/*}
shift
# An action's exit code 1 says that something was found, so nothing that goes wrong in here may end with it.
trap 'fail "see the lines above"' ERR
platform="${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}"
case $platform in
  Linux-X64 | Linux-x86_64) name=$action-linux-x64 ;;
  Linux-ARM64 | Linux-aarch64) name=$action-linux-arm64 ;;
  macOS-ARM64 | Darwin-arm64) name=$action-macos-arm64 ;;
  macOS-X64 | Darwin-x86_64) name=$action-macos-x64 ;;
  Windows-X64 | MINGW*-x86_64 | MSYS*-x86_64) name=$action-windows-x64.exe ;;
  *) fail "there is no binary for $platform, only for Linux and macOS on X64 and ARM64 and for Windows on X64" ;;
esac

folder=${CI_ACTIONS_BIN_DIR:-$dist} want=
[ -f "$folder/SHA256SUMS" ] || fail "there is no $folder/SHA256SUMS: use a release as rerun-io/ci-actions/$action@v1, or make one with \`cargo xtask dist\`"
while read -r sum file; do
  if [ "$file" = "$name" ]; then want=$sum; fi
done <"$folder/SHA256SUMS"
[ -n "$want" ] || fail "$folder/SHA256SUMS does not list $name"

binary=$folder/$name part=
if [ ! -f "$binary" ]; then
  binary=${RUNNER_TOOL_CACHE:-${XDG_CACHE_HOME:-${HOME:-${TMPDIR:-/tmp}}/.cache}}/ci-actions/$want/$name
fi
if [ ! -f "$binary" ]; then
  [ -f "$dist/url" ] || fail "there is no $folder/$name, and no $dist/url that says where to download it"
  # Until it is checked it has a name of its own: a broken download must not stay in the cache.
  part=$binary.$$
  trap 'rm -f "$part"' EXIT
  mkdir -p "${part%/*}"
  url=$(<"$dist/url")/$name
  curl --fail --silent --show-error --location --retry 3 --output "$part" "$url" || fail "$url cannot be downloaded"
fi

# In order of speed: openssl uses the processor's own instructions for SHA-256.
file=${part:-$binary}
if command -v openssl >/dev/null; then
  got=$(openssl dgst -sha256 -r <"$file")
elif command -v sha256sum >/dev/null; then
  got=$(sha256sum <"$file")
else
  got=$(shasum -a 256 <"$file")
fi
got=${got%% *}
if [ "$got" != "$want" ]; then
  [ -z "$part" ] || fail "$url has SHA-256 $got instead of $want: run it again; if it stays so, do not trust it"
  fail "$binary has SHA-256 $got instead of $want: remove it and run again; if it comes back, do not trust it"
fi
# Folders that travelled as an artifact have lost the permission, and so has a download.
[ -x "$file" ] || chmod +x "$file"
[ -z "$part" ] || mv -f "$part" "$binary"
exec "$binary" "$@"
