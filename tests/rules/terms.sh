#!/bin/sh
# The terms that are never translated (DESIGN, section 1) are written one way.
set -eu
cd "$1"
wrong=$2/terms.wrong
grep -nE 'N?_\(".*\b(Basic Auth\b|basic auth\b|Oauth\b|OAUTH\b[^B]|Client Id\b|client id\b|Client Secret\b|client secret\b|Token Url\b|token url\b|Token url\b)' \
  -r src ui --include='*.[ch]' > "$wrong" || true
cat "$wrong"
[ ! -s "$wrong" ]
