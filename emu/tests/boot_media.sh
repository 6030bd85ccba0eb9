#!/usr/bin/env bash
# Linux from its own disk: BIOS, GRUB, kernel and archive, and the root on ext4, by IDE and by virtio; and from a CD by
# ISOLINUX. To a shell, which writes a file on the disk and reads it back; then off by ACPI. On both engines and, for
# the time, on QEMU. ENGINES and MEDIA choose.
. emu/tests/boot_proof.sh
disk=$images/linux-disk/linux-disk.img
iso=$images/linux-iso/linux.iso
need boot_media /usr/share/seabios/bios-256k.bin "$disk" "$iso"

# media NAME ROOT WHERE ENGINE OPTIONS...
media() {
    local name=boot_media.$1.$4 root=$2 where=$3 why
    boot_start "$4" -m 128 -no-reboot -serial stdio -snapshot "${@:5}"
    if ! boot_await "tickmark: root is $root" "$limit" || ! boot_await "tickmark: shell on $where, Linux 6." "$limit"; then
        verdict "$name" "no shell; $(boot_last)"
        boot_stop
        return
    fi
    boot_time "$name"
    # 4 MB that the page cache must give up and read again
    # shellcheck disable=SC2016 # the guest expands
    boot_type 'cd /tmp; dd if=/bin/busybox of=f bs=64k 2>/dev/null; sync; echo 3 >/proc/sys/vm/drop_caches; cmp f /bin/busybox && echo same $((6 * 7))'
    why=
    boot_await 'same 42' "$limit" || why="the file is not as it was written; $(boot_last)"
    boot_type 'poweroff -f'
    boot_end 120
    [ "$boot_rc" = 0 ] || why="$why exit status $boot_rc; $(boot_last)"
    verdict "$name" "$why$(linux_trouble)"
}
for engine in $(engines); do
    for medium in ${MEDIA:-ide virtio cd}; do
        case $medium in
        ide) media ide /dev/sda1 disk "$engine" -drive "file=$disk,format=raw" ;;
        virtio) media virtio /dev/vda1 disk "$engine" -drive "file=$disk,format=raw,if=virtio" ;;
        cd) media cd /dev/sr0 cd "$engine" -cdrom "$iso" ;;
        esac
    done
done
