# shellcheck shell=bash disable=SC2154 # sourced by recipes; build.sh sets $work and $out
# disk.sh: functions of recipes that make a hard disk: an ext4 file system out of a folder, and a disk with it behind
# GRUB. The file system is filled by debugfs, in the order of the names and with one time for all: mke2fs -d takes order
# and times from the host.
# shellcheck source=guest-images/grub.sh
. "$here/grub.sh"
disk_start=2048 # sector of the partition, 1 MB: the room before it is the core image's

# ext4_image FOLDER FILE SECTORS BLOCK LABEL UUID HASH_SEED: all that is in FOLDER; owner root
ext4_image() {
    local root=$1 fs=$2 sectors=$3 block=$4 label=$5 uuid=$6 seed=$7
    truncate -s $((sectors * 512)) "$fs"
    MKE2FS_CONFIG=$work/tools/etc/mke2fs.conf tool mke2fs -q -t ext4 -b "$block" -m 0 -L "$label" \
        -O ^metadata_csum_seed,^orphan_file,^64bit -U "$uuid" \
        -E hash_seed="$seed",lazy_itable_init=0,lazy_journal_init=0,nodiscard "$fs" ||
        die "no ext4"
    (cd "$root" && find . -mindepth 1 | sort) | sed 's|^\./||' | while IFS= read -r path; do
        if [ -L "$root/$path" ]; then
            echo "symlink \"/$path\" \"$(readlink "$root/$path")\""
        elif [ -d "$root/$path" ]; then
            echo "mkdir \"/$path\""
        else
            echo "write \"$root/$path\" \"/$path\""
            [ -x "$root/$path" ] && echo "sif \"/$path\" mode 0100755" || echo "sif \"/$path\" mode 0100644"
        fi
    done >"$work/commands"
    tool debugfs -w -f "$work/commands" "$fs" >"$work/debugfs.log" 2>&1
    # it has no exit status for a command that failed; each echoes itself as a line "debugfs: ..."
    if grep -vE '^debugfs|^Allocated inode' "$work/debugfs.log" | grep -q .; then
        die "debugfs: $(grep -vE '^debugfs|^Allocated inode' "$work/debugfs.log" | head -n 1)"
    fi
    tool e2fsck -fn "$fs" >"$work/fsck.log" 2>&1 || die "e2fsck: $(tail -n 1 "$work/fsck.log")"
}

# grub_disk FS DISK SECTORS: a disk with that file system in its one partition, and GRUB, which reads
# /boot/grub/grub.cfg there
grub_disk() {
    local fs=$1 disk=$2 sectors=$3
    truncate -s $(((disk_start + sectors) * 512)) "$disk"
    dd if="$fs" of="$disk" bs=1M seek=$((disk_start / 2048)) conv=notrunc,sparse status=none
    # the disk's signature; one active partition of type 83h, sectors by LBA
    printf 'Tick\0\0\x80\xfe\xff\xff\x83\xfe\xff\xff%b%b' "$(little_endian $disk_start)" "$(little_endian "$sectors")" |
        dd of="$disk" bs=1 seek=440 conv=notrunc status=none
    grub_core i386-pc '(hd0,msdos1)/boot/grub' "$grub_serial" "$work/core.img" \
        biosdisk part_msdos ext2 normal configfile linux serial terminal minicmd echo test ls cat reboot halt sleep search
    grub_to_disk "$work/core.img" "$disk" $disk_start
}
