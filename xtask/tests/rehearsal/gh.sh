#!/usr/bin/env bash
# Stands in for `gh` in a rehearsed release: keeps releases in the folder $RELEASES and refuses what GitHub refuses.
set -euo pipefail

tag=${3:-} what=$*
release=$RELEASES/$tag
fail() {
  echo "gh: $1" >&2
  exit 1
}

case "$1 $2" in
  "auth setup-git") exit 0 ;;
  "release list")
    # The last argument asks for `isDraft` of one tag.
    tag=${!#} tag=${tag#*\"} tag=${tag%%\"*}
    [ -d "$RELEASES/$tag" ] || exit 0
    if [ -e "$RELEASES/$tag/published" ]; then echo false; else echo true; fi
    exit 0
    ;;
  "release create")
    [[ " $* " = *" --draft "* ]] || fail "this release would be seen at once"
    mkdir -p "$release/assets"
    while [ "$1" != --notes-file ]; do shift; done
    cp "$2" "$release/notes.md"
    ;;
  "release upload")
    [ ! -e "$release/published" ] || fail "Cannot upload assets to an immutable release."
    [ "$4" = --clobber ] || fail "the assets exist"
    ln -f "${@:5}" "$release/assets/"
    ;;
  "release edit")
    [ -d "$release" ] || fail "release not found"
    # GitHub would make the tag from the default branch.
    "$REAL_GIT" ls-remote --exit-code --tags origin "$tag" >/dev/null || fail "there is no tag $tag"
    [[ " $* " = *" --draft=false "* ]] || fail "it would stay a draft"
    touch "$release/published"
    if [[ " $* " = *" --latest=true"* ]]; then echo "$tag" >"$RELEASES/latest"; fi
    ;;
  *) fail "unknown command $*" ;;
esac
"${0%/*}/effect.sh" "$what"
