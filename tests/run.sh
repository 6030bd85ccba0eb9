#!/usr/bin/env bash
# Run test programs one after the other and add up their verdicts.
# A program prints `ok NAME` or `FAIL NAME: why` per case, or `skip NAME: why`; any other line is passed through.
# A program that dies, or prints no verdict at all, is a failure itself.
# Last line: `N passed, N failed` (and `, N skipped` if any). Exit status 1 if anything failed.
set -u
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in "$@"; do
    echo "== $t"
    timeout "${TEST_TIMEOUT:-1800}" "./$t" >"$out" 2>&1 </dev/null
    rc=$?
    grep -av '^ok ' "$out"
    p=$(grep -ac '^ok ' "$out") f=$(grep -ac '^FAIL ' "$out") s=$(grep -ac '^skip ' "$out")
    if [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
        echo "FAIL $t: exit status $rc without a failing case"
        f=1
    elif [ $((p + f + s)) -eq 0 ]; then
        echo "FAIL $t: no verdict printed"
        f=1
    fi
    echo "   $p passed, $f failed, $s skipped"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
if [ $((passed + failed + skipped)) -eq 0 ]; then
    echo "FAIL run.sh: no test program given"
    failed=1
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
