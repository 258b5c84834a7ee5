#!/bin/sh
# The program is position independent, with full RELRO and no executable stack: Debian's
# libetpan.pc would have undone the first.
set -eu
program=$1
readelf -h "$program" | grep -q 'Type: *DYN' || { echo "$program is not PIE"; exit 1; }
readelf -d "$program" | grep -q 'BIND_NOW\|FLAGS.*NOW' || { echo "$program binds lazily"; exit 1; }
readelf -lW "$program" | grep 'GNU_STACK' | grep -qv 'RWE' || { echo "$program has an executable stack"; exit 1; }
