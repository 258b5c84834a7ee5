# What must be installed: Debian's packages, and the sandbox's from npm.

packages_build='gcc libc6-dev cmake ninja-build gettext libncurses-dev libcurl4-gnutls-dev
    libjansson-dev libetpan-dev libgnutls28-dev libsqlite3-dev libunistring-dev
    libcmocka-dev libvterm-dev'
packages_sandbox='dovecot-imapd dovecot-lmtpd gnutls-bin'
packages_test='iproute2 systemd libwww-perl'
packages_fuzz='clang llvm libclang-rt-14-dev'
packages_bench='dialog whiptail iproute2 getmail6 isync fetchmail'

node_is_there() {
    command -v npm >/dev/null && command -v node >/dev/null || return 1
    version=$(node --version)
    version=${version#v}
    [ "${version%%.*}" -ge 18 ]
}

missing_of() { # PACKAGE …
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

need_packages() { # PACKAGE …
    command -v dpkg-query >/dev/null || die 69 "this is for Debian 12: there is no dpkg here."
    missing=$(missing_of "$@")
    [ -n "$missing" ] || return 0
    say "Installing with apt: $missing"
    # shellcheck disable=SC2086 # one word per package
    as_root sh dev.d/install.sh $missing || die 69 "the packages could not be installed."
}

# A bare root, as debootstrap makes it, has no /etc/hosts.
need_localhost() {
    getent hosts localhost >/dev/null && return 0
    say "Adding localhost to /etc/hosts: it has no address here."
    as_root sh -c 'echo "127.0.0.1 localhost" >>/etc/hosts'
}

as_root() { # COMMAND …
    if [ "$(id -u)" -eq 0 ]; then
        attend_group "$@"
    elif command -v sudo >/dev/null; then
        attend sudo "$@"
    else
        die 77 "there is no sudo; as root, please: $*"
    fi
}

# What the sandbox needs, and these.  Debian's nodejs and npm, unless something newer is
# there already.
need_sandbox() { # [PACKAGE …]
    if node_is_there; then
        need_packages $packages_sandbox "$@"
    else
        need_packages $packages_sandbox nodejs npm "$@"
        node_is_there || die 69 "Node 18 or newer and npm are needed."
    fi
    need_localhost
    stamp=tests/sandbox/node_modules/.installed-from
    cmp -s tests/sandbox/package-lock.json "$stamp" && return 0
    say "Installing with npm: oidc-provider, into tests/sandbox/node_modules"
    (cd tests/sandbox && npm ci --omit=dev --ignore-scripts --loglevel=error) ||
        die 69 "npm could not install the sandbox's OpenID server."
    cp tests/sandbox/package-lock.json "$stamp"
}
