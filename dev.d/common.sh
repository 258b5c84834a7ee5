# What the words of ./dev share: talking, and ending what was started.

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "dev: $*" >&2; }

die() { # STATUS TEXT
    status=$1
    shift
    note "$*"
    exit "$status"
}

# Commands to run at the end, the last one first; and the process that is waited for.
endings=
child=
child_is_group=

at_end() { # COMMAND, as text
    endings="$1
$endings"
}

end_child() {
    [ -n "$child" ] || return 0
    if [ -n "$child_is_group" ]; then
        kill -s TERM -- "-$child" 2>/dev/null || : # dash knows no "-TERM --"
    else
        kill -s TERM "$child" 2>/dev/null || :
    fi
    wait "$child" 2>/dev/null || :
    child=
}

finish() {
    status=$?
    trap - EXIT
    trap '' HUP INT TERM
    end_child
    eval "$endings"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The shell takes a signal only between two commands, but at once while it waits.  So what
# takes long runs beside it: `attend` keeps the terminal, `attend_group` gives up the
# terminal and gets a session of its own, so that its children end with it too.
exec 3<&0

attend() {
    "$@" <&3 3<&- &
    child=$!
    child_is_group=
    wait_for_child
}

attend_group() {
    setsid "$@" </dev/null 3<&- &
    child=$!
    child_is_group=yes
    wait_for_child
}

wait_for_child() {
    result=0
    wait "$child" || result=$?
    child=
    return "$result"
}

# A directory that is gone when ./dev ends: $work
make_work_directory() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-dev.XXXXXX")
    at_end 'rm -rf "$work"'
}

# A sandbox that ends when ./dev ends.
start_sandbox() { # LINK
    SANDBOX_WHILE=$$ tests/sandbox/sandbox start "$1" || die 70 "the sandbox does not start."
    at_end "tests/sandbox/sandbox stop '$1'"
}
