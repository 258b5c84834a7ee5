# ./dev bench: figures, side by side with what they are compared with; nothing fails for
# being slow.

dev_bench() {
    need_sandbox $packages_build $packages_bench
    build release bench || die 70 "the benches do not build."
    say
    attend_group build/release/tests/bench/bench_terminal build/release/ui/letterbox
    say
    attend_group tests/bench/round_trips.sh \
        build/release/tests/bench/late_link build/release/ui/letterbox ||
        [ $? -eq 77 ] || die 1 "the round trips could not be measured."
}
