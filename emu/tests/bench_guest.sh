#!/usr/bin/env bash
# The bench's linux port inside of a Linux guest (linux-tiny, with tickbench in a second archive): the system calls and
# what the kernel does for os.*, the programs, disk.write/* on an IDE disk, FRACTAL on the kernel's framebuffer, looked
# at with screendump. On jit; ENGINES chooses (interp takes minutes; tcg shows that the test asks nothing odd).
ENGINES=${ENGINES:-jit}
. emu/tests/boot_proof.sh
linux=$images/linux-tiny
need bench_guest /usr/share/seabios/bios-256k.bin "$linux/vmlinuz-686"
# shellcheck source=guest-images/initramfs.sh
. guest-images/initramfs.sh
export SOURCE_DATE_EPOCH=1700000000
letters=$(printf "%$("$B/tickbench" --list | grep -c '"ev":"test"')s" "" | tr ' ' b)

mkdir -p "$dir/tree/bin"
install -m 755 "$B/tickbench" "$dir/tree/bin/tickbench"
cat >"$dir/tree/bench" <<END
#!/bin/sh
for module in ata_piix sd_mod bochs; do modprobe \$module; done
for try in 1 2 3 4 5 6 7 8 9; do [ -e /dev/fb0 ] && [ -e /dev/sda ] && break; sleep 1; done
tickbench --host
tickbench --rounds 1 --n $letters --disk /dev/sda -t 'os.*' -t 'nd32.*' -t 'prog.*' -t 'disk.*' -t 'mem.band/*K,u' -t '~prog.fractal'
echo "tickmark: answers \$?"
tickbench --rounds 1 --n $letters -t prog.fractal
echo "tickmark: picture \$?"
read -r looked
END
chmod +x "$dir/tree/bench"
{ cat "$linux/initrd-686.gz" && newc_pad "$(stat -c %s "$linux/initrd-686.gz")" && archive "$dir/tree"; } >"$dir/initrd"
"$B/tickbench" --make-disk "$dir/scratch" >"$dir/made" || exit 1

# wrong LOG: what is not right in the bench's lines of one run
wrong() { tr -d '\r' <"$1" | grep -a '"check":"wrong"\|"ev":"note"' | head -3 | cut -c1-300; }

for engine in $(engines); do
    name=bench_guest.$engine
    cp "$dir/scratch" "$dir/sda"
    boot_start "$engine" -m 128 -no-reboot -serial "file:$dir/serial" -monitor stdio -vga std -kernel "$linux/vmlinuz-686" \
        -initrd "$dir/initrd" -append "console=ttyS0 no_timer_check tickmark=bench" -drive "file=$dir/sda,format=raw,if=ide"
    why='it did not get that far'
    for ((i = 0; i < limit * 5; i++)); do
        grep -aqs 'tickmark: picture\|Kernel panic' "$dir/serial" && why= && break
        kill -0 "$boot_pid" 2>/dev/null || break
        sleep 0.2
    done
    tr -d '\r' <"$dir/serial" >"$dir/lines"
    [ -n "$why" ] || grep -aq '^tickmark: answers 0$' "$dir/lines" || why="$(wrong "$dir/lines")"
    for family in 'os\.:12' 'nd32\.:17' 'prog\.:4' 'disk\.:4' 'mem\.band/:5'; do
        got=$(grep -ac "\"ev\":\"sample\",\"test\":\"${family%:*}.*\"check\":\"ok\"" "$dir/lines")
        [ "$got" = "${family#*:}" ] || why+=" $got right answers of ${family%:*}"
    done
    verdict "$name.answers" "$why"
    why=
    grep -aq '"ev":"host".*"hypervisor":"Tick' "$dir/lines" || [ "$engine" = tcg ] || why='the report does not name our processor'
    verdict "$name.processor" "$why"
    cmp -s -n 65536 "$dir/sda" "$dir/scratch" && ! cmp -s "$dir/sda" "$dir/scratch" && why= || why='not where it may, or nothing'
    verdict "$name.disk_is_written" "$why"
    # the kernel draws the framebuffer's shadow a little later
    why='no picture'
    for ((i = 0; i < 60 && ${#why}; i++)); do
        rm -f "$dir/screen.png"
        boot_type "screendump $dir/screen.png"
        sleep 0.5
        [ -s "$dir/screen.png" ] || continue
        if why=$("$B/emu/tests/fractal_check" "$dir/screen.png" 3); then
            why=
        else
            why=${why:-fractal_check says nothing}
        fi
    done
    [ -z "${KEEP:-}" ] || cp "$dir/screen.png" "$KEEP/$name.png"
    verdict "$name.picture" "$why"
    boot_stop
done
