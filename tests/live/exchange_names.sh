#!/bin/sh
# exchange_names.sh PROGRAM: runs PROGRAM where Exchange's names lead to a sandbox.
#
# In a network and a mount namespace of its own the sandbox has the ports 443 and 993, and
# /etc/hosts names 127.0.0.1 as Microsoft's hosts; the machine around it sees nothing of
# it.  Ends with 77, which means skipped, where namespaces are not allowed.
set -eu
PATH=$PATH:/usr/sbin:/sbin
names='login.microsoftonline.com outlook.office365.com'
sandbox=$(CDPATH='' cd -- "$(dirname -- "$0")/../sandbox" && pwd)/sandbox
program=$1

skip() {
    printf 'Skipped: %s\n' "$*" >&2
    exit 77
}

# Once more, as root of new namespaces; who is not root becomes it in a user namespace.
enter_namespaces() {
    set -- --net --mount
    [ "$(id -u)" -eq 0 ] || set -- --user --map-root-user "$@"
    unshare "$@" true 2>/dev/null || skip "namespaces are not allowed here."
    INSIDE_UID=$(id -u) INSIDE_GID=$(id -g)
    export INSIDE_UID INSIDE_GID
    exec unshare "$@" sh "$0" "$program"
}

prepare() {
    command -v ip >/dev/null || skip "ip is not installed (iproute2)."
    [ -e /etc/hosts ] || skip "there is no /etc/hosts."
    ip link set lo up
    # Of this network namespace alone: the servers do not run as root.
    { echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null ||
        [ "$INSIDE_UID" -eq 0 ] || skip "the ports 443 and 993 are not to be had."
    printf '127.0.0.1 localhost %s\n' "$names" >"$work/hosts"
    mount --bind "$work/hosts" /etc/hosts
}

# Dovecot does not serve root: whoever became root for the names is himself again.
as_before() {
    if [ "$INSIDE_UID" -eq 0 ]; then
        "$@"
    else
        unshare --user --map-user="$INSIDE_UID" --map-group="$INSIDE_GID" "$@"
    fi
}

[ -n "${INSIDE_UID:-}" ] || enter_namespaces

work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-names.XXXXXX")
trap '"$sandbox" stop "$work/sandbox"; rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM
prepare
export SANDBOX_OPENID_PORT=443 SANDBOX_IMAPS_PORT=993 SANDBOX_WHILE=$$
status=0
as_before "$sandbox" start "$work/sandbox" $names || status=$?
[ "$status" -eq 0 ] || exit "$status"
LETTERBOX_TEST_SANDBOX=$work/sandbox
export LETTERBOX_TEST_SANDBOX
as_before "$program"
