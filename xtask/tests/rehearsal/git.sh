#!/usr/bin/env bash
# Stands before `git` in a rehearsed release: a push is one of the effects after which the release can be stopped.
"$REAL_GIT" "$@" || exit
if [ "$1" = push ]; then "${0%/*}/effect.sh" "$*"; fi
