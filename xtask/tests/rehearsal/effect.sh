#!/usr/bin/env bash
# Notes what has left the machine, and where $STOP says so stops the release right after it if it happened for the first time.
set -euo pipefail
if ! grep -Fqx -e "$1" "$EFFECTS"; then
  echo "$1" >>"$EFFECTS"
  if [ "$STOP" = yes ]; then
    echo "stopped after: $1" >&2
    exit 1
  fi
fi
