# ./dev fuzz [SECONDS]: each fuzz target for so long, two at a time.  What crashes one is
# kept in tests/fuzz/crashers/NAME, where the ordinary tests replay it from then on.

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
    say "Fuzzing $(fuzz_targets | wc -l) targets, two at a time, $1 seconds each"
    : >build/fuzz/failed
    # shellcheck disable=SC2046 # one word per target
    attend_group sh dev.d/fuzz_each.sh "$1" $(fuzz_targets) || return 1
    [ ! -s build/fuzz/failed ] || {
        note "something was found in: $(tr '\n' ' ' <build/fuzz/failed)(kept in tests/fuzz/crashers)."
        return 1
    }
}

dev_fuzz() {
    seconds=$(seconds_of "${1:-60}")
    [ "${seconds:-0}" -gt 0 ] || die 64 "fuzz wants a number of seconds."
    build_fuzz || die 70 "the fuzz targets do not build."
    run_fuzz "$seconds" || exit 1
    say "Nothing was found."
}
