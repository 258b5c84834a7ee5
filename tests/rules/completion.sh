#!/bin/bash
# The completion for bash finds every command and the options of each.
set -eu
PATH=$(dirname "$2"):$PATH
. "$1/completions/letterbox.bash"

# completes WORD… : the candidates for the last word
completes() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _letterbox
  printf '%s\n' "${COMPREPLY[@]}" | tr '\n' ' '
}

expect() {
  local wanted=$1 got
  shift
  got=$(completes "$@")
  [[ " $got" == *" $wanted "* ]] || { echo "$*: \"$wanted\" is not in \"$got\""; exit 1; }
}

LETTERBOX_CONFIG_DIR=$(mktemp -d)
export LETTERBOX_CONFIG_DIR
trap 'rm -rf "$LETTERBOX_CONFIG_DIR"' EXIT
expect status letterbox st
expect messages letterbox ''
for command in setup test ingest status messages token show list provider; do
  expect "$command" letterbox "$command"
  expect --config-dir letterbox "$command" --con
done
expect --retry letterbox messages --r
expect --metrics letterbox ingest --m
expect --max-age letterbox status --
expect refused letterbox messages support --state r
expect xoauth2 letterbox token support --format x
expect add letterbox provider a
