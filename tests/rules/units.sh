#!/bin/sh
# units.sh STAGED PREFIX UNITS: the installed units as systemd itself judges them.  Runs in
# the source's directory; ends with 77, which means skipped, without systemd-analyze.
set -eu
staged=$1 prefix=$2 units=$3
command -v systemd-analyze >/dev/null || {
    echo "systemd-analyze is not installed." >&2
    exit 77
}
case $units in
/*) installed=$staged$units ;;
*) installed=$staged$prefix/$units ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-units.XXXXXX")
trap 'rm -rf "$work"' EXIT

# systemd-analyze wants the program to be there.
for unit in "$installed"/letterbox-*; do
    sed "s|=$prefix/bin/letterbox|=$staged$prefix/bin/letterbox|" "$unit" \
        >"$work/${unit##*/}"
done
# The example is used as its comment says.
mkdir "$work/letterbox-ingest@example.service.d"
cp packaging/systemd/command.conf "$work/letterbox-ingest@example.service.d/"
said=$(SYSTEMD_UNIT_PATH="$work:" systemd-analyze verify --man=no "$work"/letterbox-*.service \
    "$work/letterbox-ingest@example.service" "$work/letterbox-secrets.path" 2>&1) || {
    echo "$said" >&2
    exit 1
}
# Of other units than ours it may complain.
if echo "$said" | grep letterbox; then
    exit 1
fi

# A unit that systemd gives up after a few starts is nobody's to notice.
for unit in "$work"/letterbox-*.service; do
    grep -q '^StartLimitIntervalSec=0$' "$unit" || {
        echo "${unit##*/} may be given up: it has no StartLimitIntervalSec=0." >&2
        exit 1
    }
done

# "Exposure: 1.1" in the document is the most that is allowed.
allowed=$(sed -n 's/.*exposure level of \([0-9.]*\).*/\1/p' docs/DEPLOYING.md)
[ -n "$allowed" ] || {
    echo "docs/DEPLOYING.md names no exposure level." >&2
    exit 1
}
threshold=$(echo "$allowed" | tr -d .)
for unit in letterbox-ingest.service letterbox-ingest@.service; do
    systemd-analyze security --no-pager --offline=true --threshold="$threshold" \
        "$work/$unit" >"$work/figure" || {
        tail -n 1 "$work/figure" >&2
        echo "$unit: docs/DEPLOYING.md allows $allowed." >&2
        exit 1
    }
    tail -n 1 "$work/figure"
done
