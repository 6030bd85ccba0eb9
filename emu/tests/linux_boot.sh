#!/usr/bin/env bash
# -kernel with a bzImage: SeaBIOS, our option ROM and the boot protocol, shown by a guest that prints what it was
# given (guests/bzimage.S), on both engines; and kernels and initrds that are wrong.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/bzimage.bin
bios=/usr/share/seabios/bios-256k.bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if [ ! -e $bios ]; then
    echo "skip linux_boot: no $bios (package seabios)"
    exit 0
fi

# boots NAME EXPECTED ARGS...
boots() {
    local name=$1 expected=$2 got rc
    shift 2
    got=$(timeout 60 "$emu" -kernel "$guest" -serial stdio -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 "$@" \
        2>"$dir/err" </dev/null)
    rc=$?
    if [ $rc -eq 33 ] && [ "$got" = "$expected" ]; then
        echo "ok linux_boot.$name"
    else
        echo "FAIL linux_boot.$name: exit status $rc, '$got', not '$expected'; $(tail -n 1 "$dir/err")"
    fi
}

# refuses NAME TEXT ARGS...
refuses() {
    local name=$1 text=$2 message rc
    shift 2
    message=$(timeout 10 "$emu" "$@" 2>&1 >/dev/null </dev/null)
    rc=$?
    if [ $rc -eq 1 ] && [[ $message == *"$text"* ]]; then
        echo "ok linux_boot.$name"
    else
        echo "FAIL linux_boot.$name: exit status $rc, '$message' does not say '$text'"
    fi
}

# an initrd of 3,000,001 bytes of 1: the sum is 2DC6C1h
head -c 3000001 /dev/zero | tr '\0' '\001' >"$dir/initrd"
for engine in ${ENGINES:-interp jit}; do
    boots "$engine.plain" 'K+0000' -accel "$engine"
    boots "$engine.append" 'Kconsole=ttyS0 x+0000' -accel "$engine" -append 'console=ttyS0 x'
    boots "$engine.initrd" 'K+C6C1' -accel "$engine" -m 16 -initrd "$dir/initrd"
done

# wrong NAME TEXT COMMAND...: a kernel that was spoiled by the command, which changes $dir/k
wrong() {
    local name=$1 text=$2
    shift 2
    cp "$guest" "$dir/k"
    "$@"
    refuses "$name" "$text" -kernel "$dir/k"
}
patch() { printf '%b' "$2" | dd of="$dir/k" bs=1 seek="$1" conv=notrunc 2>/dev/null; }
wrong version 'boot protocol 2.01' patch $((0x206)) '\x01'
wrong low 'a zImage' patch $((0x211)) '\x00'
wrong no_kernel 'no kernel behind the setup code' truncate -s 1024 "$dir/k"
wrong cut 'no kernel behind the setup code' truncate -s 700 "$dir/k"
wrong cut_header 'not a Linux kernel' truncate -s 520 "$dir/k"
wrong setup 'setup code of 130560 bytes' patch $((0x1F1)) '\xfe'
refuses append_long '61 bytes' -kernel "$guest" -append "$(head -c 61 /dev/zero | tr '\0' x)"
refuses initrd_none 'No such file' -kernel "$guest" -initrd "$dir/none"
refuses initrd_folder 'not a file' -kernel "$guest" -initrd "$dir"
refuses initrd_large 'do not fit behind the kernel' -m 4 -kernel "$guest" -initrd "$dir/initrd"
refuses initrd_huge "does not fit into the guest's memory" -m 2 -kernel "$guest" -initrd "$dir/initrd"
refuses memory 'needs 2 MB of memory' -m 1 -kernel "$guest"
