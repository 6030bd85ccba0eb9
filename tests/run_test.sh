#!/usr/bin/env bash
# Tests of run.sh: what programs that fail, die, hang or say nothing do to the closing line and the exit status.
set -u
runner=$PWD/tests/run.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

# program NAME BODY
program() { printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1"; }
# expect NAME CLOSING-LINE STATUS PROGRAM...
expect() {
    local name=$1 closing=$2 status=$3 got rc
    shift 3
    got=$(TEST_TIMEOUT=1 "$runner" "$@" 2>&1)
    rc=$?
    got=$(tail -n 1 <<<"$got")
    if [ "$got" = "$closing" ] && [ $rc -eq "$status" ]; then
        echo "ok run.$name"
    else
        echo "FAIL run.$name: '$got' and status $rc, not '$closing' and $status"
    fi
}
program good 'echo ok a; echo ok b'
program bad 'echo ok a; echo FAIL b: why; exit 1'
program bad_but_0 'echo FAIL b: why'
program skipping 'echo ok a; echo skip b: not here'
program silent 'true'
program dying 'echo ok a; kill -SEGV $$'
program failing 'echo ok a; exit 7'
program hanging 'echo ok a; sleep 20'
expect good '2 passed, 0 failed' 0 good
expect sum '4 passed, 2 failed, 1 skipped' 1 good bad skipping dying/not
expect failure '1 passed, 1 failed' 1 bad
expect failure_with_status_0 '0 passed, 1 failed' 1 bad_but_0
expect skip_is_told '1 passed, 0 failed, 1 skipped' 0 skipping
expect silent '0 passed, 1 failed' 1 silent
expect dying '1 passed, 1 failed' 1 dying
expect status '1 passed, 1 failed' 1 failing
expect hanging '1 passed, 1 failed' 1 hanging
JOBS=3 expect three_at_a_time '6 passed, 3 failed, 1 skipped' 1 hanging good bad dying skipping
expect absent '0 passed, 1 failed' 1 no-such-program
expect nothing '0 passed, 1 failed' 1
