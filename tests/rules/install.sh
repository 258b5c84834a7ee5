#!/bin/sh
# install.sh BUILD STAGED PREFIX UNITS: `cmake --install` into STAGED, and a look at all
# that must be there.  Runs in the source's directory.
set -eu
build=$1 staged=$2 prefix=$3 units=$4
rm -rf "$staged"
DESTDIR=$staged cmake --install "$build" >/dev/null
wrong=

miss() {
    echo "$*" >&2
    wrong=yes
}

# A relative place is below the prefix.
at() { case $1 in /*) echo "$staged$1" ;; *) echo "$staged$prefix/$1" ;; esac; }

want() { # MODE PLACE …
    mode=$1
    shift
    for place; do
        file=$(at "$place")
        if [ ! -f "$file" ]; then
            miss "$place is not installed"
        elif [ "$(stat -c %a "$file")" != "$mode" ]; then
            miss "$place has mode $(stat -c %a "$file"), not $mode"
        fi
    done
}

want 755 bin/letterbox
want 644 share/man/man1/letterbox.1 share/bash-completion/completions/letterbox \
    share/doc/letterbox/examples/command.conf share/doc/letterbox/README.md \
    share/doc/letterbox/CHANGELOG.md
for document in docs/*.md docs/*.json; do
    want 644 "share/doc/letterbox/${document#docs/}"
done
for page in docs/man/*.1; do
    want 644 "share/man/man1/${page##*/}"
done
for catalogue in po/*.po; do
    [ ! -e "$catalogue" ] ||
        want 644 "share/locale/$(basename "$catalogue" .po)/LC_MESSAGES/letterbox.mo"
done

# The presets are the source's, where the program looks for them.
for preset in presets/*/*.json; do
    want 644 "share/letterbox/$preset"
    cmp "$preset" "$(at "share/letterbox/$preset")" || miss "$preset is another"
done
grep -q "$prefix/share/letterbox" "$(at bin/letterbox)" ||
    miss "the program does not look in $prefix/share/letterbox"
"$(at bin/letterbox)" --version | grep -q '^letterbox ' || miss "the program does not run"

for kind in sysusers tmpfiles; do
    find "$staged" -path "*/$kind.d/letterbox.conf" | grep -q . ||
        miss "there is no $kind.d/letterbox.conf"
done

# No place in a unit waits for its value, and each starts the program where it is.
want 644 "$units/letterbox-ingest.service" "$units/letterbox-ingest@.service" \
    "$units/letterbox-secrets.path" "$units/letterbox-secrets.service"
for unit in "$(at "$units")"/letterbox-*; do
    ! grep -n '@[A-Z_]*@' "$unit" || miss "$unit has a place that was not filled in"
done
for unit in letterbox-ingest.service letterbox-ingest@.service; do
    grep -q "^ExecStart=$prefix/bin/letterbox ingest " "$(at "$units")/$unit" ||
        miss "$unit does not start $prefix/bin/letterbox"
done
[ -z "$wrong" ]
