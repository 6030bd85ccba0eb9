#!/usr/bin/env bash
# Both engines in lockstep over the bench's kernels with the translator under stress: a budget of one instruction, so
# that most blocks are cut; a code cache so small that it is flushed all the time; without shared lookups; without
# leaving modified code to interp; with every access on the path of misaligned ones; with lookup tables and
# translations dropped at random. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
image=${B:-build}/tickbench.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
common=(-m 64 -kernel "$image" -serial stdio -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")
tests=$("$emu" -accel interp "${common[@]}" -append --list 2>/dev/null </dev/null | grep -c '"ev":"test"')

# try NAME LETTER SETTING...: every test with 2^(LETTER - 'a') iterations
try() {
    local name=$1 n=$2 sets=() rc
    shift 2
    for s in "$@"; do sets+=(--set "$s"); done
    timeout 900 "$emu" --lockstep "${sets[@]}" "${common[@]}" \
        -append "--rounds 1 --min-us 100 --n $(printf "%${tests}s" '' | tr ' ' "$n")" >"$dir/out" 2>"$dir/err" </dev/null
    rc=$?
    if [ $rc -eq 1 ] && grep -q '^lockstep: no difference' "$dir/err" &&
        [ "$(grep -c '"check":"ok"' "$dir/out")" -eq "$tests" ] && [ "$tests" -gt 0 ]; then
        echo "ok lockstep.$name: $(tail -1 "$dir/err")"
    else
        echo "FAIL lockstep.$name: exit status $rc, $(grep -c '"check":"ok"' "$dir/out") of $tests answers right"
        head -40 "$dir/err"
    fi
}

try budget_1 b lockstep_insns=1
try budget_7 c lockstep_insns=7
try small_cache d jit_cache_bytes=1048576
try no_hoist d jit_hoist=0
try no_heat d jit_heat=0
try misaligned d jit_misaligned=1 jit_hoist=0
try flushes d jit_flush_runs=500 jit_kill_runs=50 lockstep_insns=500
