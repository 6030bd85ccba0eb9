# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work, $out and $here
# linux-iso: a CD with both kernels and a root of busybox, which boots by ISOLINUX (El Torito, no emulation).
# shellcheck source=guest-images/iso.sh
. "$here/iso.sh"
unpack_tools
root=$work/root
linux_boot "$root/boot"
linux_root "$root" cd
mkdir "$root/isolinux"
cp "$work/tools/usr/lib/ISOLINUX/isolinux.bin" "$work/tools/usr/lib/syslinux/modules/bios/ldlinux.c32" "$root/isolinux/"
cat >"$root/isolinux/isolinux.cfg" <<'END'
serial 0 115200
prompt 1
timeout 10
default 686-pae
label 686
    kernel /boot/vmlinuz-686
    append initrd=/boot/initrd-686.gz root=LABEL=TICKMARK console=ttyS0 no_timer_check
label 686-pae
    kernel /boot/vmlinuz-686-pae
    append initrd=/boot/initrd-686-pae.gz root=LABEL=TICKMARK console=ttyS0 no_timer_check
END
iso_image "$root" TICKMARK isolinux/isolinux.bin "$out/linux.iso" -c isolinux/boot.cat
