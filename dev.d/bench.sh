# ./dev bench [terminal|trips|ingest [full | ROUNDS COUNTxBYTES …]]: figures, side by side
# with what they are compared with; nothing fails for being slow.

bench_terminal() {
    attend_group build/release/tests/bench/bench_terminal build/release/ui/letterbox
}

bench_trips() {
    attend_group tests/bench/round_trips.sh \
        build/release/tests/bench/late_link build/release/ui/letterbox ||
        [ $? -eq 77 ] || die 1 "the round trips could not be measured."
}

bench_ingest() {
    attend_group tests/bench/ingest.sh build/release "$@" ||
        die 1 "the ingest could not be measured."
}

dev_bench() {
    need_sandbox $packages_build $packages_bench
    build release bench || die 70 "the benches do not build."
    say
    case ${1:-} in
    '')
        bench_terminal
        say
        bench_trips
        say
        bench_ingest
        ;;
    terminal | trips | ingest)
        word=$1
        shift
        "bench_$word" "$@"
        ;;
    *) die 64 "bench wants one of the words terminal, trips, ingest." ;;
    esac
}
