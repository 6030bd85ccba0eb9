#!/usr/bin/env bash
# The emulator's counters as PAPI software-defined events: PAPI's own tool lists them, and a tool that knows nothing of
# the emulator but their names reads them while it runs. B is the build folder.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok papi_sde.$1"; else echo "FAIL papi_sde.$1: $2"; fi
}
run() { # STATS VARIABLE=VALUE...: of the emulator alone
    local stats=$1
    shift
    timeout 60 env "$@" "$build/tickmark-emu" -kernel "$build/tickbench.elf" -append "--quick -t flags.adc_chain" -display none \
        -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 --stats "$stats" >/dev/null 2>&1
}
# what the statistics file says: "counters" and top, then the stages
said() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}\$/\1/p" "$2" | head -n "${3:-1}" | tail -n 1; }
value() { sed -n "s/^value sde:::tickmark::$1 //p" "$dir/tool"; }

if command -v papi_native_avail >/dev/null; then
    papi_native_avail -sde "$build/libtickmark-sde.so" >"$dir/list" 2>&1
    for event in execute_clk decode_items idle_entries insns jit_entries exceptions; do
        grep -q "sde:::tickmark::$event " "$dir/list" || echo "no $event"
    done >"$dir/missing"
    verdict listed "$(tr '\n' ' ' <"$dir/missing")"
else
    echo "skip papi_sde.listed: no papi_native_avail (package papi-tools)"
fi

tool=$(realpath "$build/emu/tests/papi_tool.so")
run "$dir/stats.json" PAPI_TOOL_FILE="$dir/tool" LD_PRELOAD="libsde.so.1 $tool"
verdict runs "$([ -s "$dir/stats.json" ] || echo "no statistics"; grep -q '^value' "$dir/tool" || head -n 3 "$dir/tool")"
verdict enumerated "$(n=$(grep -c '^event sde:::tickmark::' "$dir/tool")
    [ "$n" -ge 60 ] || echo "$n events")"
verdict changes_while_it_runs "$(n=$(sed -n 's/^seen //p' "$dir/tool")
    [ "${n:-0}" -ge 5 ] || echo "$n different values")"
# in the end the tool has what the emulator says itself
for pair in insns:insns jit_blocks:jit_blocks exceptions:exceptions execute_items:insns; do
    verdict "value_${pair%:*}" "$(a=$(value "${pair%:*}") b=$(said "${pair#*:}" "$dir/stats.json")
        [ -n "$b" ] && [ "$a" = "$b" ] || echo "PAPI has $a, the statistics $b")"
done
verdict value_clk "$(awk -v a="$(value execute_clk)" 'BEGIN { RS = "" }
    match($0, /"execute": \{[^}]*"clk": [0-9]+/) { s = substr($0, RSTART, RLENGTH); sub(/.* /, "", s)
        if (a != s || s < 1e6) print "PAPI has " a ", the statistics " s; found = 1; exit }
    END { if (!found) print "no execute in the statistics" }' "$dir/stats.json")"

# every counter of the statistics file is one of them
sed -n '/"counters": {/,/}/s/^ *"\([a-z_]*\)": [0-9].*/\1/p' "$dir/stats.json" | grep -v lost_marks | while read -r name; do
    grep -q "^event sde:::tickmark::$name\$" "$dir/tool" || echo "$name"
done >"$dir/missing"
verdict has_all_counters "$(tr '\n' ' ' <"$dir/missing"; grep -q jit_links "$dir/tool" || echo "not even jit_links")"
