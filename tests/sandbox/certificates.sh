#!/bin/sh
# certificates.sh DIR [NAME|ADDRESS …]: a CA made on the spot, the servers' certificate
# (localhost, and what is named), and three that must be refused.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
shift

certtool_quiet() {
    certtool "$@" 2>>certtool.log || { cat certtool.log >&2; exit 1; }
}

new_key() { # NAME
    certtool_quiet --generate-privkey --key-type=ecdsa --curve=secp256r1 --outfile "$1.key"
}

authority() { # NAME COMMON-NAME
    new_key "$1"
    printf 'cn = "%s"\nca\ncert_signing_key\nexpiration_days = 3650\n' "$2" >"$1.template"
    certtool_quiet --generate-self-signed --load-privkey "$1.key" \
        --template "$1.template" --outfile "$1.pem"
}

leaf() { # NAME AUTHORITY; the rest of the template on standard input
    new_key "$1"
    { cat; printf 'tls_www_server\nsigning_key\n'; } >"$1.template"
    certtool_quiet --generate-certificate --load-privkey "$1.key" \
        --load-ca-certificate "$2.pem" --load-ca-privkey "$2.key" \
        --template "$1.template" --outfile "$1.pem"
}

authority ca 'letterbox sandbox CA'
authority other-ca 'letterbox other CA'

{
    printf 'cn = "localhost"\ndns_name = "localhost"\nexpiration_days = 365\n'
    for name in 127.0.0.1 127.0.0.2 127.0.0.6 127.0.0.7 127.0.0.8 127.0.0.9 127.0.0.10 "$@"; do
        case $name in
        *[!0-9.]*) printf 'dns_name = "%s"\n' "$name" ;;
        *) printf 'ip_address = "%s"\n' "$name" ;;
        esac
    done
} | leaf server ca

# One fault each: the address under which it is shown is in it, unless that is the fault.
leaf wrong-host ca <<'END'
cn = "elsewhere.sandbox.test"
dns_name = "elsewhere.sandbox.test"
expiration_days = 365
END
leaf expired ca <<'END'
cn = "127.0.0.4"
ip_address = "127.0.0.4"
activation_date = "2020-01-01 00:00:00 UTC"
expiration_date = "2020-02-01 00:00:00 UTC"
END
leaf untrusted other-ca <<'END'
cn = "127.0.0.5"
ip_address = "127.0.0.5"
expiration_days = 365
END

rm -f -- ./*.template certtool.log
chmod 644 -- ./*.pem
