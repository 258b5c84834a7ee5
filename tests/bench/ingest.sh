#!/bin/sh
# ingest.sh BUILD [full | ROUNDS COUNTxBYTES …]: a folder fetched into a Maildir by
# letterbox and by getmail6, mbsync and fetchmail, all with a password, from the same
# Dovecot, beside the bare protocol: one UID FETCH of everything, thrown away.
# LETTERBOX_BENCH_ONLY="letterbox bare" leaves the others out.
#
# What each makes sure of before it counts a message as delivered:
#   letterbox  fsync of the message, of new/, and of the ledger
#   mbsync     FSync yes: fsync of the message, and of its journal
#   getmail    fsync of the message (it always does)
#   fetchmail  what its delivery agent does: durable_mda, which is no more than fsync of the
#              message and of new/, so that the agent costs as little as one can
# letterbox keeps the mailbox as it is, as the others do; "and marks" also marks each
# message as seen, which is what it does when nothing else is set.
#
# Every run begins with the same mailbox (opened once before, so that Dovecot has its
# indexes) and an empty Maildir.  The runs of all take turns; medians are printed.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sandbox=$here/../sandbox
build=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-bench.XXXXXX")
trap '"$sandbox/sandbox" stop "$work/sandbox"; rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM
all='bare letterbox letterbox-marks mbsync getmail fetchmail'
only=${LETTERBOX_BENCH_ONLY:-$all}

# Measured.  getmail refuses root, so all run as somebody else then.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        set -- setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" "$@"
    else
        set -- env HOME="$home" "$@"
    fi
    "$work/bin/meter" "$@" 3>"$work/figures"
}

# The mailbox as it was, and an empty home.
begin() {
    rm -rf "$mailbox" "$home"
    mkdir -p "$mailbox" "$home/mail/new" "$home/mail/cur" "$home/mail/tmp"
    cp -a "$template/." "$mailbox/"
    chown --reference="$template" "$mailbox"
    umask 077
    "settings_$1"
    umask 022
    [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$home"
}

settings_bare() { :; }
run_bare() {
    as_user "$work/bin/bare_fetch" "$host" "$port" "$ca" "$user" "$password" >"$work/bare"
}

settings_letterbox() {
    node "$sandbox/answers.mjs" "$work/sandbox" basic name=bench ingest.deliver=maildir \
        ingest.target="$home/mail" ingest.on_success="${1:-keep}" >"$home/answers"
    "$work/bin/letterbox" setup --answers "$home/answers" --no-test \
        --config-dir "$home/config" --state-dir "$home/state" >/dev/null 2>&1
}
run_letterbox() {
    as_user "$work/bin/letterbox" ingest bench --once --config-dir "$home/config" \
        --state-dir "$home/state"
}

settings_letterbox_marks() { settings_letterbox seen; }
run_letterbox_marks() { run_letterbox; }

settings_mbsync() {
    rm -rf "$home/mail"
    mkdir "$home/mail"
    cat >"$home/mbsyncrc" <<END
FSync yes
IMAPAccount bench
Host $host
Port $port
User $user
Pass $password
AuthMechs PLAIN
SSLType IMAPS
CertificateFile $ca

IMAPStore far
Account bench

MaildirStore near
Path $home/mail/
Inbox $home/mail/INBOX

Channel bench
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
END
}
run_mbsync() {
    as_user mbsync -q -c "$home/mbsyncrc" bench
}

settings_getmail() {
    cat >"$home/getmailrc" <<END
[retriever]
type = SimpleIMAPSSLRetriever
server = $host
port = $port
username = $user
password = $password
ca_certs = $ca
mailboxes = ("INBOX",)
use_peek = true
[destination]
type = Maildir
path = $home/mail/
[options]
verbose = 0
read_all = true
delivered_to = false
received = false
END
}
run_getmail() {
    as_user getmail -g "$home" -r getmailrc
}

settings_fetchmail() {
    printf 'poll %s protocol IMAP service %s user "%s" password "%s" ssl sslcertck
        sslcertfile %s keep fetchall no rewrite mda "%s %s"\n' "$host" "$port" "$user" \
        "$password" "$ca" "$work/bin/durable_mda" "$home/mail" >"$home/fetchmailrc"
}
run_fetchmail() {
    as_user fetchmail -f "$home/fetchmailrc" -s --nosyslog --nodetach \
        --pidfile "$home/pid" -i "$home/ids"
}

# One line into $work/CONTENDER: milliseconds, milliseconds, KiB, messages, bytes.
one_run() { # CONTENDER
    word=$(echo "$1" | tr - _)
    begin "$word"
    sync -f "$home"
    rm -f "$work/figures"
    "run_$word" >"$work/log" 2>&1 || :
    read -r wall cpu peak status <"$work/figures"
    if [ "$status" -ne 0 ]; then
        echo "$1: it ended with $status:" >&2
        tail -n 5 "$work/log" >&2
    fi
    if [ "$1" = bare ]; then
        read -r messages bytes <"$work/bare"
    else
        messages=$(find "$home/mail" -path '*/[cn][ue][rw]/*' -type f | wc -l)
        bytes=$(find "$home/mail" -path '*/[cn][ue][rw]/*' -type f -printf '%s\n' |
            awk '{ sum += $1 } END { printf "%d", sum }')
    fi
    echo "$wall $cpu $peak $messages $bytes" >>"$work/$1.runs"
}

median_of() { # COLUMN FILE
    cut -d' ' -f"$1" "$2" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

show() { # CONTENDER
    awk -v name="$1" -v wall="$(median_of 1 "$work/$1.runs")" \
        -v cpu="$(median_of 2 "$work/$1.runs")" -v peak="$(median_of 3 "$work/$1.runs")" \
        -v bare="$(median_of 1 "$work/bare.runs" 2>/dev/null || echo 0)" \
        -v count="$count" -v least="$least" '
        { if ($4 != count || $5 < least) wrong = wrong " " $4 " messages, " $5 " bytes!" }
        END {
            sub("-", " and ", name)
            printf "  %-20s%9.2f s%9.2f s%9.1f MB%9s%s\n", name, wall / 1000, cpu / 1000,
                peak / 1024, (bare > 0) ? sprintf("%.2f", wall / bare) : "", wrong
        }' "$work/$1.runs"
}

measure() { # COUNT BYTES
    count=$1
    rm -rf "$template" "$work"/*.runs "$mailbox"
    mkdir -p "$template/new" "$template/cur" "$template/tmp"
    node "$here/fill.mjs" "$template" "$count" "$2"
    least=$(find "$template/new" -type f -printf '%s\n' |
        awk '{ sum += $1 } END { printf "%d", sum }')
    mkdir -p "$mailbox"
    chown -R --reference="$work/sandbox/mail" "$template"
    cp -a "$template/." "$mailbox/"
    chown --reference="$template" "$mailbox"
    "$work/bin/bare_fetch" "$host" "$port" "$ca" "$user" "$password" >/dev/null
    rm -rf "$template"
    cp -a "$mailbox" "$template"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        round=$((round + 1))
        for contender in $all; do
            case " $only " in *" $contender "*) one_run "$contender" ;; esac
        done
    done
    printf '%s messages of %s bytes, median of %s\n' "$count" "$2" "$rounds"
    printf '  %-20s%11s%11s%12s%9s\n' '' wall CPU 'peak memory' 'to bare'
    for contender in $all; do
        case " $only " in *" $contender "*) show "$contender" ;; esac
    done
}

case ${1:-} in
'') set -- 3 200x1000 1000x10000 5x20000000 ;;
full) set -- 3 2000x1000 20000x10000 50x20000000 ;;
esac
rounds=$1
shift

mkdir "$work/bin"
cp "$build/ui/letterbox" "$build/tests/bench/bare_fetch" "$build/tests/bench/durable_mda" \
    "$build/tests/bench/meter" "$work/bin/"
chmod 755 "$work" "$work/bin"
SANDBOX_WHILE=$$ "$sandbox/sandbox" start "$work/sandbox"
. "$work/sandbox/env"
host=$SANDBOX_IMAP_HOST port=$SANDBOX_IMAPS_PORT ca=$SANDBOX_CA_FILE
user=$SANDBOX_BASIC_USER password=$SANDBOX_BASIC_PASSWORD
mailbox=$work/sandbox/mail/$user/Maildir
template=$work/template
home=$work/home
for messages in "$@"; do
    measure "${messages%x*}" "${messages#*x}"
done
