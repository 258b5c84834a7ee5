# ./dev test: every ring under the address and undefined-behaviour sanitizers, and what
# works with threads under the thread sanitizer.

# Counts the testcases of ctest's reports that have this status.
count() { # STATUS
    cat build/asan/report.xml build/tsan/report.xml 2>/dev/null |
        grep -c "<testcase .*status=\"$1\"" || :
}

run_tests() { # PRESET [CTEST-OPTION …]
    preset=$1
    shift
    attend_group ctest --test-dir "build/$preset" --output-on-failure -j2 \
        --no-tests=error --output-junit report.xml "$@"
}

# Only the programs that will run: "protocol.test_dial" is made by the target test_dial.
threaded_targets() {
    ctest --test-dir build/tsan -N -L protocol | sed -n 's/.*: protocol\.//p'
}

dev_test() {
    need_sandbox $packages_build $packages_test
    rm -f build/asan/report.xml build/tsan/report.xml
    . dev.d/lint.sh
    failed=
    check_format || failed=yes

    if build asan; then
        run_tests asan || failed=yes
    else
        failed=yes
        note "build/asan does not build: its tests did not run."
    fi
    # shellcheck disable=SC2046 # one word per target
    if configure tsan && build tsan $(threaded_targets); then
        run_tests tsan -L protocol || failed=yes
    else
        failed=yes
        note "build/tsan does not build: its tests did not run."
    fi

    bad=$(count fail)
    skipped=$(($(count notrun) + $(count disabled)))
    say "$(count run) passed, $bad failed, $skipped skipped"
    [ -z "$failed" ] || exit 1
}
