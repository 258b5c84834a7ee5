#!/bin/sh
# service.sh PROGRAM UNIT: runs PROGRAM as systemd would by UNIT, without systemd.
#
# Another user without rights, a file system that is read-only but for the state, secrets
# as credentials, and a socket to be told of readiness: the ingest serves, pings, says
# which command helps when a secret is missing, and ends when it is told to.  Ends with 77,
# which means skipped, where that is not possible.
set -eu
PATH=$PATH:/usr/sbin:/sbin
sandbox=$(CDPATH='' cd -- "$(dirname -- "$0")/../sandbox" && pwd)
. "$sandbox/namespaces.sh"

uid=64123
servers=${LETTERBOX_TEST_SANDBOX:-}
[ "$(id -u)" -eq 0 ] || skip "another user's rights take root."
[ -e "$servers/sandbox.json" ] || skip "there is no sandbox."
for tool in setpriv perl findmnt; do
    command -v "$tool" >/dev/null || skip "$tool is not installed."
done
enter_namespaces --mount -- sh "$0" "$1" "$2"

work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-service.XXXXXX")
ingest= listener=
clean_up() {
    [ -z "$ingest" ] || kill -KILL "$ingest" 2>/dev/null || :
    [ -z "$listener" ] || kill "$listener" 2>/dev/null || :
    mount -o remount,bind,rw "$top" 2>/dev/null || :
    umount "$work/state" "$work/rw" 2>/dev/null || :
    rm -rf "$work"
}
top=/
trap clean_up EXIT
trap 'exit 143' HUP INT TERM

fail() {
    echo "$*" >&2
    cat "$work/rw/log" >&2
    exit 1
}

wait_for() { # WHAT COMMAND …
    what=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || fail "never came: $what"
        sleep 0.1
    done
}

chmod 755 "$work"
mkdir "$work/state" "$work/rw"
mount -t tmpfs tmpfs "$work/rw"
chmod 755 "$work/rw"
install -m 755 "$1" "$work/letterbox"
install -m 644 "$servers/tls/ca.pem" "$work/ca.pem"

# Saved by root, for the user's group.
answers=$servers/answers/basic.json
"$sandbox/sandbox" refill "$servers" "$(sed -n 's/.*"mailbox.user": "\(.*\)".*/\1/p' "$answers")"
sed -e "1s|{|{\"ingest.deliver\": \"maildir\", \"ingest.on_success\": \"keep\", \"ingest.target\": \"$work/state/basic/Maildir\",|" \
    -e "s|\"tls.ca_file\": \".*\"|\"tls.ca_file\": \"$work/ca.pem\"|" "$answers" |
    "$work/letterbox" setup --answers - --no-test --config-dir "$work/config" \
        --state-dir "$work/state" >/dev/null 2>&1
chgrp -R "$uid" "$work/config/mailboxes"
chgrp "$uid" "$work/config"
chown "$uid:$uid" "$work/state"

# As LoadCredential= does it.
id=$(sed -n 's/^LoadCredential=\([^:]*\):.*/\1/p' "$2")
[ -n "$id" ] || fail "the unit has no LoadCredential="
credentials=$work/rw/letterbox-ingest.service
install -d -m 500 -o "$uid" "$credentials"
for secret in "$work/config/secrets"/*; do
    install -m 400 -o "$uid" "$secret" "$credentials/${id}_${secret##*/}"
done

# As Type=notify and WatchdogSec= do it.
perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$ARGV[0]/notify") or die;
    chmod 0777, "$ARGV[0]/notify";
    open my $out, ">>", "$ARGV[0]/notified"; $out->autoflush(1);
    while (defined $socket->recv(my $text, 4096)) { print $out "$text\n" }' "$work/rw" &
listener=$!
wait_for "the socket" test -S "$work/rw/notify"

# As ProtectSystem=strict does it.
mount --bind "$work/state" "$work/state"
top=$(findmnt -nro TARGET -T "$work/letterbox")
mount -o remount,bind,ro "$top" || skip "$top cannot be mounted read-only."

setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --bounding-set -all \
    --inh-caps -all env -i PATH="$PATH" HOME="$work/state" ASAN_OPTIONS=detect_leaks=0 \
    CREDENTIALS_DIRECTORY="$credentials" NOTIFY_SOCKET="$work/rw/notify" \
    WATCHDOG_USEC=2000000 LETTERBOX_CONFIG_DIR="$work/config" \
    LETTERBOX_STATE_DIR="$work/state" "$work/letterbox" ingest --all \
    >"$work/rw/log" 2>&1 &
ingest=$!

delivered() {
    [ "$(find "$work/state/basic/Maildir/new" -type f | wc -l)" -eq "$(find "$sandbox/messages" -name '*.eml' | wc -l)" ]
}
wait_for "READY=1" grep -q READY=1 "$work/rw/notified"
wait_for "every message" delivered
wait_for "WATCHDOG=1" grep -q WATCHDOG=1 "$work/rw/notified"

# What `letterbox messages --retry` rings.
wait_for "its bell" test -p "$work/state/basic/bell"

# A secret that was saved after the start.
rm -f "$credentials"/*
kill -HUP "$ingest"
wait_for "the command that helps" \
    grep -q 'systemctl restart letterbox-ingest.service' "$work/rw/log"

kill -TERM "$ingest"
status=0
wait "$ingest" || status=$?
ingest=
[ "$status" -eq 130 ] || fail "it ended with status $status"
[ ! -e "$work/state/basic/bell" ] || fail "its bell hangs there still"
! grep -rF "$(cat "$work/config/secrets"/*)" "$work/rw/log" "$work/rw/notified" ||
    fail "a secret stands in what it said"
