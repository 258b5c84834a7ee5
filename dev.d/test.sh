# ./dev test [SECONDS]: every ring under the address and undefined-behaviour sanitizers,
# what works with threads under the thread sanitizer, and each fuzz target for so many
# seconds (5 when none are named; 0: not at all).  Form is a test too.  What failed is said
# once more at the end, on standard error.

# Counts the testcases of ctest's reports that have this status.
count() { # STATUS
    cat build/asan/report.xml build/tsan/report.xml 2>/dev/null |
        grep -c "<testcase .*status=\"$1\"" || :
}

# The names of the tests of this preset that failed, on one line.
failed_tests() { # PRESET
    sed -n 's/.*<testcase name="\([^"]*\)".* status="fail".*/\1/p' \
        "build/$1/report.xml" 2>/dev/null | xargs
}

# What failed, a line each.
failed=
remember() { # TEXT
    failed="$failed$1
"
}

note_failed() {
    printf '%s' "$failed" | while IFS= read -r line; do
        note "$line"
    done
    [ "$format" -ne 1 ] || note_format
}

# One more than there are processors, because many tests wait for a clock or an answer.
jobs=$(($(nproc) + 1))

run_tests() { # PRESET [CTEST-OPTION …]
    preset=$1
    shift
    attend_group ctest --test-dir "build/$preset" --output-on-failure -j"$jobs" \
        --no-tests=error --output-junit report.xml "$@" ||
        remember "failed under build/$preset: $(failed_tests "$preset")"
}

# Only the programs that will run: "protocol.test_dial" is made by the target test_dial.
threaded_targets() {
    ctest --test-dir build/tsan -N -L protocol | sed -n 's/.*: protocol\.//p'
}

# After the tests, which a busy machine must not slow down.
test_fuzz() { # SECONDS
    fuzz_count=$(fuzz_targets | wc -l)
    fuzz_bad=0
    [ "$1" -gt 0 ] || return 0
    if build_fuzz; then
        run_fuzz "$1" || remember "fuzzing found something: $(tr '\n' ' ' <build/fuzz/failed)"
        fuzz_bad=$(wc -l <build/fuzz/failed)
    else
        fuzz_bad=$fuzz_count
        remember "build/fuzz does not build: nothing was fuzzed."
    fi
}

dev_test() {
    . dev.d/fuzz.sh
    seconds=$(seconds_of "${1:-5}")
    [ -n "$seconds" ] || die 64 "test wants a number of seconds, for each fuzz target."
    need_sandbox $packages_build $packages_test
    [ "$seconds" -eq 0 ] || need_packages $packages_fuzz
    rm -f build/asan/report.xml build/tsan/report.xml
    . dev.d/lint.sh
    broken=0
    format=0
    check_format || format=$?

    if build asan; then
        run_tests asan
    else
        broken=$((broken + 1))
        remember "build/asan does not build: its tests did not run."
    fi
    # shellcheck disable=SC2046 # one word per target
    if configure tsan && build tsan $(threaded_targets); then
        run_tests tsan -L protocol
    else
        broken=$((broken + 1))
        remember "build/tsan does not build: its tests did not run."
    fi

    test_fuzz "$seconds"

    good=$(count run)
    bad=$(($(count fail) + fuzz_bad + broken))
    skipped=$(($(count notrun) + $(count disabled)))
    case $format in
    0) good=$((good + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *) bad=$((bad + 1)) ;;
    esac
    if [ "$seconds" -gt 0 ]; then
        good=$((good + fuzz_count - fuzz_bad))
    else
        skipped=$((skipped + fuzz_count))
    fi
    say "$good passed, $bad failed, $skipped skipped"
    [ -z "$failed" ] && [ "$format" -ne 1 ] || {
        note_failed
        exit 1
    }
}
