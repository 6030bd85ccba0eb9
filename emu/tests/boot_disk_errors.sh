#!/usr/bin/env bash
# A Linux guest writes to virtio disks, by the legacy and by the modern interface, and to an IDE disk, each behind an
# NBD server: what was synced is in the image; then the server is killed, and the guest's next synced write fails, with
# a message of ours, while the guest goes on. ENGINES and DISKS choose.
ENGINES=${ENGINES:-jit}
. emu/tests/boot_proof.sh
linux=$images/linux-tiny
need boot_disk_errors /usr/share/seabios/bios-256k.bin "$linux/vmlinuz-686" "$linux/initrd-686.gz"
if ! command -v qemu-nbd >/dev/null; then
    echo "skip boot_disk_errors: no qemu-nbd (package qemu-utils)"
    exit 0
fi
server=
trap '[ -z "$server" ] || kill -9 $server 2>/dev/null; boot_stop; rm -rf "$dir"' EXIT

serve() {
    rm -f "$dir/socket"
    truncate -s 8M "$dir/image"
    qemu-nbd -t -f raw -k "$dir/socket" "$dir/image" >/dev/null 2>&1 &
    server=$!
    while [ ! -S "$dir/socket" ] && kill -0 $server 2>/dev/null; do boot_pause; done
}

# errors NAME ENGINE DISK OPTIONS...
errors() {
    local name=boot_disk_errors.$1.$2 device=$3 why=
    rm -f "$dir/image"
    serve
    boot_start "$2" -m 128 -no-reboot -serial stdio -kernel "$linux/vmlinuz-686" -initrd "$linux/initrd-686.gz" \
        -append "console=ttyS0 no_timer_check quiet" "${@:4}"
    if ! boot_await 'tickmark: shell on initramfs, Linux 6.' "$limit"; then
        verdict "$name" "no shell; $(boot_last)"
        boot_stop
        return
    fi
    # shellcheck disable=SC2016 # the guest expands
    boot_type 'for m in virtio_pci virtio_blk ata_piix sd_mod; do modprobe $m; done; sleep 1'
    # shellcheck disable=SC2016 # the guest expands
    boot_type "yes tickmark | head -c 1048576 >/tmp/f; dd if=/tmp/f of=/dev/$device bs=64k conv=fsync; echo first \$?\$((6 * 7))"
    boot_await 'first 042' "$limit" || why="the first write fails; $(boot_last)"
    cmp -s <(yes tickmark | head -c 1048576) <(head -c 1048576 "$dir/image") || why="$why what was synced is not in the image"
    kill -9 $server
    wait $server 2>/dev/null
    server=
    boot_type "dd if=/tmp/f of=/dev/$device bs=64k seek=16 conv=fsync; echo second \$?\$((6 * 7))"
    boot_await 'second 142' "$limit" || why="$why a write without a server is acknowledged; $(boot_last)"
    grep -qa 'socket: \(write\|flush\) of' "$dir/err" || why="$why no message; $(boot_last)"
    boot_type 'poweroff -f'
    boot_end 120
    [ "$boot_rc" = 0 ] || why="$why exit status $boot_rc; $(boot_last)"
    verdict "$name" "$why"
}
for engine in $(engines); do
    url=nbd:unix:$dir/socket
    for disk in ${DISKS:-modern legacy ide}; do
        case $disk in
        modern) errors modern "$engine" vda -drive "file=$url,if=none,id=d" -device virtio-blk-pci,drive=d,disable-legacy=on ;;
        legacy)
            errors legacy "$engine" vda -drive "file=$url,if=none,id=d,cache=writethrough" \
                -device virtio-blk-pci,drive=d,disable-modern=on
            ;;
        ide) errors ide "$engine" sda -drive "file=$url" ;;
        esac
    done
done
