# ./dev soak: the tests that take long, in their long form.  Their short forms are part of
# ./dev test.

# Without sanitizers: there are thousands of runs of the program.
soak_force() {
    need_sandbox $packages_build $packages_test
    build dev || die 70 "build/dev does not build."
    export LETTERBOX_TEST_LONG=1
    for program in build/dev/tests/force/test_*; do
        say "$program"
        attend_group "$program" || [ $? -eq 77 ] || return 1
    done
    attend_group ctest --test-dir build/dev --output-on-failure \
        --no-tests=error -R live.test_ingest_cuts
}

# The ingest's day in fast motion: thousands of troubles, one after the other.
soak_day() {
    LETTERBOX_TEST_LONG=1 attend_group build/dev/tests/protocol/ingest/test_day
}

dev_soak() {
    need_packages $packages_build $packages_test
    soak_force "$@" || die 1 "something was lost, or came twice: the seed is in the output."
    soak_day || die 1 "the ingest did not stand a day of troubles."
}
