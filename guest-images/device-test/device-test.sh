#!/bin/sh
# shellcheck disable=SC1091,SC2154,SC2046,SC2086,SC2013,SC2005,SC2015,SC2059 # the .conf is made by the test; words are split on purpose
# device-test.sh: the devices of the PC, seen from Linux: the program /device-test in an archive behind linux-tiny's, run by
# init as tickmark=device-test. emu/tests/boot_devices.sh makes the archive, starts the machine and does what this asks
# for. /device-test.conf says what is there:
#   disks="sda vda"   disks of 4 MB that may be written to
#   cd_first, cd_second   SHA-256 of the disc that is in and of the one that comes after it
#   floppy=SHA        SHA-256 of the 1.44 MB disk in fd0
#   nics="MODULE ..." network cards; http=PORT upload=PORT of servers at 10.0.2.2, and web=SHA, what http has
#   tests="WORDS"     which of the tests below, test_WORD
# Lines on the serial port:
#   ok NAME, FAIL NAME: why        a verdict
#   tickmark: monitor WORDS        asks for a command of the emulator's monitor
#   tickmark: OTHER ...            asks for something else, or tells it; see the case in boot_devices.sh
# It runs twice: at the end of the first run it resets the machine; the second looks at what is left on the disks.
. /device-test.conf
PATH=/bin:/sbin
work=/tmp/devices
mkdir -p $work
cd $work || exit 1

verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1: $2"; fi
}
same() { # NAME GOT WANTED
    if [ "$2" = "$3" ]; then echo "ok $1"; else echo "FAIL $1: '$2', not '$3'"; fi
}
sha() { sha256sum "$@" | cut -d' ' -f1; }
# again COMMAND...: until it succeeds, a minute at most
again() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || return 1
        sleep 0.2
    done
}
# what the page cache holds of a device is forgotten
forget() {
    sync
    blockdev --flushbufs "$1"
    echo 3 >/proc/sys/vm/drop_caches
}
interrupts() { # NAME: how many there have been of the lines with that name
    awk -v name="$1" '$0 ~ name { sum += $2 } END { print sum + 0 }' /proc/interrupts
}
more_interrupts() { [ "$(interrupts "$1")" -gt "$2" ]; }
# input_device NAME: its event file
input_device() {
    awk -v name="$1" '/^N:/ { found = index($0, name) } /^H:/ && found { for (i = 1; i <= NF; i++) if ($i ~ /event[0-9]/) {
        sub(/.*=/, "", $i); print "/dev/input/" $i; exit } }' /proc/bus/input/devices
}
has_device() { [ -n "$(input_device "$1")" ]; }
# events FILE: "type code value" of each, without the times
events() { hexdump -v -e '1/4 "%x " 1/4 "%x " 1/2 "%d " 1/2 "%d " 1/4 "%d\n"' "$1" | cut -d' ' -f3-; }
# listen DEVICE FILE: its events into the file
listen() {
    : >"$2"
    dd if="$1" of="$2" bs=16 2>/dev/null &
    listener=$!
    sleep 0.2
}
has_event() { events "$1" | grep -qx "$2"; }

# ---------------------------------------------------------------------------------------------------------------
second_run() {
    for disk in $disks; do
        set -- $(dd if=/dev/$disk bs=512 count=1 2>/dev/null | tr -d '\0')
        same "$disk.after_reset" "$(dd if=/dev/$disk bs=64k skip=1 count=32 2>/dev/null | sha)" "$2"
    done
    echo "tickmark: done"
    sync
    poweroff -f
}

test_interrupts() {
    echo "tickmark: /proc/interrupts"
    cat /proc/interrupts
    before=$(interrupts 'timer|LOC:')
    sleep 1
    after=$(interrupts 'timer|LOC:')
    verdict interrupts.timer "$([ "$after" -gt "$before" ] || echo "$before, then $after")"
    verdict interrupts.spurious "$(awk '/^ *ERR:|^ *MIS:/ && $2 > 0' /proc/interrupts)"
    verdict interrupts.lost "$(dmesg | grep -iE 'nobody cared|lost interrupt|irq.*disabling' | head -n 1)"
}

test_rtc() {
    rtc=/sys/class/rtc/rtc0
    echo "tickmark: rtc $(cat $rtc/since_epoch)"
    first=$(cat $rtc/since_epoch)
    sleep 2.5
    second=$(cat $rtc/since_epoch)
    verdict rtc.runs "$([ $((second - first)) -ge 2 ] || echo "$first, then $second")"
    before=$(interrupts rtc0)
    echo 0 >$rtc/wakealarm
    echo +2 >$rtc/wakealarm
    again more_interrupts rtc0 "$before"
    verdict rtc.alarm "$(more_interrupts rtc0 "$before" || echo "no interrupt; $(grep rtc0 /proc/interrupts)")"
    # leap day of 2024, a second before midnight
    date -u -s '2024-02-28 23:59:58' >/dev/null
    hwclock -w -u
    sleep 4
    set -- "$(cat $rtc/date)" "$(cat $rtc/time)"
    same rtc.leap_day "$1 ${2%:*:*}" '2024-02-29 00'
}

test_clocks() {
    clocks=/sys/devices/system/clocksource/clocksource0
    for clock in $(cat $clocks/available_clocksource); do
        echo "$clock" >$clocks/current_clocksource
        same "clock.$clock.taken" "$(cat $clocks/current_clocksource)" "$clock"
        # against the RTC, which is another oscillator
        r0=$(cat /sys/class/rtc/rtc0/since_epoch) u0=$(cut -d. -f1 /proc/uptime)
        sleep 3
        r1=$(cat /sys/class/rtc/rtc0/since_epoch) u1=$(cut -d. -f1 /proc/uptime)
        off=$((u1 - u0 - r1 + r0))
        verdict "clock.$clock.rate" "$([ $off -ge -2 ] && [ $off -le 2 ] || echo "uptime $u0 to $u1, RTC $r0 to $r1")"
    done
    echo "$(cut -d' ' -f1 $clocks/available_clocksource)" >$clocks/current_clocksource
}

test_keyboard() {
    keyboard=$(input_device 'AT Translated Set 2 keyboard')
    if [ -z "$keyboard" ]; then
        verdict keyboard 'Linux has found none'
        return
    fi
    listen "$keyboard" keys
    echo "tickmark: monitor sendkey shift-q"
    again has_event keys '1 42 0'
    same keyboard.shift_q "$(events keys | grep '^1 ' | xargs)" '1 42 1 1 16 1 1 16 0 1 42 0'
    : >keys
    echo "tickmark: monitor sendkey insert" # E0 in front
    again has_event keys '1 110 0'
    verdict keyboard.insert "$(has_event keys '1 110 1' && has_event keys '1 110 0' || events keys | xargs)"
    kill $listener
    # LEDs go the other way, and are answered by the keyboard
    before=$(interrupts i8042)
    for led in /sys/class/leds/input*::numlock; do
        echo 1 >$led/brightness
        echo 0 >$led/brightness
    done
    again more_interrupts i8042 "$before"
    verdict keyboard.leds "$(more_interrupts i8042 "$before" || echo 'no answer')"
}

test_mouse() {
    modprobe psmouse
    again has_device Mouse
    mouse=$(input_device 'Mouse')
    if [ -z "$mouse" ]; then
        verdict mouse "Linux has found none: $(grep '^N:' /proc/bus/input/devices | xargs)"
        return
    fi
    listen "$mouse" motion
    echo "tickmark: monitor mouse_move 5 7"
    again has_event motion '2 1 7'
    same mouse.move "$(events motion | grep '^2 ' | xargs)" '2 0 5 2 1 7'
    : >motion
    echo "tickmark: monitor mouse_button 1"
    again has_event motion '1 272 1'
    echo "tickmark: monitor mouse_button 0"
    again has_event motion '1 272 0'
    same mouse.button "$(events motion | grep '^1 ' | xargs)" '1 272 1 1 272 0'
    kill $listener
}

test_power_button() {
    modprobe button
    again has_device 'Power Button'
    button=$(input_device 'Power Button')
    if [ -z "$button" ]; then
        verdict power_button 'Linux has found none'
        return
    fi
    listen "$button" power
    echo "tickmark: monitor system_powerdown"
    again has_event power '1 116 1'
    verdict power_button "$(has_event power '1 116 1' || echo 'no event')"
    kill $listener
}

test_disk() { # DISK: 2 MB of noise from 64 KB on, synced, forgotten and read again
    disk=$1
    if [ ! -b "/dev/$disk" ]; then
        verdict "$disk" 'Linux has found none'
        return
    fi
    dd if=/dev/urandom of=noise bs=64k count=32 2>/dev/null
    wanted=$(sha noise)
    dd if=noise of="/dev/$disk" bs=64k seek=1 conv=fsync 2>errors || cat errors
    forget "/dev/$disk"
    same "$disk.read_back" "$(dd if="/dev/$disk" bs=64k skip=1 count=32 2>/dev/null | sha)" "$wanted"
    # one sector in the midst of it, and its neighbours as they were
    dd if=/dev/zero of=noise bs=512 seek=1001 count=1 conv=notrunc 2>/dev/null
    dd if=/dev/zero of="/dev/$disk" bs=512 seek=1129 count=1 conv=fsync 2>/dev/null
    forget "/dev/$disk"
    wanted=$(sha noise)
    same "$disk.sector" "$(dd if="/dev/$disk" bs=64k skip=1 count=32 2>/dev/null | sha)" "$wanted"
    # the last sector, and none behind it
    size=$(blockdev --getsz "/dev/$disk")
    echo last | dd of="/dev/$disk" bs=512 seek=$((size - 1)) conv=fsync,sync 2>/dev/null
    forget "/dev/$disk"
    same "$disk.last" "$(dd if="/dev/$disk" bs=512 skip=$((size - 1)) 2>/dev/null | head -n 1)" last
    verdict "$disk.behind" "$(dd if=/dev/zero of="/dev/$disk" bs=512 seek="$size" count=1 conv=fsync 2>/dev/null && echo written)"
    # what is fsynced last is what the second run looks for
    echo "second $wanted" | dd of="/dev/$disk" bs=512 conv=fsync,sync 2>/dev/null
    echo "tickmark: disk $disk $wanted"
}

cd_read() { dd if=/dev/sr0 bs=64k 2>/dev/null | sha; }
# the tray is closed first (CDROMCLOSETRAY)
cd_reads() { ioctl /dev/sr0 0x5319 0 >/dev/null; [ "$(cd_read)" = "$1" ]; }
test_cd() {
    modprobe sr_mod
    same cd.first "$(cd_read)" "$cd_first"
    echo 0 >/proc/sys/dev/cdrom/autoclose # else opening it closes the tray
    ioctl /dev/sr0 0x5309 0 >/dev/null || verdict cd.eject "the command failed: status $?" # CDROMEJECT
    verdict cd.ejected "$(dd if=/dev/sr0 bs=2k count=1 >/dev/null 2>&1 && echo 'it still reads')"
    same cd.tray "$(ioctl /dev/sr0 0x5326 0x7fffffff)" 2 # CDROM_DRIVE_STATUS: CDS_TRAY_OPEN
    echo "tickmark: change"
    again cd_reads "$cd_second"
    same cd.second "$(cd_read)" "$cd_second"
    mount -t iso9660 -o ro /dev/sr0 /mnt 2>/dev/null && verdict cd.mount 'noise was mounted'
    # locked while it is open: the monitor's eject is a request only
    verdict cd.lock "$(ioctl /dev/sr0 0x5329 1 >/dev/null || echo "CDROM_LOCKDOOR: status $?")"
    ioctl /dev/sr0 0x5329 0 >/dev/null
}

floppy_track() { dd if=/dev/fd0 bs=9216 skip="$1" count=2 2>/dev/null; }
test_floppy() {
    modprobe floppy
    again test -b /dev/fd0
    same floppy.read "$(dd if=/dev/fd0 bs=18k 2>/dev/null | sha)" "$floppy"
    # cylinder 3 anew, both heads: all F6h; its neighbours stay
    before=$(floppy_track 4 | sha) after=$(floppy_track 8 | sha)
    {
        ioctl /dev/fd0 0x247 0 && # FDFMTBEG
            ioctl /dev/fd0 0x400c0248 0,0,3 && # FDFMTTRK: device, head, track
            ioctl /dev/fd0 0x400c0248 0,1,3 &&
            ioctl /dev/fd0 0x249 0 # FDFMTEND
    } >format || verdict floppy.format "the commands answered $(xargs <format)"
    forget /dev/fd0
    same floppy.formatted "$(floppy_track 6 | hexdump -v -e '1/1 "%02x\n"' | sort | uniq -c | xargs | cut -c1-60)" '18432 f6'
    same floppy.neighbours "$(floppy_track 4 | sha) $(floppy_track 8 | sha)" "$before $after"
    dd if=/dev/urandom of=noise bs=18k count=3 2>/dev/null
    dd if=noise of=/dev/fd0 bs=18k seek=20 conv=fsync 2>/dev/null
    forget /dev/fd0
    same floppy.write "$(dd if=/dev/fd0 bs=18k skip=20 count=3 2>/dev/null | sha)" "$(sha noise)"
    echo "tickmark: floppy $(dd if=/dev/fd0 bs=18k 2>/dev/null | sha)"
}

# the same picture as in boot_picture.c, as rows of blue, green, red and a byte that does not count
picture_rows() {
    awk 'BEGIN { for (y = 0; y < 3; y++) for (x = 0; x < 1024; x++)
        printf "\\x%02x\\x%02x\\x%02x\\x00", y * 80, int(x / 4) % 256, x % 256
        print "" }' # read wants a whole last line
}
test_screen() {
    keyboard=$(input_device 'AT Translated Set 2 keyboard')
    modprobe bochs
    again test -e /dev/fb0
    same screen.size "$(cat /sys/class/graphics/fb0/virtual_size) $(cat /sys/class/graphics/fb0/bits_per_pixel)" '1024,768 32'
    printf '\033[?25l\033[2J' >/dev/tty0
    echo 0 >/sys/class/graphics/fbcon/cursor_blink
    # printf has a limit for its words: by pieces
    picture_rows | fold -w 4096 | while read -r piece; do printf "$piece"; done >rows
    seq 256 | while read -r _; do cat rows; done >/dev/fb0
    listen "$keyboard" keys
    echo "tickmark: picture"
    again has_event keys '1 28 0' # the host has looked, and presses return
    kill $listener
}

send() { nc 10.0.2.2 "$2" <"$1" 2>>errors; } # FILE PORT
test_card() { # MODULE
    module=$1
    modprobe "$module"
    again test -e /sys/class/net/eth0
    ip link set eth0 up
    ip addr add 10.0.2.15/24 dev eth0
    verdict "net.$module.ping" "$(again ping -c 1 -W 2 10.0.2.2 >/dev/null || echo 'no answer of 10.0.2.2')"
    wget -q -O web "http://10.0.2.2:$http/web" 2>errors
    same "net.$module.download" "$(sha web)" "$web"
    dd if=/dev/urandom of=noise bs=64k count=16 2>/dev/null
    echo "tickmark: upload $module $(sha noise)"
    again send noise "$upload" # once somebody listens there
    echo "tickmark: uploaded $module"
    verdict "net.$module.errors" "$(ip -s link show eth0 | awk '/RX:|TX:/ { getline; if ($3 > 0) print }')"
    ip link set eth0 down
    modprobe -r "$module"
}

modprobe ata_piix
modprobe sd_mod
modprobe virtio_pci
modprobe virtio_blk
modprobe evdev
for disk in $disks; do
    again test -b /dev/$disk
    [ "$(dd if=/dev/$disk bs=6 count=1 2>/dev/null)" != second ] || second_run
done
test_disks() { for disk in $disks; do test_disk "$disk"; done; }
test_net() { for nic in $nics; do test_card "$nic"; done; }
for each in $tests; do test_$each; done
verdict kernel "$(dmesg | grep -iE 'BUG:|Oops|WARNING:|unchecked MSR|I/O error, dev [sv]d[a-z], sector [0-7]?[0-9]{1,3} ' | head -n 1)"
if [ "$(dd if=/dev/${disks%% *} bs=6 count=1 2>/dev/null)" != second ]; then # no disk was written to
    echo "tickmark: done"
    poweroff -f
fi
echo "tickmark: reset"
sleep 1
reboot -f
