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

# One pass over all of them: a process for each file takes half a minute on a busy machine.
find src ui -name '*.[ch]' | sort | xargs awk '
  FILENAME == table { allowed[$1] = " " $0 " "; next }
  FNR == 1 {
    split(FILENAME, part, "/")
    folder = part[1] == "src" ? part[2] : "ui"
  }
  /^#include "[a-z_]*\// {
    used = substr($2, 2, index($2, "/") - 2)
    if (used != folder && !index(allowed[folder], " " used " ") && !told[FILENAME, used]++)
      print FILENAME " includes " used "/, which " folder "/ may not"
  }
' table="$2/layers" "$2/layers" > "$2/layers.wrong"

# Curses only in ui/screen/, sockets and threads not in the wizard.
grep -nE '#include *<(ncursesw/|n?curses|form|panel|menu|term\.h)' -r src ui --include='*.[ch]' |
  grep -v '^ui/screen/' >> "$2/layers.wrong" || true
grep -nE '#include *<(pthread|poll|sys/socket|unistd)\.h' -r src/wizard --include='*.[ch]' \
  >> "$2/layers.wrong" || true

cat "$2/layers.wrong"
[ ! -s "$2/layers.wrong" ]
