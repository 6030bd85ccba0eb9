# shellcheck shell=bash disable=SC2154 # build.sh sets $work and $here
# initramfs.sh: functions of build.sh for Linux guests: a set of modules with what they need, and a folder written as
# the archive that a kernel unpacks at its start.
# The archive is written here and not by cpio, which records link counts and owners as the host's file system has them.
# Format: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst ("newc").

# modules PACKAGE VERSION TREE NAME...: those modules, and all that they depend on, into TREE/lib/modules/VERSION
modules() {
    local from=$work/$1.i386 version=$2 tree=$3 dep name path need
    shift 3
    dep=$from/lib/modules/$version/modules.dep
    [ -e "$dep" ] || box depmod -b "$from" "$version" || die "no depmod of $version"
    for name in "$@"; do
        path=$(grep -m 1 "/$name\.ko:" "$dep") || die "the kernel $version has no module $name"
        for need in ${path/:/}; do
            mkdir -p "$tree/lib/modules/$version/${need%/*}"
            cp "$from/lib/modules/$version/$need" "$tree/lib/modules/$version/$need" || die "no $need"
        done
    done
    cp "$from/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$version/"
    box depmod -b "$tree" "$version"
    # depmod walks the folders in the host's order, which is not always the same
    for name in dep alias symbols softdep; do
        path=$tree/lib/modules/$version/modules.$name
        [ ! -e "$path" ] || box sort -o "$path" "$path"
    done
    rm -f "$tree/lib/modules/$version"/modules.{order,builtin,builtin.modinfo,symbols}
}

# one entry: NUMBER MODE MTIME SIZE NAME MAJOR MINOR, with its name and the zeros up to a multiple of 4
newc_head() {
    local name=$5
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
        "$1" "$2" 0 0 1 "$3" "$4" 0 0 "$6" "$7" $((${#name} + 1)) 0 "$name"
    newc_pad $((110 + ${#name} + 1))
}
newc_pad() { head -c $((-$1 & 3)) /dev/zero; }

# archive FOLDER: all that is in it, to stdout, in the order of the names; owner root, time SOURCE_DATE_EPOCH
archive() {
    local folder=$1 number=1 path mode size
    while IFS= read -r path; do
        if [ -L "$folder/$path" ]; then
            size=$(readlink "$folder/$path")
            newc_head $number $((0120777)) "$SOURCE_DATE_EPOCH" ${#size} "$path" 0 0
            printf %s "$size"
            newc_pad ${#size}
        elif [ -d "$folder/$path" ]; then
            newc_head $number $((0040755)) "$SOURCE_DATE_EPOCH" 0 "$path" 0 0
        else
            mode=$((0100644))
            [ -x "$folder/$path" ] && mode=$((0100755))
            size=$(stat -c %s "$folder/$path")
            newc_head $number $mode "$SOURCE_DATE_EPOCH" "$size" "$path" 0 0
            cat "$folder/$path"
            newc_pad "$size"
        fi
        number=$((number + 1))
    done < <(cd "$folder" && find . -mindepth 1 | sed 's|^\./||' | sort)
    # the kernel opens it before /init runs
    newc_head $number $((0020600)) "$SOURCE_DATE_EPOCH" 0 dev/console 5 1
    newc_head 0 0 0 0 'TRAILER!!!' 0 0
}

initramfs() { archive "$2" | box gzip -9 >"$1" || die "no archive $1"; }

# what this PC has: disks and CDs by IDE and virtio, their file systems, floppies, network cards, mouse, power button,
# and the bochs driver for the screen
linux_modules=(ata_piix sd_mod sr_mod virtio_pci virtio_blk ext4 crc32c_generic isofs vfat nls_cp437 nls_ascii loop floppy
    ne2k-pci virtio_net psmouse evdev button bochs)

# linux_root FOLDER WHERE: busybox with a link for each applet, and the first program; WHERE is initramfs, disk or cd
linux_root() {
    local tree=$1 applet
    unpack busybox-static
    mkdir -p "$tree"/{bin,sbin,dev,proc,sys,disk,etc,tmp,mnt}
    cp "$work/busybox-static.i386/bin/busybox" "$tree/bin/busybox"
    for applet in $(box --list); do
        [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
    done
    ln -s ../bin/busybox "$tree/sbin/modprobe"
    if [ "$2" = initramfs ]; then cp "$here/init" "$tree/init"; else cp "$here/init" "$tree/sbin/init"; fi
    echo "$2" >"$tree/etc/where"
}

# linux_boot FOLDER: each kernel of the manifest as vmlinuz-FLAVOUR, its archive as initrd-FLAVOUR.gz
linux_boot() {
    local package version flavour tree
    mkdir -p "$1"
    for package in $(inputs 'linux-image-.*' i386); do
        version=${package#linux-image-}
        flavour=686${version##*-686}
        unpack "$package"
        tree=$work/tree.$flavour
        linux_root "$tree" initramfs
        modules "$package" "$version" "$tree" "${linux_modules[@]}"
        cp "$work/$package.i386/boot/vmlinuz-$version" "$1/vmlinuz-$flavour"
        initramfs "$1/initrd-$flavour.gz" "$tree"
        rm -rf "$work/$package.i386"
    done
}
