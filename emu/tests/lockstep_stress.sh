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
names=$("$emu" -accel interp "${common[@]}" -append --list 2>/dev/null </dev/null | sed -n 's/.*"ev":"test","name":"\([^"]*\)".*/\1/p')
all=$(wc -l <<<"$names")

# try NAME LETTER FAMILIES SETTING...: every test but those of FAMILIES with 2^(LETTER - 'a') iterations
try() {
    local name=$1 n=$2 without=$3 sets=() words='' tests f rc
    shift 3
    for f in $without; do words+=" -t ~$f.*"; done
    tests=$(grep -vcE "^(${without// /|})\." <<<"$names")
    for s in "$@"; do sets+=(--set "$s"); done
    timeout 900 "$emu" --lockstep "${sets[@]}" "${common[@]}" \
        -append "--rounds 1 --min-us 100$words --n $(printf "%${all}s" '' | tr ' ' "$n")" >"$dir/out" 2>"$dir/err" </dev/null
    rc=$?
    ((tests -= $(grep -c '"why":"needs ' "$dir/out"))) # this machine has none
    if [ $rc -eq 1 ] && grep -q '^lockstep: no difference' "$dir/err" &&
        [ "$(grep -c '"check":"ok"' "$dir/out")" -eq "$tests" ] && [ "$tests" -gt 0 ]; then
        echo "ok lockstep.$name: $(tail -1 "$dir/err")"
    else
        echo "FAIL lockstep.$name: exit status $rc, $(grep -c '"check":"ok"' "$dir/out") of $tests answers right"
        head -40 "$dir/err"
    fi
}

# The suites of questions (fptest) are hundreds of thousands of cases, which fp_special asks both engines; x87 and SSE
# with small budgets are engine_fuzz's.
try budget_1 b 'fptest fpu mmx sse' lockstep_insns=1
try budget_7 c 'fptest fpu mmx sse' lockstep_insns=7
try small_cache d fptest jit_cache_bytes=1048576
try no_hoist d fptest jit_hoist=0
try no_heat d 'fptest fpu mmx sse' jit_heat=0
try misaligned d fptest jit_misaligned=1 jit_hoist=0
try flushes d fptest jit_flush_runs=500 jit_kill_runs=50 lockstep_insns=500
