#!/bin/sh
# Who may use whom, downwards only (docs/ARCHITECTURE.md): reads every #include of src/ and
# ui/ and prints those that point the wrong way.
set -eu
cd "$1"

# folder: what it may include beside itself
cat > "$2/layers" <<'TABLE'
base
settings base
net base
oauth base net
wizard base settings
imap base net
check base settings net oauth imap
advice base settings net oauth imap check
ingest base settings net oauth imap check advice
ui base settings net oauth imap wizard check advice ingest
TABLE

find src ui -name '*.[ch]' | sort | while read -r file; do
  case $file in
    src/*) folder=${file#src/}; folder=${folder%%/*} ;;
    *) folder=ui ;;
  esac
  allowed=$(sed -n "s/^$folder\$/&/p; s/^$folder //p" "$2/layers")
  sed -n 's/^#include "\([a-z_]*\)\/.*/\1/p' "$file" | sort -u | while read -r used; do
    [ "$used" = "$folder" ] && continue
    case " $allowed " in *" $used "*) ;; *) echo "$file includes $used/, which $folder/ may not" ;; esac
  done
done > "$2/layers.wrong"

# Curses only in ui/screen/, sockets and threads not in the wizard.
grep -nE '#include *<(ncursesw/|n?curses|form|panel|menu|term\.h)' -r src ui --include='*.[ch]' |
  grep -v '^ui/screen/' >> "$2/layers.wrong" || true
grep -nE '#include *<(pthread|poll|sys/socket|unistd)\.h' -r src/wizard --include='*.[ch]' \
  >> "$2/layers.wrong" || true

cat "$2/layers.wrong"
[ ! -s "$2/layers.wrong" ]
