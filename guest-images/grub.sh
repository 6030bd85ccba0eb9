# shellcheck shell=bash disable=SC2154 # build.sh sets $work
# grub.sh: GRUB without grub-install: functions of build.sh for images that boot by it. The tools and the modules are
# those of the manifest's packages (grub-common, grub-pc-bin).
grub_folder=$work/grub-pc-bin.i386/usr/lib/grub/i386-pc

# grub_core FORMAT PREFIX CONFIG FILE MODULE...: a core image; CONFIG, a text, is what it does first, or empty
grub_core() {
    local format=$1 prefix=$2 config=$3 file=$4
    shift 4
    unpack grub-pc-bin
    printf '%s\n' "$config" >"$work/grub.early"
    tool grub-mkimage -d "$grub_folder" -O "$format" -p "$prefix" -c "$work/grub.early" -o "$file" "$@" ||
        die "no GRUB core image"
}

# grub_to_disk CORE IMAGE SECTORS: GRUB's boot sector, and behind it the core image, which has room up to SECTORS.
# Both come with the right addresses in them: the core image begins at sector 1, its second sector is the next one
# (GRUB's grub-core/boot/i386/pc/boot.S: kernel_sector, diskboot.S: firstlist). The boot sector's partition table is kept.
grub_to_disk() {
    local bytes
    bytes=$(stat -c %s "$1")
    [ "$bytes" -le $((($3 - 1) * 512)) ] || die "GRUB's core image has $bytes bytes, too many for $3 sectors"
    dd if="$grub_folder/boot.img" of="$2" bs=440 count=1 conv=notrunc status=none
    dd if="$1" of="$2" bs=512 seek=1 conv=notrunc status=none
    printf '\x55\xaa' | dd of="$2" bs=1 seek=510 conv=notrunc status=none
}

# GRUB's screen and keys on the serial port as well
# shellcheck disable=SC2034 # for the recipes
grub_serial='serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial'

# a 32-bit number as four bytes for printf's %b
little_endian() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
