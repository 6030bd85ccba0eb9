#!/usr/bin/env bash
# Interrupts from the APICs and the HPET in a guest (guests/apic.S): both engines, on the host's clock and under
# icount, in lockstep, and on processors that have less. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/apic.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
common=(-m 16 -kernel "$guest" -serial stdio -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")

engines=(interp)
if "$emu" -accel jit "${common[@]}" 2>&1 </dev/null | grep -q 'not part of this build'; then
    echo "skip apic_guest.jit: built without the translator"
else
    engines+=(jit)
fi

# runs NAME STATUS OUTPUT ARGS...
runs() {
    local name=$1 status=$2 expected=$3 out rc
    shift 3
    out=$(timeout 100 "$emu" "${common[@]}" "$@" 2>"$dir/err" </dev/null)
    rc=$?
    if [ $rc -eq "$status" ] && [ "$out" = "$expected" ]; then
        echo "ok apic_guest.$name"
    else
        echo "FAIL apic_guest.$name: exit status $rc, printed '$out', not '$expected': $(tail -1 "$dir/err")"
    fi
}

for engine in "${engines[@]}"; do
    runs "$engine.host" 33 ABCDEFGHI -accel "$engine"
    runs "$engine.icount" 33 ABCDEFGHI -accel "$engine" --icount
    runs "$engine.plain" 33 ABCDEFGHI -accel "$engine" -cpu pentium3
    runs "$engine.absent" 3 '' -accel "$engine" -cpu max,-apic # check 1: CPUID
done
[ ${#engines[@]} -eq 2 ] && runs lockstep 33 ABCDEFGHI --lockstep
exit 0
