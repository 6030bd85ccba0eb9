# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work, $out and $here
# grub-rescue: a CD with all of GRUB's modules and its command line (`grub>`), as grub-mkrescue makes it, and a floppy
# with the core alone: it finds no modules and ends in the rescue shell (`grub rescue>`).
# shellcheck source=guest-images/grub.sh
. "$here/grub.sh"
# shellcheck source=guest-images/iso.sh
. "$here/iso.sh"
unpack_tools
unpack grub-pc-bin
mkdir -p "$work/root/boot/grub/i386-pc"
cp "$grub_folder"/*.mod "$grub_folder"/*.lst "$work/root/boot/grub/i386-pc/"
# shellcheck disable=SC2016 # GRUB expands
printf '%s\n' "$grub_serial" 'echo "tickmark: GRUB from $root, $grub_platform $grub_cpu"' >"$work/root/boot/grub/grub.cfg"
grub_core i386-pc-eltorito /boot/grub '' "$work/root/boot/grub/eltorito.img" biosdisk iso9660 normal configfile
iso_image "$work/root" GRUB boot/grub/eltorito.img "$out/grub-rescue.iso" -c boot/grub/boot.cat

truncate -s 1474560 "$out/grub-rescue.img"
grub_core i386-pc '(fd0)/boot/grub' "$grub_serial" "$work/core.img" biosdisk serial terminal minicmd
grub_to_disk "$work/core.img" "$out/grub-rescue.img" 2880
