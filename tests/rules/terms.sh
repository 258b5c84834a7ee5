#!/bin/sh
# The terms that are never translated (DESIGN, section 1) are written one way.
set -eu
cd "$1"
wrong=$2/terms.wrong
grep -nE 'N?_\(".*\b(Basic Auth\b|basic auth\b|Oauth\b|OAUTH\b[^B]|Client Id\b|client id\b|Client Secret\b|client secret\b|Token Url\b|token url\b|Token url\b)' \
  -r src ui --include='*.[ch]' > "$wrong" || true

# In a translation each term appears in the translated text as often as in the original.
for file in po/*.po; do
  [ -e "$file" ] || continue
  awk -v file="$file" '
    function count(text, term,   n) { n = gsub(term, "", text); return n }
    function check(   i) {
      for (i = 1; i in terms; i++)
        if (str != "" && count(id, terms[i]) != count(str, terms[i]))
          print file ": " terms[i] " is not kept in: " id
    }
    BEGIN { split("Basic auth|OAuth|Client ID|Client secret|Token URL|Scope", terms, "|") }
    /^msgid /  { check(); id = substr($0, 7); str = ""; which = "id"; next }
    /^msgstr / { str = substr($0, 8); if (str == "\"\"") str = ""; which = "str"; next }
    /^"/       { if (which == "id") id = id $0; else str = str $0 }
    END        { check() }
  ' "$file" >> "$wrong"
done

cat "$wrong"
[ ! -s "$wrong" ]
