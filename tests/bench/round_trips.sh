#!/bin/sh
# round_trips.sh LATE_LINK LETTERBOX: how many round trips the live test takes until the
# folder is open, behind 50 ms and 200 ms, with Basic auth and with OAuth.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sandbox=$here/../sandbox
. "$sandbox/namespaces.sh"

# The stages that follow one another; the two legs run side by side up to the greeting.
until_open() { # REPORT; milliseconds
    node -e '
        const report = JSON.parse(require("fs").readFileSync(0));
        if (!report.ok) { console.error(report.diagnosis?.title ?? report.errors); process.exit(1); }
        const took = (wanted) => report.stages
            .filter(({ id }) => wanted.test(id)).reduce((sum, { ms }) => sum + (ms ?? 0), 0);
        console.log(took(/^settings$/)
            + Math.max(took(/^token\./), took(/^imap\.(resolve|connect|tls|greeting)$/))
            + took(/^imap\.(authenticate|open)$/));'
}

median() { sort -n | sed -n '3p'; }

measure() { # WAY LABEL
    for run in 1 2 3 4 5; do
        "$letterbox" test --answers "$work/$1.json" --json \
            --config-dir "$work/config" --state-dir "$work/state" | until_open || return 1
    done >"$work/times"
    took=$(median <"$work/times")
    awk -v label="$2" -v trip="$round_trip" -v took="$took" 'BEGIN {
        printf "%-12s%8d ms%12d ms%16.1f\n", label, trip, took, took / trip }'
}

# Inside the near machine; $LATE_LINK_FAR is the other.
near() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-bench.XXXXXX")
    trap '"$sandbox/sandbox" stop "$work/sandbox"; rm -rf "$work"' EXIT
    trap 'exit 143' HUP INT TERM
    export SANDBOX_ADDRESS=10.77.0.2 SANDBOX_WHILE=$$
    nsenter --net="$LATE_LINK_FAR" "$0" far "$work/sandbox"
    for way in basic custom; do
        (umask 077 && node "$sandbox/answers.mjs" "$work/sandbox" "$way" >"$work/$way.json")
    done
    measure basic 'Basic auth'
    measure custom OAuth
}

case $1 in
far) as_before "$sandbox/sandbox" start "$2" "$SANDBOX_ADDRESS" ;;
near)
    letterbox=$2
    round_trip=$3
    near
    ;;
*)
    enter_namespaces --mount -- "$0" "$@"
    printf '%-12s%11s%15s%16s\n' 'live test' 'round trip' 'folder open' 'round trips'
    for round_trip in 50 200; do
        "$1" "$round_trip" "$0" near "$2" "$round_trip"
    done
    printf '%-12s%11s%15s%16s\n' 'aim' '' '' 'at most 6'
    printf '%-12s%11s%15s%16s\n' 'the floor' '' '' '5'
    ;;
esac
