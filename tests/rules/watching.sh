#!/bin/sh
# docs/WATCHING.md has every event of the log with its fields, every figure for Prometheus,
# and no other.
set -eu
cd "$1"
here=$2

# "FILE: log_event(…;" a line, from all sources.
find src ui -name '*.c' ! -name log.c | sort | while read -r file; do
  tr '\n' ' ' < "$file" | sed 's/  */ /g' |
    grep -oE '(log_event|pass_log)\((LOG_[A-Z]+|[a-z][^,;{]*), [^;{]*;' |
    sed "s|^|$file: |" || true
done > "$here/events.calls"

# "EVENT FIELD" a line.  pass_log is pass_outcome.c's, whose one log_event with a
# variable in the event's place has the fields of all of them.
awk '
  function literals(text, list,   n) {
    n = 0
    while (match(text, /"[a-z][a-z_-]*"/)) {
      list[++n] = substr(text, RSTART + 1, RLENGTH - 2)
      text = substr(text, RSTART + RLENGTH)
    }
    return n
  }
  {
    call = $0
    sub(/^[^(]*\(/, "", call)
    sub(/^[^,]*, /, "", call)
    if ($2 ~ /^pass_log/) sub(/^[^,]*, /, "", call)
    event = call; sub(/,.*/, "", event)
    rest = substr(call, length(event) + 1)
    events = literals(event, e)
    fields = literals(rest, f)
    if ($2 ~ /^log_event/ && events == 0) { for (j = 1; j <= fields; j++) shared[j] = f[j]; shares = fields }
    for (i = 1; i <= events; i++) {
      if ($2 !~ /^log_event/) { message[e[i]] = 1; continue }
      for (j = 1; j <= fields; j++) print e[i], f[j]
    }
  }
  END { for (m in message) for (j = 1; j <= shares; j++) print m, shared[j] }
' "$here/events.calls" | sort -u > "$here/events.source"

awk -F'|' '
  /^\| event \| level/ { inside = 1; next }
  inside && !/^\|/ { inside = 0 }
  inside && /^\| `/ {
    events = split($2, e, "`"); fields = split($4, f, "`")
    for (i = 2; i <= events; i += 2) for (j = 2; j <= fields; j += 2) print e[i], f[j]
  }
' docs/WATCHING.md | sort -u > "$here/events.documents"

# An event of two names shares its row, and need not have each field of it.
missing=$(comm -23 "$here/events.source" "$here/events.documents")
cut -d' ' -f1 "$here/events.source" | sort -u > "$here/events.names"
extra=$(cut -d' ' -f1 "$here/events.documents" | sort -u | comm -13 "$here/events.names" -)
[ -z "$missing" ] || printf 'not in docs/WATCHING.md (event field):\n%s\n' "$missing"
[ -z "$extra" ] || printf 'in docs/WATCHING.md, but logged nowhere:\n%s\n' "$extra"
[ -s "$here/events.source" ] && [ -z "$missing$extra" ]

# "NAME TYPE" a line.
{
  echo letterbox_build_info gauge
  sed -n 's/^ *{"\([a-z_]*\)", "\(gauge\|counter\)",.*/letterbox_\1 \2/p' src/ingest/metrics_text.c
} | sort > "$here/figures.source"
sed -n 's/^| `\(letterbox_[a-z_]*\)` | \([a-z]*\) |.*/\1 \2/p' docs/WATCHING.md | sort > "$here/figures.documents"
diff "$here/figures.source" "$here/figures.documents"
[ "$(wc -l < "$here/figures.source")" -gt 5 ]
