# ./dev sandbox start|stop

dev_sandbox() {
    case ${1:-} in
    start)
        need_sandbox
        mkdir -p build
        tests/sandbox/sandbox start build/sandbox
        cat build/sandbox/env
        say "# more in $(readlink build/sandbox)/sandbox.json; ends with ./dev sandbox stop"
        ;;
    stop) tests/sandbox/sandbox stop build/sandbox ;;
    *) die 64 "sandbox wants one of the words start, stop." ;;
    esac
}
