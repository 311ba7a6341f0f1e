#!/usr/bin/env bash
# Refuses one ref of a push as GitHub does. PUSHER_WRITES_WORKFLOWS is `yes` for whoever has the permission `workflows`.
set -euo pipefail

ref=$1 old=$2 new=$3
none=0000000000000000000000000000000000000000

violation() {
  printf 'error: GH013: Repository rule violations found for %s.\n\n- %s\n' "$ref" "$1" >&2
  exit 1
}

# A version's tag never moves: a ruleset for tags, "Restrict updates" and "Restrict deletions".
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
if [[ $ref =~ ^refs/tags/v[0-9]+\.[0-9]+\.[0-9]+ && $old != "$none" ]]; then
  [[ $new != "$none" ]] || violation "Cannot delete this tag"
  [[ $new == "$old" ]] || violation "Cannot update this protected ref."
fi

# A protected branch only grows.
while read -r branch; do
  if [[ $ref == "refs/heads/$branch" && $old != "$none" ]]; then
    [[ $new != "$none" ]] || violation "Cannot delete this branch"
    git merge-base --is-ancestor "$old" "$new" || violation "Cannot force-push to this branch"
  fi
done < <(git config --get-all standin.protected || true)

# A commit may hold a workflow file that it brings only if a branch has the same path and content.
# https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps (`workflow`)
[[ ${PUSHER_WRITES_WORKFLOWS:-} != yes && $new != "$none" ]] || exit 0
git rev-parse --quiet --verify "$new^{commit}" > /dev/null || exit 0

blob_of() { git rev-parse --quiet --verify "$1:$2" || true; }

on_a_branch() {
  local branch
  while read -r branch; do
    [[ $(blob_of "$branch" "$1") != "$2" ]] || return 0
  done < <(git for-each-ref --format='%(refname)' refs/heads/)
  return 1
}

while read -r commit parents; do
  while IFS= read -r -d '' entry; do
    path=${entry#*$'\t'} blob=${entry%%$'\t'*} blob=${blob##* }
    for parent in $parents; do
      [[ $(blob_of "$parent" "$path") != "$blob" ]] || continue 2
    done
    if ! on_a_branch "$path" "$blob"; then
      # shellcheck disable=SC2016
      printf 'refusing to allow a GitHub App to create or update workflow `%s` without `workflows` permission\n' "$path" >&2
      exit 1
    fi
  done < <(git ls-tree -r -z "$commit" .github/workflows/)
done < <(git rev-list --parents "$new" --not --all)
