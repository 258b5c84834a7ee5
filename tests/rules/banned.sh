#!/bin/sh
# Calls that src/ and ui/ do without, and output that src/ must not make.
set -eu
cd "$1"
wrong=$2/banned.wrong
: > "$wrong"

calls='strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|atol|gets|system|popen|alloca|pthread_cancel|signal_default|tmpnam|mktemp'
grep -nE "(^|[^a-zA-Z0-9_.>])($calls) *\(" -r src ui --include='*.c' >> "$wrong" || true

# The core is silent and never ends the process.
grep -nE '(^|[^a-zA-Z0-9_])((printf|puts|putchar|perror|exit|_exit)\(|fprintf\((stdout|stderr))' \
  -r src --include='*.c' | grep -vE 'format\(printf|_exit\(127\)' >> "$wrong" || true

# Nothing is left open, and no file speaks of where it was written.
grep -nE '\b(TODO|FIXME|XXX|HACK)\b' -r src ui --include='*.[ch]' >> "$wrong" || true

cat "$wrong"
[ ! -s "$wrong" ]
