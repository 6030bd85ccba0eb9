#!/usr/bin/env bash
# known: published clocks name tests that there are; what is within 5 % is ok, what is not is off and is exit code 1, and what has
# no proven core clock is not judged. The figures are put into the database: nothing depends on how fast this machine is.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${TICKBENCH_BUILD:-build}
tickmark=$build/tickmark
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
verdict() { if [ "$2" -eq 0 ]; then echo "ok known.$1"; else echo "FAIL known.$1: $3"; fi; }

"$build/tickbench" --list | grep -o '"name":"[^"]*"' | cut -d'"' -f4 | sort >"$tmp/tests"
sed -n 's/^KNOWN("\([^"]*\)".*/\1/p' collector/known.def | sort >"$tmp/known"
comm -13 "$tmp/tests" "$tmp/known" >"$tmp/strange"
[ "$(wc -l <"$tmp/known")" -ge 22 ] && ! [ -s "$tmp/strange" ] && [ -z "$(uniq -d "$tmp/known")" ]
verdict names $? "not in the catalogue, twice, or too few: $(head -3 "$tmp/strange" | tr '\n' ' ')"

"$tickmark" run -d "$tmp/db" -t int.add_rr -t int.imul_rr --quick --rounds 1 >"$tmp/out" 2>&1
"$tickmark" known -d "$tmp/db" --tsv >"$tmp/out" 2>&1
if grep -q '^no source for this processor' "$tmp/out"; then
    echo "skip known.verdicts: there is no source for this processor"
    exit
elif ! command -v sqlite3 >/dev/null; then
    echo "skip known.verdicts: sqlite3 (package sqlite3) is not installed"
    exit
fi
# put TEST CLOCKS GHZ
put() { sqlite3 "$tmp/db" "UPDATE result SET status='ok', est=$2, clk_ghz=$3 WHERE test_id IN (SELECT id FROM test WHERE name='$1')"; }
says() { "$tickmark" known -d "$tmp/db" -t 'int.*' --tsv 2>&1 | awk -F'\t' -v test="$1" '$1 == test { print $5 }'; }
put int.add_rr 1.04 3.0
put int.imul_rr 2.9 3.0
"$tickmark" known -d "$tmp/db" >/dev/null 2>&1
verdict within $? "1.04 of 1.00 and 2.90 of 3.00 are not within 5 %"
[ "$(says int.add_rr)" = ok ] && [ "$(says int.inc)" = "not measured" ]
verdict words $? "add_rr is '$(says int.add_rr)', inc '$(says int.inc)'"
put int.imul_rr 3.16 3.0
"$tickmark" known -d "$tmp/db" >/dev/null 2>&1
[ $? -eq 1 ] && [ "$(says int.imul_rr)" = off ]
verdict off $? "3.16 of 3.00 is '$(says int.imul_rr)'"
put int.imul_rr 3.16 NULL
[ "$(says int.imul_rr)" = "no core clock" ]
verdict no_core_clock $? "without a core clock it is '$(says int.imul_rr)'"
