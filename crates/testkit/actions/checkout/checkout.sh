#!/usr/bin/env bash
# Does what actions/checkout does with git: which refs it fetches, how deep, where HEAD is at the end, and where it
# leaves the token (`src/input-helper.ts`, `src/ref-helper.ts`, `src/git-auth-helper.ts` of v7).
set -euo pipefail

fail() {
  printf '::error::%s\n' "$1"
  exit 1
}
is() { [[ ${1,,} == true ]]; }

export GIT_TERMINAL_PROMPT=0
[[ $INPUT_SERVER == http://127.0.0.1:* ]] || fail "the stand-in for actions/checkout has no git server"
server=${INPUT_SERVER%/}
repository=$INPUT_REPOSITORY
folder=$GITHUB_WORKSPACE${INPUT_PATH:+/$INPUT_PATH}
temporary=${RUNNER_TEMP:?}

ref=$INPUT_REF commit=
if [[ -z $ref && ${repository,,} == "${RUN_REPOSITORY,,}" ]]; then
  ref=$RUN_REF commit=$RUN_SHA
  [[ $ref == refs/* ]] || ref=refs/heads/$ref
elif [[ $ref =~ ^[0-9a-f]{40}$ ]]; then
  commit=$ref ref=
fi
if [[ $RUN_EVENT == pull_request_target || $RUN_EVENT == workflow_run ]] && [[ $ref == refs/pull/* ]]; then
  is "$INPUT_ALLOW_UNSAFE" || fail "Refusing to check out \"$ref\" in a \"$RUN_EVENT\" workflow: set allow-unsafe-pr-checkout"
fi

# The token is in a file beside the work tree since v6; git reads it for this server alone.
mkdir -p "$folder" "$temporary"
credentials=$temporary/git-credentials-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n').config
header="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$INPUT_TOKEN" | base64 -w0)"
(umask 077 && git config --file "$credentials" "http.$server/.extraheader" "$header")
# Submodules are written down with the addresses of github.com, where this server stands.
git config --file "$credentials" "url.$server/.insteadOf" https://github.com/
git config --file "$credentials" --add "url.$server/.insteadOf" git@github.com:
is "$INPUT_PERSIST_CREDENTIALS" || trap 'rm -f "$credentials"' EXIT
with() { git -C "$folder" -c "include.path=$credentials" "$@"; }

if [[ ! -d $folder/.git ]]; then
  git -C "$folder" -c init.defaultBranch=main init --quiet
  git -C "$folder" remote add origin "$server/$repository"
elif is "$INPUT_CLEAN"; then
  git -C "$folder" clean -ffdx --quiet
  git -C "$folder" reset --hard --quiet HEAD || true
fi
git -C "$folder" config --local gc.auto 0

if [[ -z $ref && -z $commit ]]; then
  ref=$(with ls-remote --quiet --symref origin HEAD | sed -n 's/^ref: \(.*\)\tHEAD$/\1/p')
  [[ -n $ref ]] || fail "Unable to retrieve the default branch"
fi

# Where the ref lives here, and what is asked of the server for it.
case $ref in
  refs/heads/*) local=refs/remotes/origin/${ref#refs/heads/} specs=("+${commit:-$ref}:$local") ;;
  refs/pull/*) local=refs/remotes/pull/${ref#refs/pull/} specs=("+${commit:-$ref}:$local") ;;
  refs/tags/*) local=$ref specs=("+${commit:-$ref}:$ref") ;;
  '') local='' specs=("$commit") ;;
  *) local='' specs=("+refs/heads/$ref*:refs/remotes/origin/$ref*" "+refs/tags/$ref*:refs/tags/$ref*") ;;
esac
options=(--prune --no-recurse-submodules --quiet)
is "$INPUT_FETCH_TAGS" || options+=(--no-tags)
if [[ $INPUT_FETCH_DEPTH -gt 0 ]]; then
  with fetch "${options[@]}" "--depth=$INPUT_FETCH_DEPTH" origin "${specs[@]}"
else
  all=('+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*')
  [[ $ref != refs/pull/* ]] || all+=("${specs[@]}")
  with fetch "${options[@]}" origin "${all[@]}"
  # The branch may have moved since the event.
  if [[ -n $commit ]] && ! git -C "$folder" cat-file -e "$commit^{commit}" 2>/dev/null; then
    with fetch "${options[@]}" origin "${specs[@]}"
  elif [[ -n $commit && -n $local && $ref != refs/tags/* ]]; then
    git -C "$folder" update-ref "$local" "$commit"
  fi
fi

if [[ -n $INPUT_SPARSE ]]; then
  mapfile -t patterns < <(printf '%s' "$INPUT_SPARSE" | grep -v '^[[:space:]]*$')
  cone=--cone
  is "$INPUT_CONE" || cone=--no-cone
  git -C "$folder" sparse-checkout set "$cone" "${patterns[@]}"
fi

checkout() { git -C "$folder" checkout --quiet --force "$@"; }
exists() { git -C "$folder" show-ref --verify --quiet "$1"; }
case $ref in
  refs/heads/*) checkout -B "${ref#refs/heads/}" "$local" ;;
  refs/*) checkout --detach "$local" ;;
  '') checkout --detach "$commit" ;;
  *)
    if exists "refs/remotes/origin/$ref"; then
      checkout -B "$ref" "refs/remotes/origin/$ref"
    elif exists "refs/tags/$ref"; then
      checkout --detach "refs/tags/$ref"
    else
      fail "A branch or tag with the name '$ref' could not be found"
    fi
    ;;
esac

if is "$INPUT_LFS"; then
  git -C "$folder" lfs install --local --skip-repo
  with lfs fetch origin HEAD
  with lfs checkout
fi
case ${INPUT_SUBMODULES,,} in
  true | recursive)
    recursive=()
    [[ ${INPUT_SUBMODULES,,} != recursive ]] || recursive=(--recursive)
    depth=()
    [[ $INPUT_FETCH_DEPTH -le 0 ]] || depth=("--depth=$INPUT_FETCH_DEPTH")
    with submodule --quiet sync "${recursive[@]}"
    with submodule --quiet update --init --force "${depth[@]}" "${recursive[@]}"
    if is "$INPUT_PERSIST_CREDENTIALS"; then
      git -C "$folder" submodule --quiet foreach "${recursive[@]}" "git config --local include.path '$credentials'"
    fi
    ;;
esac
if is "$INPUT_PERSIST_CREDENTIALS"; then
  git -C "$folder" config --local "includeIf.gitdir:$(git -C "$folder" rev-parse --absolute-git-dir).path" "$credentials"
fi

found=$(git -C "$folder" rev-parse HEAD)
printf 'ref=%s\ncommit=%s\n' "$ref" "$found" >> "$GITHUB_OUTPUT"
echo "checked out $repository at $found"
