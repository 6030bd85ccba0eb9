#!/usr/bin/env bash
# The media of the bare port boot: tickbench.img as a floppy and as a disk, tickbench.iso as a CD, through a PC's BIOS, to
# right answers and the end; in our emulator and in QEMU. The words are written into copies of them, where README says.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${TICKBENCH_BUILD:-build}
lines=$build/bench/tests/check_lines
bios=/usr/share/seabios/bios-256k.bin
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
words='--rounds 1 --quick -t int.add_rr -t sys.ring3/int'

# put FILE BYTE: the words, ended by a NUL
put() { printf '%s\0' "$words" | dd of="$1" bs=512 seek=$(($2 / 512)) conv=notrunc 2>/dev/null; }
cp "$build/tickbench.img" "$tmp/disk.img" && put "$tmp/disk.img" 512
cp "$build/tickbench.iso" "$tmp/cd.iso" && put "$tmp/cd.iso" $((23 * 2048 + 512))

# boot NAME WORDS...: a PC with these words of a command line, until it says that all answers were right
boot() {
    local name=$1 rc
    shift
    rm -f "$tmp/out"
    timeout 120 "$@" -m 64 -serial "file:$tmp/out" -display none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 \
        >"$tmp/err" 2>&1
    rc=$?
    if [ $rc -eq 1 ] && "$lines" -s "$tmp/out" >"$tmp/samples" && [ "$(wc -l <"$tmp/samples")" -eq 2 ] &&
        ! grep -q wrong "$tmp/samples"; then
        echo "ok media.$name"
    else
        echo "FAIL media.$name: exit $rc, $(tail -c 200 "$tmp/out" 2>/dev/null) $(head -c 200 "$tmp/err")"
    fi
}
media() { # NAME PROGRAM...
    local name=$1
    shift
    boot "${name}_floppy" "$@" -drive "file=$tmp/disk.img,format=raw,if=floppy" -boot a
    boot "${name}_disk" "$@" -drive "file=$tmp/disk.img,format=raw" -boot c
    boot "${name}_cd" "$@" -cdrom "$tmp/cd.iso" -boot d
}

# The partition table: one active entry, from the second sector on, and the signature.
[ "$(tail -c +447 "$tmp/disk.img" | head -c 66 | od -An -v -tx1 | tr -d ' \n')" = \
    "80000200da2d2d00010000003f0b0000$(printf '%096d' 0)55aa" ]
rc=$?
if [ $rc -eq 0 ]; then echo "ok media.partition"; else echo "FAIL media.partition: not one active partition"; fi

if [ -e "$bios" ]; then
    media emu "$build/tickmark-emu" -accel jit -bios "$bios"
    boot emu_interp_cd "$build/tickmark-emu" -accel interp -bios "$bios" -cdrom "$tmp/cd.iso" -boot d
else
    for name in floppy disk cd interp_cd; do echo "skip media.emu_$name: $bios is missing (package seabios)"; done
fi
if command -v qemu-system-i386 >/dev/null; then
    media qemu qemu-system-i386 -accel tcg
else
    for name in floppy disk cd; do echo "skip media.qemu_$name: qemu-system-i386 is not installed (package qemu-system-x86)"; done
fi
