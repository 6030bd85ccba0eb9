#!/usr/bin/env bash
# SeaBIOS boots our boot sector (guests/bootsector.S) from each kind of drive, on both engines: what the BIOS reads is
# what is in the image, what it writes is there afterwards, and -snapshot and readonly=on keep the image as it was.
# B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
sector=${B:-build}/emu/tests/guests/bootsector.bin
bios=/usr/share/seabios/bios-256k.bin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! [ -f "$bios" ]; then
    echo "skip boot_drives: no SeaBIOS on this host"
    exit 0
fi

# put IMAGE SECTOR FILE
put() { dd of="$1" bs=512 seek="$2" conv=notrunc status=none; }
byte() { printf "\\x$(printf %x "$1")"; }

# image NAME SECTORS: our sector and the text after it
image() {
    truncate -s $(($2 * 512)) "$dir/$1"
    put "$dir/$1" 0 <"$sector"
    printf 'the text of %s\n' "$1" | put "$dir/$1" 1
}

# A CD: ISO 9660's descriptors 16 to 18 with El Torito's boot record, its catalogue in 19, our sector in 20.
disc() {
    local iso="$dir/$1"
    truncate -s $((64 * 2048)) "$iso"
    { byte 1 && printf 'CD001' && byte 1; } | put "$iso" $((16 * 4))
    { byte 0 && printf 'CD001' && byte 1 && printf 'EL TORITO SPECIFICATION'; } | put "$iso" $((17 * 4))
    byte 19 | dd of="$iso" bs=1 seek=$((17 * 2048 + 0x47)) conv=notrunc status=none
    { byte 255 && printf 'CD001' && byte 1; } | put "$iso" $((18 * 4))
    # validation entry, its checksum, 55 AA; then bootable, no emulation, one sector, at block 20
    printf '\x01%-27s\x00\x00\x55\xaa' '' | tr ' ' '\0' | put "$iso" $((19 * 4))
    printf '\xaa\x55' | dd of="$iso" bs=1 seek=$((19 * 2048 + 28)) conv=notrunc status=none
    printf '\x88\0\0\0\0\0\x04\0\x14' | dd of="$iso" bs=1 seek=$((19 * 2048 + 32)) conv=notrunc status=none
    put "$iso" $((20 * 4)) <"$sector"
    printf 'the text of %s\n' "$1" | put "$iso" $((21 * 4))
}

# boot NAME 'expected' STATUS ARGS...
boot() {
    local name=$1 expect=$2 wanted=$3 got rc engine
    shift 3
    for engine in jit interp; do
        got=$(timeout 60 "$emu" -accel "$engine" -m 32 -no-reboot -debugcon stdio -device isa-debug-exit,iobase=0xf4 \
            "$@" 2>"$dir/stderr" </dev/null)
        rc=$?
        if [ "$got" != "$expect" ] || [ $rc -ne "$wanted" ]; then
            echo "FAIL boot.${name}_$engine: status $rc, said '$got' $(head -c 300 "$dir/stderr")"
        else
            echo "ok boot.${name}_$engine"
        fi
    done
}
# Does sector 2 of the image have what the guest wrote? check NAME IMAGE yes|no
check() {
    local found=no
    dd if="$dir/$2" bs=512 skip=2 count=1 status=none | grep -qa "^written by the guest" && found=yes
    if [ $found = "$3" ]; then
        echo "ok boot.$1"
    else
        echo "FAIL boot.$1: is what the guest wrote in the image? $found"
    fi
}

image disk 20160
boot disk_snapshot "drive 80, the text of disk" 33 -hda "$dir/disk" -snapshot
check disk_snapshot_image disk no
boot disk_readonly "drive 80, the text of disk" 69 -drive "file=$dir/disk,readonly=on,format=raw"
check disk_readonly_image disk no
boot disk "drive 80, the text of disk" 33 "$dir/disk"
check disk_image disk yes
image slave 20160
boot order "drive 80, the text of disk" 33 -hdd "$dir/slave" -hda "$dir/disk"
image virtio 20160
boot virtio_snapshot "drive 80, the text of virtio" 33 -drive "file=$dir/virtio,if=virtio,snapshot=on"
check virtio_snapshot_image virtio no
boot virtio_readonly "drive 80, the text of virtio" 69 -drive "file=$dir/virtio,if=virtio,readonly=on"
boot virtio "drive 80, the text of virtio" 33 -drive "file=$dir/virtio,if=virtio,format=raw"
check virtio_image virtio yes
boot virtio_modern "drive 80, the text of virtio" 33 -device virtio-blk-pci,drive=d,disable-legacy=on,addr=1e \
    -drive "file=$dir/virtio,if=none,id=d"
boot virtio_icount "drive 80, the text of virtio" 33 --icount -device virtio-blk-pci,drive=d,disable-modern=on \
    -drive "file=$dir/virtio,if=none,id=d"
boot ide_hd "drive 80, the text of disk" 33 -device ide-hd,drive=d,bus=ide.1,unit=1 -drive "file=$dir/disk,if=none,id=d"
# The host has no room (for a file of more than 1 KB: sector 2 is beyond that): the guest's write fails, with a message.
# interp only, because the translator's code cache counts as a file.
image full 2
truncate -s $((20160 * 512)) "$dir/full"
for interface in ide virtio; do
    got=$(
        ulimit -f 1
        timeout 60 "$emu" -accel interp -no-reboot -debugcon stdio -device isa-debug-exit,iobase=0xf4 \
            -drive "file=$dir/full,if=$interface" 2>"$dir/stderr" </dev/null
    )
    rc=$?
    if [ $rc -eq 69 ] && grep -q "full: write of 512 bytes at 1024: File too large" "$dir/stderr"; then
        echo "ok boot.${interface}_full"
    else
        echo "FAIL boot.${interface}_full: status $rc, said '$got' $(head -c 300 "$dir/stderr")"
    fi
done
check full_image full no
disc cd
boot cd "drive e0, the text of cd" 33 -cdrom "$dir/cd"
boot cd_order "drive e0, the text of cd" 33 -hda "$dir/disk" -cdrom "$dir/cd" -boot dc
image floppy 2880
boot floppy "drive 00, the text of floppy" 33 -fda "$dir/floppy"
check floppy_image floppy yes
image floppy720 1440
boot floppy_720k_readonly "drive 00, the text of floppy720" 69 -drive "file=$dir/floppy720,if=floppy,readonly=on" -boot a
image floppy12 2400
boot floppy_1200k "drive 00, the text of floppy12" 33 -fda "$dir/floppy12"
image floppy360 720
boot floppy_360k "drive 00, the text of floppy360" 33 -fda "$dir/floppy360"
image floppy288 5760
boot floppy_2880k "drive 00, the text of floppy288" 33 -fda "$dir/floppy288"
image short 9
boot floppy_short "drive 00, the text of short" 33 -fda "$dir/short"
check floppy_short_image short yes
# The system tests' floppy: a boot sector that reads a kernel of some hundred KB, which then tries every rule of ring 0
# on a machine that a BIOS has set up. Its last case is a triple fault.
for engine in jit interp; do
    timeout 60 "$emu" -accel $engine -m 64 -no-reboot -fda "${B:-build}/emu/tests/system/system.img" -snapshot -serial stdio \
        >"$dir/system" 2>&1 </dev/null
    good=$(grep -ac '^@st .* ok$' "$dir/system")
    bad=$(grep -a '^@st ' "$dir/system" | grep -avcE ' ok$| skip |^@st end\.triple_fault ')
    if [ "$good" -ge 300 ] && [ "$bad" -eq 0 ] && grep -qa '^@st end\.triple_fault .*triple fault' "$dir/system"; then
        echo "ok boot.system_floppy_$engine"
    else
        echo "FAIL boot.system_floppy_$engine: $good good, $bad bad, the end: $(tail -n 1 "$dir/system" | head -c 200)"
    fi
done
