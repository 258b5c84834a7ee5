# For scripts that run the sandbox in namespaces of their own (sourced).  `skip` ends with
# 77, which means skipped, where that is not allowed.

skip() {
    printf 'Not possible here: %s\n' "$*" >&2
    exit 77
}

# Runs this script once more as root of new namespaces; who is not root becomes it in a
# user namespace.  Returns at once when it is there already.
enter_namespaces() { # UNSHARE-OPTIONS -- SCRIPT [ARGUMENT …]
    [ -z "${OUTSIDE_UID:-}" ] || return 0
    OUTSIDE_UID=$(id -u)
    OUTSIDE_GID=$(id -g)
    export OUTSIDE_UID OUTSIDE_GID
    [ "$OUTSIDE_UID" -eq 0 ] || set -- --user --map-root-user "$@"
    may_unshare "$@" || skip "namespaces are not allowed."
    exec unshare "$@"
}

may_unshare() {
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    # shellcheck disable=SC2086 # one word per option
    unshare $options true 2>/dev/null
}

# Dovecot does not serve root: whoever became root for the namespaces is himself again.
as_before() {
    if [ "$OUTSIDE_UID" -eq 0 ]; then
        "$@"
    else
        unshare --user --map-user="$OUTSIDE_UID" --map-group="$OUTSIDE_GID" "$@"
    fi
}
