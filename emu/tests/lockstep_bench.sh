#!/usr/bin/env bash
# Both engines in lockstep over the whole bench image: every test, a few iterations each. B is the build folder.
# The number of iterations is fixed by --n, one letter a test ('e' = 16), because under icount a test whose work is in
# few instructions (REP) would otherwise be given far too many.
set -u
emu=${B:-build}/tickmark-emu
image=${B:-build}/tickbench.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ ! -e "$image" ]; then
    echo "skip lockstep.bench: no $image"
    exit 0
fi
common=(-m 64 -kernel "$image" -serial stdio -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")
tests=$("$emu" -accel interp "${common[@]}" -append --list 2>/dev/null </dev/null | grep -c '"ev":"test"')
letters=$(printf "%${tests}s" '' | tr ' ' e)
timeout 600 "$emu" --lockstep --set lockstep_ram_insns=50000000 "${common[@]}" -append "--rounds 1 --min-us 100 --n $letters" \
    >"$dir/out" 2>"$dir/err" </dev/null
rc=$?
samples=$(grep -c '"ev":"sample"' "$dir/out")
lacking=$(grep -c '"why":"needs ' "$dir/out") # this machine has none
tail -1 "$dir/err"
if [ $rc -ne 1 ]; then # the guest's own status 0
    echo "FAIL lockstep.bench: exit status $rc; $(grep -m1 DIFFERENT "$dir/err")"
    sed -n 2,60p "$dir/err"
elif [ "$tests" -eq 0 ] || [ $((samples + lacking)) -ne "$tests" ]; then
    echo "FAIL lockstep.bench: $samples samples of $tests tests, $lacking not for this machine"
else
    echo "ok lockstep.bench"
fi
