#!/usr/bin/env bash
# The drives that a PC has without being asked: an empty CD-ROM and an empty floppy drive, which the monitor fills and
# empties, and from which SeaBIOS then boots.
set -u
emu=${B:-build}/tickmark-emu
sector=${B:-build}/emu/tests/guests/bootsector.bin
if [ ! -e /usr/share/seabios/bios-256k.bin ]; then
    echo "skip empty_drives: no SeaBIOS on this host"
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME GOT WANTED
    if [ "$2" = "$3" ]; then echo "ok empty_drives.$1"; else echo "FAIL empty_drives.$1: '$2', not '$3'"; fi
}
# drives ARGS...: what `info block` says
drives() {
    printf 'info block\nquit\n' | timeout 20 "$emu" -monitor stdio "$@" 2>&1 | sed -n 's,^(tickmark) ,,; /^[a-z]*[0-9]-*[a-z]*[0-9]*: /p' | tr '\n' ' '
}
truncate -s 1474560 "$dir/floppy"
dd if="$sector" of="$dir/floppy" conv=notrunc status=none
printf 'the text of floppy\n' | dd of="$dir/floppy" bs=512 seek=1 conv=notrunc status=none
truncate -s 1M "$dir/disk"

verdict defaults "$(drives)" "ide1-cd0: [not inserted] floppy0: [not inserted] "
verdict nodefaults "$(drives -nodefaults)" ""
verdict given "$(drives -hdc "$dir/disk" -fdb "$dir/floppy")" "ide1-hd0: $dir/disk floppy0: [not inserted] floppy1: $dir/floppy "

# Nothing to boot from; then there is a floppy, and the machine starts again.
coproc monitor { exec timeout 60 "$emu" -m 32 -no-shutdown -monitor stdio -chardev "file,id=log,path=$dir/log" \
    -device isa-debugcon,iobase=0x402,chardev=log -debugcon "file:$dir/out" -device isa-debug-exit,iobase=0xf4 2>"$dir/err"; }
# shellcheck disable=SC2154 # coproc sets it
pid=$monitor_PID
for ((i = 0; i < 300; i++)); do
    grep -qa 'No bootable device' "$dir/log" 2>/dev/null && break
    sleep 0.1
done
verdict boots_nothing "$(grep -cam 1 'No bootable device' "$dir/log")" 1
printf '%s\n' "change floppy0 $dir/floppy" "eject ide1-cd0" system_reset >&"${monitor[1]}"
wait "$pid"
verdict change "$? $(cat "$dir/out")" "33 drive 00, the text of floppy"
