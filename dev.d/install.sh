#!/bin/sh
# install.sh PACKAGE …, as root: installs Debian packages for ./dev, and starts none of
# the services that come with them.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
made_policy=
new_dovecot=

trap 'rm -f "$log"; [ -z "$made_policy" ] || rm -f "$policy"' EXIT
trap 'exit 130' HUP INT TERM

quietly() {
    "$@" >"$log" 2>&1 </dev/null && return 0
    cat "$log" >&2
    return 1
}

case " $* " in
*" dovecot-imapd "*) dpkg-query -W dovecot-core >/dev/null 2>&1 || new_dovecot=yes ;;
esac
if [ -n "$new_dovecot" ] && [ ! -e "$policy" ]; then
    echo "While apt works, $policy keeps Dovecot from being started as a system service."
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

quietly apt-get update || echo "apt-get update failed: going on with the lists that are there." >&2
quietly apt-get install -y --no-install-recommends --no-remove "$@" || exit 1

# Nor at the next boot: the sandbox runs a Dovecot of its own.
if [ -n "$new_dovecot" ] && update-rc.d dovecot disable >/dev/null 2>&1; then
    echo "Dovecot is installed, but not switched on as a system service."
fi
