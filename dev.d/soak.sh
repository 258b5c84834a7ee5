# ./dev soak: the tests that take long, in their long form.  Their short forms are part of
# ./dev test.

soak_force() {
    for program in build/dev/tests/force/test_*; do
        say "$program"
        attend_group "$program" || [ $? -eq 77 ] || return 1
    done
}

soak_live() {
    attend_group ctest --test-dir build/dev --verbose --no-tests=error \
        -R 'live.test_ingest_(cuts|large)'
}

# The ingest's day in fast motion: thousands of troubles, one after the other.
soak_day() {
    attend_group build/dev/tests/protocol/ingest/test_day
}

# Without sanitizers: there are thousands of runs of the program.
dev_soak() {
    need_sandbox $packages_build $packages_test
    build dev || die 70 "build/dev does not build."
    export LETTERBOX_TEST_LONG=1
    soak_force || die 1 "something was lost, or came twice: the seed is in the output."
    soak_live || die 1 "a cut connection or a large folder was too much at a real server."
    soak_day || die 1 "the ingest did not stand a day of troubles."
}
