#!/usr/bin/env bash
# Run test programs, JOBS (1) at a time, and add up their verdicts, in the order given.
# A program prints `ok NAME` or `FAIL NAME: why` per case, or `skip NAME: why`; any other line is passed through.
# A program that dies, or prints no verdict at all, is a failure itself.
# Last line: `N passed, N failed` (and `, N skipped` if any). Exit status 1 if anything failed.
set -u
jobs=${JOBS:-1}
passed=0 failed=0 skipped=0 started=0 running=0
dir=$(mktemp -d)
status=() seconds=()
# Each program's number, status and seconds when it ends.
mkfifo "$dir/ended" && exec 3<>"$dir/ended"
trap 'cat "$dir"/*.pid 2>/dev/null | xargs -r kill 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# run NUMBER PROGRAM
run() {
    local begun=$SECONDS
    timeout "${TEST_TIMEOUT:-1800}" "./$2" >"$dir/$1" 2>&1 </dev/null 3>&- &
    echo $! >"$dir/$1.pid"
    wait $!
    echo "$1 $? $((SECONDS - begun))" >&3
    rm -f "$dir/$1.pid"
}

# Keep JOBS programs running until number $1 has ended.
await() {
    local number rc took
    while [ -z "${status[$1]:-}" ]; do
        while [ $running -lt "$jobs" ] && [ $started -lt ${#programs[@]} ]; do
            run $started "${programs[started]}" &
            started=$((started + 1)) running=$((running + 1))
        done
        read -r number rc took <&3
        status[number]=$rc seconds[number]=$took
        running=$((running - 1))
    done
}

programs=("$@")
for ((i = 0; i < $#; i++)); do
    await "$i"
    t=${programs[i]} out=$dir/$i rc=${status[i]}
    echo "== $t"
    grep -av '^ok ' "$out"
    p=$(grep -ac '^ok ' "$out") f=$(grep -ac '^FAIL ' "$out") s=$(grep -ac '^skip ' "$out")
    if [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; then
        echo "FAIL $t: exit status $rc without a failing case"
        f=1
    elif [ $((p + f + s)) -eq 0 ]; then
        echo "FAIL $t: no verdict printed"
        f=1
    fi
    echo "   $p passed, $f failed, $s skipped; ${seconds[i]} s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    rm -f "$out"
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
