# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work and $out
# linux-tiny: Debian's kernels 686 and 686-pae, each with an archive of busybox and the modules of this PC's devices.
unpack busybox-static
for package in $(inputs 'linux-image-.*' i386); do
    version=${package#linux-image-}
    flavour=686${version##*-686}
    unpack "$package"
    tree=$work/tree.$flavour
    linux_tree "$tree"
    modules "$package" "$version" "$tree" "${linux_modules[@]}"
    cp "$work/$package.i386/boot/vmlinuz-$version" "$out/vmlinuz-$flavour"
    initramfs "$out/initrd-$flavour.gz" "$tree"
done
