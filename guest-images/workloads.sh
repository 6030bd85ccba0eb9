# shellcheck shell=bash disable=SC2154 # sourced by build.sh, which sets $work, $out and $here
# workloads: a hard disk with whole programs to measure, and what they work on: workloads/work.def. GRUB, Debian's 686 kernel, and on ext4 Debian's i386 compilers, shell, LuaJIT, Mono and groff. The same tree
# lies beside the disk, unpacked, as root/: natively the same files are run, in a chroot.
# shellcheck source=guest-images/disk.sh
. "$here/disk.sh"
sectors=1228720 # 600 MB, sparse; with the 2048 before it 1221 cylinders of 16 x 63 sectors, as Bochs wants it
unpack_tools
root=$work/root
linux_boot "$out"
linux_root "$root" disk

# shellcheck disable=SC2013 # words of the manifest
for package in $(awk '$1 == "input" && $3 != "amd64" && $3 != "source" { print $2 "." $3 }' "$manifest"); do
    case $package in
    linux-image-* | grub-* | busybox-*) continue ;;
    esac
    unpack "${package%.*}" "${package##*.}"
    rm -rf "$work/$package"/usr/share/{doc,man,info,locale,lintian,bug,bash-completion,doc-base} \
        "$work/$package"/usr/lib/i386-linux-gnu/gconv "$work/$package"/etc/{init.d,cron.d,systemd,emacs}
    # before cp would write through a link of busybox's
    (cd "$work/$package" && find . ! -type d) | while IFS= read -r path; do
        [ ! -L "$root/$path" ] || rm "$root/$path"
    done
    cp -a "$work/$package/." "$root/" || die "$package cannot be copied"
    rm -rf "${work:?}/$package"
done
ln -sf dash "$root/bin/sh"
ln -sf gcc-12 "$root/usr/bin/gcc"
for tool in as ld; do ln -sf "i686-linux-gnu-$tool" "$root/usr/bin/$tool"; done
# what the links of packages point at and nobody brings: not needed, and tar and debugfs do not mind
echo 'root:x:0:0:root:/tmp:/bin/sh' >"$root/etc/passwd"

source=$root/workloads/src
mkdir -p "$source"/{sqlite,lua,expat,tcc}
unpack_source fossil fossil-src-2.21/extsrc/sqlite3.c fossil-src-2.21/extsrc/sqlite3.h
unpack_source lua5.4 lua-5.4.4/src
unpack_source expat libexpat-R_2_5_0/expat/lib
unpack_source tcc
cp "$work/fossil.source/fossil-src-2.21/extsrc/"sqlite3.* "$source/sqlite/"
cp "$work/lua5.4.source/lua-5.4.4/src/"*.[ch] "$source/lua/"
cp "$work/expat.source/libexpat-R_2_5_0/expat/lib/"*.[ch] "$source/expat/"
cp "$work/tcc.source/"*.[ch] "$work/tcc.source/"*.def "$source/tcc/"
cp -r "$work/tcc.source/include" "$source/tcc/"
find "$source" -type f -exec chmod 644 {} +
# all but what the host's side reads
for file in "$here"/workloads/*; do
    case ${file##*/} in
    native | list | work.def) ;;
    *) cp "$file" "$root/workloads/" ;;
    esac
done

mkdir -p "$root/boot/grub" "$root/proc" "$root/dev" "$root/tmp"
cp "$out/vmlinuz-686" "$out/initrd-686.gz" "$root/boot/"
cat >"$root/boot/grub/grub.cfg" <<'END'
set timeout=0
linux /boot/vmlinuz-686 root=LABEL=workloads console=ttyS0 quiet no_timer_check norandmaps tickmark=workloads/run
initrd /boot/initrd-686.gz
boot
END
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f -perm -100 -exec chmod 755 {} +
find "$root" -type f ! -perm -100 -exec chmod 644 {} +
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
ext4_image "$root" "$work/fs.img" $sectors 4096 workloads 5469636b-6d61-726b-2077-6f726b6c3031 \
    5469636b-6d61-726b-2077-686173683031
grub_disk "$work/fs.img" "$out/workloads.img" $sectors
cp "$here/workloads/native" "$out/native"
mv "$root" "$out/root"
