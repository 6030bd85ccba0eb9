#!/usr/bin/env bash
# Linux looks at the devices of its PC: guest-images/device-test/device-test.sh runs in the guest, and asks on the serial
# port for what only the outside can do: keys, the mouse, the power button, another disc, a look at the screen. Here the
# rest is checked: what is in the images afterwards, the RTC against the host's clock, the picture, what came by network.
# TESTS chooses some (TESTS=net), ENGINES engines (interp takes minutes; tcg, which is QEMU, shows that the test asks nothing odd).
ENGINES=${ENGINES:-jit interp}
. emu/tests/boot_proof.sh
linux=$images/linux-tiny
need boot_devices /usr/share/seabios/bios-256k.bin "$linux/vmlinuz-686"
# shellcheck source=guest-images/initramfs.sh
. guest-images/initramfs.sh
export SOURCE_DATE_EPOCH=1700000000
sha() { sha256sum "$@" | cut -d' ' -f1; }
noise() { head -c "$2" /dev/urandom >"$dir/$1"; }

# busybox of the host's kind serves files to the guest
sha=$(sed -n 's/^input busybox-static amd64 [^ ]* \(.\{16\}\).*/\1/p' guest-images/linux-tiny.manifest)
mkdir "$dir/busybox" "$dir/web"
dpkg-deb -x "$images/packages/busybox-static_amd64_$sha.deb" "$dir/busybox"
box=$dir/busybox/bin/busybox
servers=()
trap 'boot_stop; [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
# serve: a web server on a free port, $http
serve() {
    local try
    for ((try = 0; try < 20; try++)); do
        http=$((20000 + RANDOM % 10000))
        "$box" httpd -f -p "127.0.0.1:$http" -h "$dir/web" 2>/dev/null &
        boot_pause
        if kill -0 $! 2>/dev/null; then
            servers+=($!)
            return
        fi
    done
}
# the cards, as modules of Linux; QEMU's are not asked for
nics=(ne2k-pci virtio_net)
cards=(-nic "user,model=ne2k_pci" -nic "user,model=virtio-net-pci")

# media: fresh images and the guest's archive
media() {
    truncate -s 4M "$dir/sda" "$dir/vda"
    noise cd1 $((300 * 2048))
    noise cd2 $((400 * 2048))
    noise fd0 1474560
    noise web/web 3000000
    mkdir -p "$dir/tree/bin"
    install -m 755 guest-images/device-test/device-test.sh "$dir/tree/device-test"
    install -m 755 "$B/emu/tests/guests/ioctl" "$dir/tree/bin/ioctl"
    cat >"$dir/tree/device-test.conf" <<END
disks="sda vda"
cd_first=$(sha "$dir/cd1")
cd_second=$(sha "$dir/cd2")
floppy=$(sha "$dir/fd0")
nics="$1"
http=$http
upload=$upload
web=$(sha "$dir/web/web")
tests="${TESTS:-interrupts clocks keyboard mouse power_button disks cd floppy screen net rtc interrupts}"
END
    # behind the first archive, at a multiple of 4 as the kernel wants it
    { cat "$linux/initrd-686.gz" && newc_pad "$(stat -c %s "$linux/initrd-686.gz")" && archive "$dir/tree"; } >"$dir/initrd"
}

# the guest's lines, one after the other, until it is done
attend() {
    local engine=$1 line="" word what rest until=$((SECONDS + limit)) wanted="" why
    while [ $SECONDS -lt "$until" ]; do
        if ! IFS= read -r -u 8 what; then # no whole line yet
            line+=$what
            kill -0 "$boot_pid" 2>/dev/null || return 1
            boot_pause
            continue
        fi
        line+=${what%$'\r'}
        [ -z "${VERBOSE:-}" ] || echo "   $line"
        read -r word what rest <<<"${line#tickmark: }"
        case $line in
        'ok '* | 'FAIL '*) verdict "boot_devices.$engine.${what%:}" "$([ "$word" = ok ] || echo "$rest")" ;;
        'tickmark: monitor '*) boot_type "$what $rest" ;;
        'tickmark: rtc '*)
            why=
            [ "$what" -ge "$began" ] && [ "$what" -le "$(($(date +%s) + 1))" ] || why="$what, and here it is $began to $(date +%s)"
            verdict "boot_devices.$engine.rtc.host" "$why"
            ;;
        'tickmark: change') boot_type "change ide1-cd0 $dir/cd2" ;;
        'tickmark: picture') picture "$engine" ;;
        'tickmark: disk '* | 'tickmark: floppy '*) wanted+=" ${line#tickmark: }" ;;
        'tickmark: upload '*)
            # input that never ends: at its end nc ends the connection, and the guest's nc with it, before all has come
            "$box" nc -l -p "$upload" >"$dir/uploaded.$what" 2>/dev/null <&9 &
            uploads+=("$!" "$what" "$rest")
            ;;
        'tickmark: uploaded '*)
            wait "${uploads[0]}"
            verdict "boot_devices.$engine.net.$what.upload" \
                "$([ "$(sha "$dir/uploaded.$what")" = "${uploads[2]}" ] || echo "$(stat -c %s "$dir/uploaded.$what") bytes, other ones")"
            uploads=()
            ;;
        'tickmark: done')
            # shellcheck disable=SC2086 # words are meant
            images_hold "$engine" $wanted
            return 0
            ;;
        *'Kernel panic'*) return 1 ;;
        esac
        line=
    done
    return 1
}

# the guest has written its picture: it is on the screen soon; then the return key
picture() {
    local try why=
    for ((try = 0; try < 100; try++)); do
        rm -f "$dir/screen.png"
        boot_type "screendump $dir/screen.png"
        for ((i = 0; i < 100; i++)); do
            [ ! -s "$dir/screen.png" ] || break
            boot_pause
        done
        boot_pause
        why=$("$B/emu/tests/boot_picture" "$dir/screen.png") && break
    done
    verdict "boot_devices.$1.screen.picture" "$why"
    boot_type 'sendkey ret'
}

# images_hold ENGINE [disk NAME SHA]... [floppy SHA]: what the guest read is in the image
images_hold() {
    local engine=$1
    shift
    while [ $# -gt 0 ]; do
        if [ "$1" = disk ]; then
            verdict "boot_devices.$engine.$2.image" \
                "$([ "$(dd if="$dir/$2" bs=64k skip=1 count=32 status=none | sha)" = "$3" ] || echo 'the image has other bytes')"
            shift 3
        else
            verdict "boot_devices.$engine.floppy.image" "$([ "$(sha "$dir/fd0")" = "$2" ] || echo 'the image has other bytes')"
            shift 2
        fi
    done
}

for engine in $(engines); do
    serve
    upload=$((http + 10000))
    if [ "$engine" = tcg ]; then
        media ''
        own=()
    else
        media "${nics[*]}"
        own=("${cards[@]}")
    fi
    uploads=()
    began=$(($(date +%s) - 1))
    : >"$dir/serial"
    boot_start "$engine" -m 128 -serial "file:$dir/serial" -monitor stdio -kernel "$linux/vmlinuz-686" -initrd "$dir/initrd" \
        -append 'console=ttyS0 quiet no_timer_check tickmark=device-test' -drive "file=$dir/sda,format=raw" \
        -drive "file=$dir/vda,format=raw,if=virtio" -drive "file=$dir/cd1,format=raw,media=cdrom,index=2" \
        -drive "file=$dir/fd0,format=raw,if=floppy" "${own[@]}"
    exec 8<"$dir/serial"
    boot_log=$dir/serial
    if attend "$engine"; then
        boot_end 120
        verdict "boot_devices.$engine.off" "$([ "$boot_rc" = 0 ] || echo "exit status $boot_rc")"
    else
        verdict "boot_devices.$engine" "not done; $(boot_last)"
        boot_stop
    fi
done
