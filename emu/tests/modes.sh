#!/usr/bin/env bash
# Every mode of the VGA BIOS, 0 to 7 and Dh to 13h: guests/modes.S sets it by the BIOS, draws by it or into its memory, and
# the monitor's screendump is compared pixel by pixel with what the mode is defined as. KEEP=FOLDER keeps the pictures.
set -u
build=${B:-build}
emu=$build/tickmark-emu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for file in bios-256k.bin vgabios-stdvga.bin; do
    if [ ! -e /usr/share/seabios/$file ]; then
        echo "skip modes: no /usr/share/seabios/$file (package seabios)"
        exit 0
    fi
done
truncate -s 1M "$dir/disk.img"
dd if="$build/emu/tests/guests/modes.bin" of="$dir/disk.img" conv=notrunc status=none

say() { echo "$1" >&"${monitor[1]}"; }
await() { # TEXT: the monitor says it, within 10 seconds
    local line
    while IFS= read -r -t 10 line <&"${monitor[0]}"; do
        [[ $line == *"$1"* ]] && return 0
    done
    return 1
}
# picture MODE: until it is what it should be, at most 60 looks
picture() {
    local i why='no answer'
    for ((i = 0; i < 60; i++)); do
        say "screendump $dir/$1.png"
        say "info version"
        await "emu 0.1" || break
        why=$("$build/emu/tests/modes_check" "$dir/$1.png" "$1" "$dir/fonts") && break
        sleep 0.2
    done
    [ -n "${KEEP:-}" ] && cp "$dir/$1.png" "$KEEP/mode_$1.png"
    if [ -z "$why" ]; then echo "ok modes_$1"; else echo "FAIL modes_$1: $why"; fi
}

coproc monitor { exec "$emu" -m 32 -display none -monitor stdio -hda "$dir/disk.img" -snapshot -debugcon "file:$dir/fonts" 2>"$dir/err"; }
# shellcheck disable=SC2154 # coproc sets it
pid=$monitor_PID
# The fonts are there when the guest waits for its first key.
for ((i = 0; i < 100; i++)); do
    [ "$(stat -c %s "$dir/fonts" 2>/dev/null || echo 0)" -ge 9728 ] && break
    sleep 0.2
done
for row in 0:0 1:1 2:2 3:3 7:7 4:4 5:5 6:6 0x0d:a 0x0e:b 0x0f:c 0x10:d 0x11:e 0x12:f 0x13:g; do
    say "sendkey ${row#*:}"
    picture "${row%:*}"
done
say quit
wait "$pid"
rc=$?
[ $rc -eq 0 ] || echo "FAIL modes_end: exit status $rc: $(head -c 200 "$dir/err")"
