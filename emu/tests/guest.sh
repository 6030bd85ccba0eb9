#!/usr/bin/env bash
# The test guest on both engines, on the host's clock and under icount; the statistics file; repeatability; lockstep,
# and that lockstep sees a spoiled register. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/basic.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
common=(-m 16 -kernel "$guest" -serial stdio -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")

engines=(interp)
if "$emu" -accel jit "${common[@]}" 2>&1 </dev/null | grep -q 'not part of this build'; then
    echo "skip guest.jit: built without the translator"
else
    engines+=(jit)
fi

verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1: $2"; fi
}

for engine in "${engines[@]}"; do
    for clock in host icount; do
        args=(-accel "$engine" "${common[@]}")
        [ $clock = icount ] && args+=(--icount)
        out=$(timeout 60 "$emu" "${args[@]}" 2>"$dir/err" </dev/null)
        rc=$?
        why=
        [ $rc -eq 33 ] || why="exit status $rc: $(tail -1 "$dir/err")"
        [ "$out" = ABCDEFGH ] || why="$why, printed '$out'"
        verdict "guest.$engine.$clock" "$why"
    done
done

# Two runs under icount are the same in everything but host clocks. The fields that hold clocks (or follow from
# them) are taken out.
strip() { grep -vE '"(clk|cost_clk_per_switch|cost_share)"' "$1"; }
for engine in "${engines[@]}"; do
    for run in 1 2; do
        timeout 60 "$emu" -accel "$engine" "${common[@]}" --icount --stats "$dir/$engine.$run" >"$dir/$engine.out.$run" \
            2>/dev/null </dev/null
    done
    why=
    [ -s "$dir/$engine.1" ] || why="no statistics"
    cmp -s <(strip "$dir/$engine.1") <(strip "$dir/$engine.2") || why="statistics differ: $(diff <(strip "$dir/$engine.1") \
        <(strip "$dir/$engine.2") | head -3 | tr '\n' ' ')"
    cmp -s "$dir/$engine.out.1" "$dir/$engine.out.2" || why="output differs"
    grep -q '"test": 2748' "$dir/$engine.1" || why="the interval of the marker port is missing"
    ls "$dir"/*.tmp >/dev/null 2>&1 && why="a temporary file is left"
    verdict "guest.$engine.repeatable" "$why"
done

if [ ${#engines[@]} -eq 2 ]; then
    timeout 100 "$emu" --lockstep "${common[@]}" >/dev/null 2>"$dir/err" </dev/null
    rc=$?
    why=
    [ $rc -eq 33 ] || why="exit status $rc"
    grep -q 'lockstep: no difference' "$dir/err" || why="$why; $(head -1 "$dir/err")"
    verdict guest.lockstep "$why"
    timeout 100 "$emu" --lockstep --set lockstep_break=200000 "${common[@]}" >/dev/null 2>"$dir/err" </dev/null
    rc=$?
    why=
    [ $rc -eq 2 ] || why="exit status $rc"
    grep -q 'DIFFERENT after 20[0-9]* instructions: general registers' "$dir/err" || why="$why; $(head -1 "$dir/err")"
    verdict guest.lockstep.sees "$why"
fi

# A kernel that is killed still leaves its statistics: a guest that never ends, SIGTERM after a while.
printf '\002\260\255\033\003\000\001\000\373\117\121\344\000\000\020\000\000\000\020\000\000\000\000\000\000\000\000\000\040\000\020\000\353\376' >"$dir/loop"
"$emu" -accel interp -m 2 -kernel "$dir/loop" --stats "$dir/loop.json" >/dev/null 2>"$dir/err" </dev/null &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
why=
grep -q '"engine": "interp"' "$dir/loop.json" 2>/dev/null || why="no statistics: $(tail -1 "$dir/err")"
verdict guest.sigterm "$why"
# HLT with interrupts off: over, with a message.
sed 's/\xeb\xfe$/\xf4\xf4/' "$dir/loop" >"$dir/halt"
timeout 10 "$emu" -accel interp -m 2 -kernel "$dir/halt" 2>"$dir/err" </dev/null
rc=$?
why=
[ $rc -eq 0 ] || why="exit status $rc"
grep -q 'nothing can wake it' "$dir/err" || why="$why, message '$(cat "$dir/err")'"
verdict guest.halt_for_ever "$why"
# A triple fault with -no-reboot: status 1, with a message.
sed 's/\xeb\xfe$/\x0f\x0b/' "$dir/loop" >"$dir/triple"
timeout 10 "$emu" -accel interp -m 2 -no-reboot -kernel "$dir/triple" 2>"$dir/err" </dev/null
rc=$?
why=
[ $rc -eq 1 ] || why="exit status $rc"
grep -q 'triple fault' "$dir/err" || why="$why, message '$(cat "$dir/err")'"
verdict guest.triple_fault "$why"
# x87 with memory, in a ring 0 that has ring 3's selector in DS and another in SS: translated code, not a trip to C each.
why=
timeout 60 "$emu" -kernel "${B:-build}/tickbench.elf" -append "--rounds 1 --min-us 2000 -t fpu.fld_m32" -serial file:"$dir/fld" \
    -display none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 --stats "$dir/fld.json" >/dev/null 2>&1 </dev/null
exits=$(sed -n 's/.*"jit_fp_exits": \([0-9]*\).*/\1/p' "$dir/fld.json")
grep -q '"check":"ok"' "$dir/fld" || why="no right answer"
turns=$(sed -n 's/.*"ev":"sample".*"n":\([0-9]*\),.*/\1/p' "$dir/fld")
[ "${exits:-0}" -lt "${turns:-0}" ] || why="$why, left translated code ${exits:-?} times, the last sample had ${turns:-?} turns"
verdict guest.x87_selectors "$why"
# Code that is rewritten again and again takes the same place in the hash table of blocks.
why=
timeout 60 "$emu" -kernel "${B:-build}/tickbench.elf" -append "--rounds 1 --min-us 2000 -t smc.rewrite_call" -serial null --set jit_heat=0 \
    -display none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 --stats "$dir/smc.json" >/dev/null 2>&1 </dev/null
kills=$(sed -n 's/.*"jit_blocks_killed": \([0-9]*\).*/\1/p' "$dir/smc.json")
used=$(sed -n 's/.*"jit_slots_used": \([0-9]*\).*/\1/p' "$dir/smc.json")
[ "${kills:-0}" -gt 1000 ] || why="only ${kills:-?} blocks were killed"
[ "${used:-100000}" -lt $((${kills:-0} / 2)) ] || why="$why, ${used:-?} places after ${kills:-?} kills"
verdict guest.rewritten_code "$why"
