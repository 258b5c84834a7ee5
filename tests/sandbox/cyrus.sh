#!/bin/sh
# cyrus.sh: prints the directory that Cyrus IMAP is in, and its version.
#
# Debian's cyrus-imapd cannot be installed beside its dovecot-imapd, so its packages, and
# the libraries that are not there, are fetched with apt and only unpacked: into
# /var/cache/letterbox for root (whoever root becomes must be able to read it), else into
# the user's cache directory; LETTERBOX_CACHE_DIR is another.  Ends with 77 and a reason
# where that cannot be.
set -eu
packages='cyrus-imapd cyrus-common'
libraries='libsasl2-2 libsasl2-modules libical3 libicu72 libxapian30 libpcre3 libpq5
    libwrap0 libldap-2.5-0 libnsl2 libtirpc3 libkrb5-3 libgssapi-krb5-2 libk5crypto3
    libkrb5support0 libkeyutils1 libcom-err2 libxml2 libuuid1 libssl3 libstdc++6 libsqlite3-0'

none() {
    printf '%s\n' "$*" >&2
    exit 77
}

cache_dir() {
    if [ "$(id -u)" -eq 0 ]; then
        echo "${LETTERBOX_CACHE_DIR:-/var/cache/letterbox}"
    else
        echo "${LETTERBOX_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/letterbox}"
    fi
}

version_offered() {
    apt-cache policy cyrus-imapd | sed -n 's/^ *Candidate: //p'
}

missing() { # LIBRARY-PACKAGE …
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s ' "$package"
    done
}

# Whole or not at all, and two at once do not meet.
unpack() { # DIRECTORY VERSION
    room=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf "$room"' EXIT
    chmod 755 "$room"
    mkdir "$room/deb" "$room/root"
    # shellcheck disable=SC2046,SC2086 # one word per package
    (cd "$room/deb" && apt-get -qq -o APT::Sandbox::User=root download \
        $packages $(missing $libraries)) >"$room/log" 2>&1 ||
        none "apt does not fetch Cyrus: $(tail -n 1 "$room/log")"
    for package in "$room"/deb/*.deb; do
        dpkg -x "$package" "$room/root"
    done
    (cd "$room/deb" && for package in *.deb; do echo "${package%_*}"; done) >"$room/root/packages"
    rm -rf "$1"
    mv -T "$room/root" "$1" || [ -x "$1/usr/lib/cyrus/bin/master" ]
}

libraries_of() { # ROOT
    dirname "$(find "$1/usr/lib" -name 'libcyrus.so.0' -print -quit)"
}

# What was unpacked before will do where apt has no lists.
unpacked() {
    for root in "$cache"/cyrus-*; do
        [ -x "$root/usr/lib/cyrus/bin/master" ] && echo "${root#"$cache/cyrus-"}"
    done | tail -n 1
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    none 'this is for Debian: there is no apt here.'
cache=$(cache_dir)
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || none "$cache cannot be written."
version=$(version_offered)
[ "${version:-(none)}" != '(none)' ] || version=$(unpacked)
[ -n "$version" ] || none 'apt knows no package cyrus-imapd (apt-get update?).'
root=$cache/cyrus-$version
[ -x "$root/usr/lib/cyrus/bin/master" ] || unpack "$root" "$version"
lost=$(LD_LIBRARY_PATH=$(libraries_of "$root") ldd "$root/usr/lib/cyrus/bin/imapd" |
    sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p' | tr '\n' ' ')
[ -z "$lost" ] || none "Cyrus does not find $lost"
printf '%s\n%s\n' "$root" "$version"
