# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work, $out and $here
# linux-disk: a hard disk of 41 MB: GRUB, and an ext4 partition with both kernels and a root of busybox. By IDE and by
# virtio: the root is found by its label.
# shellcheck source=guest-images/disk.sh
. "$here/disk.sh"
sectors=81920 # 40 MB
unpack_tools
linux_boot "$work/root/boot"
linux_root "$work/root" disk
mkdir "$work/root/boot/grub"
cat >"$work/root/boot/grub/grub.cfg" <<'END'
set timeout=1
set default=686
menuentry 'Debian 686 (6)' --id 686 --hotkey=6 {
    linux /boot/vmlinuz-686 root=LABEL=tickmark console=ttyS0 no_timer_check
    initrd /boot/initrd-686.gz
}
menuentry 'Debian 686-pae (p)' --id 686-pae --hotkey=p {
    linux /boot/vmlinuz-686-pae root=LABEL=tickmark console=ttyS0 no_timer_check
    initrd /boot/initrd-686-pae.gz
}
END

ext4_image "$work/root" "$work/fs.img" $sectors 1024 tickmark 5469636b-6d61-726b-2064-69736b203031 \
    5469636b-6d61-726b-2068-617368203031
grub_disk "$work/fs.img" "$out/linux-disk.img" $sectors
