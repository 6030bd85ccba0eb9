# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work, $out and $here
# linux-disk: a hard disk of 41 MB: GRUB, and an ext4 partition with both kernels and a root of busybox. By IDE and by
# virtio: the root is found by its label.
# The file system is filled by debugfs, in the order of the names and with one time for all: mke2fs -d takes order and
# times from the host.
# shellcheck source=guest-images/grub.sh
. "$here/grub.sh"
start=2048    # sector of the partition, 1 MB: the room before it is the core image's
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

fs=$work/fs.img
truncate -s $((sectors * 512)) "$fs"
MKE2FS_CONFIG=$work/tools/etc/mke2fs.conf tool mke2fs -q -t ext4 -b 1024 -m 0 -L tickmark \
    -O ^metadata_csum_seed,^orphan_file,^64bit -U 5469636b-6d61-726b-2064-69736b203031 \
    -E hash_seed=5469636b-6d61-726b-2068-617368203031,lazy_itable_init=0,lazy_journal_init=0,nodiscard "$fs" ||
    die "no ext4"
(cd "$work/root" && find . -mindepth 1 | sort) | sed 's|^\./||' | while IFS= read -r path; do
    if [ -L "$work/root/$path" ]; then
        echo "symlink /$path $(readlink "$work/root/$path")"
    elif [ -d "$work/root/$path" ]; then
        echo "mkdir /$path"
    else
        echo "write $work/root/$path /$path"
        [ -x "$work/root/$path" ] && echo "sif /$path mode 0100755" || echo "sif /$path mode 0100644"
    fi
done >"$work/commands"
tool debugfs -w -f "$work/commands" "$fs" >"$work/debugfs.log" 2>&1
# it has no exit status for a command that failed; each echoes itself as a line "debugfs: ..."
if grep -vE '^debugfs|^Allocated inode' "$work/debugfs.log" | grep -q .; then
    die "debugfs: $(grep -vE '^debugfs|^Allocated inode' "$work/debugfs.log" | head -n 1)"
fi
tool e2fsck -fn "$fs" >"$work/fsck.log" 2>&1 || die "e2fsck: $(tail -n 1 "$work/fsck.log")"

disk=$out/linux-disk.img
truncate -s $(((start + sectors) * 512)) "$disk"
dd if="$fs" of="$disk" bs=1M seek=$((start / 2048)) conv=notrunc,sparse status=none
# the disk's signature; one active partition of type 83h, sectors by LBA
printf 'Tick\0\0\x80\xfe\xff\xff\x83\xfe\xff\xff%b%b' "$(little_endian $start)" "$(little_endian $sectors)" |
    dd of="$disk" bs=1 seek=440 conv=notrunc status=none
grub_core i386-pc '(hd0,msdos1)/boot/grub' "$grub_serial" "$work/core.img" \
    biosdisk part_msdos ext2 normal configfile linux serial terminal minicmd echo test ls cat reboot halt sleep search
grub_to_disk "$work/core.img" "$disk" $start
