# ./dev build [PRESET]

need_build() {
    need_packages $packages_build
}

configure() { # PRESET
    mkdir -p build
    attend_group cmake --preset "$1" >"build/$1.log" 2>&1 || { cat "build/$1.log" >&2; return 1; }
}

# Quiet while all is well: ninja's own line on a terminal, the log when something breaks.
build() { # PRESET [TARGET …]
    preset=$1
    shift
    log=build/$preset.log
    say "Building build/$preset"
    configure "$preset" || return 1
    set -- cmake --build "build/$preset" ${1+--target "$@"}
    if [ -t 1 ]; then
        attend_group "$@"
    else
        attend_group "$@" >"$log" 2>&1 || { grep -vE '^\[[0-9]+/[0-9]+\]' "$log" >&2; return 1; }
    fi
}

dev_build() {
    need_build
    build "${1:-dev}"
}
