#!/bin/sh
# fuzz_each.sh SECONDS TARGET …, in the checkout: runs each target for so long, two at a
# time on each processor.  The names of those that found something go into
# build/fuzz/failed.
set -eu

fuzz_one() { # SECONDS TARGET
    found=build/fuzz/found/$2
    crashers=tests/fuzz/crashers/$2
    dictionary=tests/fuzz/dictionaries/$2.dict
    log=build/fuzz/$2.log
    mkdir -p "$found" "$crashers"
    result=0
    "build/fuzz/tests/fuzz/fuzz_$2" -max_total_time="$1" -timeout=10 -rss_limit_mb=1024 \
        -malloc_limit_mb=256 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$crashers/" $([ ! -e "$dictionary" ] || echo "-dict=$dictionary") \
        "$found" "tests/fuzz/corpus/$2" >"$log" 2>&1 || result=$?
    rmdir "$crashers" 2>/dev/null || :
    rmdir tests/fuzz/crashers 2>/dev/null || :
    if [ "$result" -eq 0 ]; then
        awk -v target="$2" '/^stat::number_of_executed_units/ { inputs = $2 }
            /^stat::peak_rss_mb/ { memory = $2 }
            END { printf "fuzz.%s: %d inputs, %d MB\n", target, inputs, memory }' "$log"
    else
        tail -n 40 "$log" >&2
        echo "fuzz.$2: found something"
        echo "$2" >>build/fuzz/failed
    fi
}

if [ "${1:-}" = --one ]; then
    fuzz_one "$2" "$3"
    exit 0
fi
seconds=$1
shift
printf '%s\n' "$@" | xargs -P "$((2 * $(nproc)))" -n 1 sh "$0" --one "$seconds"
