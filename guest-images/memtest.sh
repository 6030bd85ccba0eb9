# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work and $out
# memtest: Memtest86+ as a kernel for -kernel, and on a CD.
unpack memtest86+
cp "$work/memtest86+.i386/boot/memtest86+ia32.bin" "$out/memtest.bin"
cp "$work/memtest86+.i386/usr/lib/memtest86+/memtest86+ia32.iso" "$out/memtest.iso"
