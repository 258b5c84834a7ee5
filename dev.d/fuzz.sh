# ./dev fuzz [SECONDS]: each fuzz target for so long, one after the other.  What crashes one
# is kept in tests/fuzz/crashers/NAME, where the ordinary tests replay it from then on.

fuzz_target() { # NAME SECONDS
    found=build/fuzz/found/$1
    crashers=tests/fuzz/crashers/$1
    log=build/fuzz/$1.log
    mkdir -p "$found" "$crashers"
    say "Fuzzing $1"
    result=0
    attend_group "build/fuzz/tests/fuzz/fuzz_$1" -max_total_time="$2" -timeout=10 \
        -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$crashers/" \
        "$found" "tests/fuzz/corpus/$1" >"$log" 2>&1 || result=$?
    rmdir "$crashers" 2>/dev/null || :
    return "$result"
}

dev_fuzz() {
    seconds=${1:-60}
    case $seconds in
    *[!0-9]* | 0) die 64 "fuzz wants a number of seconds." ;;
    esac
    need_packages $packages_build $packages_fuzz
    build fuzz fuzz || die 70 "the fuzz targets do not build."
    failed=
    for target in tests/fuzz/corpus/*; do
        name=${target##*/}
        fuzz_target "$name" "$seconds" && continue
        failed="$failed $name"
        tail -n 40 "$log" >&2
    done
    rmdir tests/fuzz/crashers 2>/dev/null || :
    [ -z "$failed" ] || die 1 "something was found in:$failed (kept in tests/fuzz/crashers)."
    say "Nothing was found."
}
