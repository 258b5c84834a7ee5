#!/bin/sh
# exchange_names.sh PROGRAM: runs PROGRAM where Exchange's names lead to a sandbox.
#
# In a network and a mount namespace of its own the sandbox has the ports 443 and 993, and
# /etc/hosts names 127.0.0.1 as Microsoft's hosts; the machine around it sees nothing of
# it.  Ends with 77, which means skipped, where namespaces are not allowed.
set -eu
PATH=$PATH:/usr/sbin:/sbin
sandbox=$(CDPATH='' cd -- "$(dirname -- "$0")/../sandbox" && pwd)
. "$sandbox/namespaces.sh"

prepare() {
    command -v ip >/dev/null || skip "ip is not installed (iproute2)."
    [ -e /etc/hosts ] || skip "there is no /etc/hosts."
    ip link set lo up
    # Of this network namespace alone: the servers do not run as root.
    { echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null ||
        [ "$OUTSIDE_UID" -eq 0 ] || skip "the ports 443 and 993 are not to be had."
    printf '127.0.0.1 localhost %s\n' "$*" >"$work/hosts"
    mount --bind "$work/hosts" /etc/hosts
}

enter_namespaces --net --mount -- sh "$0" "$1"
work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-names.XXXXXX")
trap '"$sandbox/sandbox" stop "$work/sandbox"; rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM

names="login.microsoftonline.com outlook.office365.com"
prepare $names
export SANDBOX_OPENID_PORT=443 SANDBOX_IMAPS_PORT=993 SANDBOX_WHILE=$$
as_before "$sandbox/sandbox" start "$work/sandbox" $names || exit "$?"
export LETTERBOX_TEST_SANDBOX="$work/sandbox"
as_before "$1"
