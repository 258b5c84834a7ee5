# ./dev fuzz [SECONDS]: each fuzz target for so long, some at a time, and then as many random
# dialogues of the real program.  What crashes a target is kept in tests/fuzz/crashers/NAME,
# where the ordinary tests replay it from then on; a dialogue is told by its seed.

fuzz_targets() {
    ls tests/fuzz/corpus
}

# Seconds, or nothing when it is no number of them.
seconds_of() { # TEXT
    case $1 in
    '' | *[!0-9]* | 0?*) ;;
    *) echo "$1" ;;
    esac
}

build_fuzz() {
    need_packages $packages_build $packages_fuzz
    command -v clang >/dev/null || { note "clang is not there: nothing can be fuzzed."; return 1; }
    build fuzz fuzz
}

# Leaves in build/fuzz/failed the names of those that found something.
run_fuzz() { # SECONDS
    say "Fuzzing $(fuzz_targets | wc -l) targets, $1 seconds each"
    : >build/fuzz/failed
    # shellcheck disable=SC2046 # one word per target
    attend_group sh dev.d/fuzz_each.sh "$1" $(fuzz_targets) || return 1
    [ ! -s build/fuzz/failed ] || {
        note "something was found in: $(tr '\n' ' ' <build/fuzz/failed)(kept in tests/fuzz/crashers)."
        return 1
    }
}

# From another seed each time; what fails says which one.
run_random() { # RUNS
    build asan letterbox test_random || die 70 "build/asan does not build."
    seed=$(date +%s)
    say "Holding $1 random dialogues, from seed $seed"
    attend_group env LETTERBOX_RANDOM_RUNS="$1" LETTERBOX_RANDOM_SEED="$seed" \
        build/asan/tests/property/test_random >build/random.log 2>&1 && return 0
    tail -n 60 build/random.log >&2
    return 1
}

dev_fuzz() {
    seconds=$(seconds_of "${1:-60}")
    [ "${seconds:-0}" -gt 0 ] || die 64 "fuzz wants a number of seconds."
    build_fuzz || die 70 "the fuzz targets do not build."
    failed=
    run_fuzz "$seconds" || failed=yes
    run_random "$seconds" || failed=yes
    [ -z "$failed" ] || exit 1
    say "Nothing was found."
}
