#!/bin/sh
# rt-mailgate.sh: prints where Request Tracker's real rt-mailgate is.
#
# Debian's rt5-clients wants a mail server beside it, so the package is fetched with apt and
# only unpacked, into a cache outside the checkout.  Ends with 77 and a reason where that
# cannot be, or where perl lacks what the program needs (libwww-perl).
set -eu

none() {
    printf '%s\n' "$*" >&2
    exit 77
}

perl -MLWP::UserAgent -MHTTP::Request::Common -MGetopt::Long -e 1 2>/dev/null ||
    none "libwww-perl is not installed."
if [ -x /usr/bin/rt-mailgate-5 ]; then
    echo /usr/bin/rt-mailgate-5
    exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
    cache=${LETTERBOX_CACHE_DIR:-/var/cache/letterbox}
else
    cache=${LETTERBOX_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/letterbox}
fi
program=$cache/rt5-clients/usr/bin/rt-mailgate-5
if [ ! -x "$program" ]; then
    mkdir -p "$cache"
    room=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf "$room"' EXIT
    chmod 755 "$room"
    (cd "$room" && apt-get -qq -o APT::Sandbox::User=root download rt5-clients) >"$room/log" 2>&1 ||
        none "apt does not fetch rt5-clients: $(tail -n 1 "$room/log")"
    dpkg -x "$room"/*.deb "$room/root"
    mv -T "$room/root" "$cache/rt5-clients" 2>/dev/null || [ -x "$program" ]
fi
echo "$program"
