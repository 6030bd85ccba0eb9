#!/usr/bin/env bash
# Locked memory: the bench and tickmark have it where RLIMIT_MEMLOCK lets them, and the run says once where it does not.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
verdict() { if [ -z "$2" ]; then echo "ok collector_memory_$1"; else echo "FAIL collector_memory_$1: $2"; fi; }
# KiB of VmLck of a process that has said something
locked() { awk '$1 == "VmLck:" { print $2 }' "/proc/$1/status"; }

# the limit has no say over those who may lock everything: the right is dropped with it
bare=()
if [ "$(id -u)" -eq 0 ]; then
    if ! setpriv --bounding-set -ipc_lock true 2>/dev/null; then
        echo "skip collector_memory: setpriv (util-linux) cannot drop a right here"
        exit 0
    fi
    bare=(setpriv --bounding-set -ipc_lock)
fi
with_limit() { # KiB WORDS...
    local kib=$1
    shift
    (ulimit -l "$kib" 2>/dev/null && exec "${bare[@]}" "$@")
}
# with all rights, or all that a limit can give; for the background, and never to return
at_liberty() {
    ulimit -l unlimited 2>/dev/null || ulimit -l "$(ulimit -H -l)"
    exec "$@"
}
export_notes() { "$build/tickmark" export -d "$1" | grep -a '"t":"run"' | grep -o '"note":"[^"]*"'; }

# --- the bench -----------------------------------------------------------------------------------------------------
may_lock=$(ulimit -H -l)
setpriv --dump 2>/dev/null | grep -q '^Capability bounding set:.*ipc_lock' && [ "$(id -u)" -eq 0 ] && may_lock=unlimited
if [ "$may_lock" = unlimited ] || [ "$may_lock" -ge 65536 ]; then
    mkfifo "$dir/lines"
    at_liberty "$build/tickbench" --rounds 10000 --n a -t int.add_rr >"$dir/lines" &
    bench=$!
    exec 3<"$dir/lines"
    while IFS= read -r line <&3 && [[ $line != *'"ev":"sample"'* ]]; do :; done
    kib=$(locked "$bench")
    kill "$bench"
    wait "$bench" 2>/dev/null
    exec 3<&-
    # the code arena, the data and the 8 MB of the large working sets, at least; not the window of 1 MB
    [ "${kib:-0}" -ge 8400 ] && why= || why="VmLck is '$kib' KiB"
    verdict bench_is_locked "$why"
else
    echo "skip collector_memory_bench_is_locked: RLIMIT_MEMLOCK is $may_lock KiB and cannot be raised"
fi
with_limit 0 "$build/tickbench" --rounds 2 --n a -t int.add_rr >"$dir/refused"
count=$(grep -ac '"ev":"note".*memory is not locked' "$dir/refused")
[ "$count" -eq 1 ] && why= || why="said $count times"
verdict bench_says_once "$why"
with_limit 8192 "$build/tickbench" --rounds 1 --n a -t int.add_rr -t fault.first_touch >"$dir/part"
why=$(grep -a '"ev":"note"' "$dir/part")
[[ $why == *"large working sets is not locked"* && $why != *"memory is not locked"* ]] && why= || why="notes: '$why'"
grep -aq '"check":"wrong"' "$dir/part" && why="a wrong answer"
verdict bench_locks_what_it_may "$why"

# --- the collector -------------------------------------------------------------------------------------------------
with_limit 0 "$build/tickmark" run -q -r 1 -d "$dir/refused.db" -e native -e emu-interp -t int.add_rr >"$dir/out" 2>"$dir/err"
rc=$?
notes=$(export_notes "$dir/refused.db")
why=
[ "$rc" -eq 0 ] || why="exit $rc: $(tail -2 "$dir/err")"
[ "$(grep -c 'memory of the program that stamps the lines is not locked' <<<"$notes")" -eq 1 ] ||
    why="notes of the guest's run: $notes"
[ "$(grep -c 'memory is not locked: mlockall' <<<"$notes")" -eq 1 ] || why="notes of the native run: $notes"
verdict run_says_once "$why"
if [ "$may_lock" = unlimited ]; then
    at_liberty "$build/tickmark" run -q -r 400 -d "$dir/locked.db" -e native -t int.add_rr >"$dir/out" 2>&1 &
    tickmark=$!
    kib=
    for ((tries = 0; tries < 600; tries++)); do
        kib=$(locked "$tickmark" 2>/dev/null)
        [ "${kib:-0}" -gt 0 ] && break
        sleep 0.05
    done
    kill "$tickmark"
    wait "$tickmark" 2>/dev/null
    [ "${kib:-0}" -ge 1024 ] && why= || why="VmLck is '$kib' KiB"
    verdict collector_is_locked "$why"
    notes=$(export_notes "$dir/locked.db")
    [[ $notes != *"not locked"* ]] && why= || why="$notes"
    verdict nothing_to_say "$why"
else
    echo "skip collector_memory_collector_is_locked: RLIMIT_MEMLOCK is $may_lock KiB and cannot be raised"
fi
