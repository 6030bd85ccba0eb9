#!/usr/bin/env bash
# A boot sector draws through SeaBIOS' VGA BIOS; keys come from the monitor, pictures go out by screendump, with the
# window of SDL's dummy driver beside. ENGINES chooses.
set -u
build=${B:-build}
emu=$build/tickmark-emu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export SDL_VIDEODRIVER=dummy

for file in bios-256k.bin vgabios-stdvga.bin; do
    if [ ! -e /usr/share/seabios/$file ]; then
        echo "skip screen: no /usr/share/seabios/$file (package seabios)"
        exit 0
    fi
done
truncate -s 1M "$dir/disk.img"
dd if="$build/emu/tests/guests/screen.bin" of="$dir/disk.img" conv=notrunc status=none

say() { echo "$1" >&"${monitor[1]}"; }
# await TEXT: the monitor says it, within 10 seconds
await() {
    local line
    while IFS= read -r -t 10 line <&"${monitor[0]}"; do
        [[ $line == *"$1"* ]] && return 0
    done
    return 1
}
verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1: $2"; fi
}
# picture NAME KIND KEY: press it until the dump is what it should be, at most 60 times
picture() {
    local why='no answer' i
    for ((i = 0; i < 60; i++)); do
        say "sendkey $3"
        sleep 0.2
        say "screendump $dir/$1.png"
        say "info version"
        await "emu 0.1" || break
        why=$("$build/emu/tests/screen_check" "$dir/$1.png" "$2") && break
    done
    verdict "screen_$1" "$why"
}

for engine in ${ENGINES:-interp jit}; do
    coproc monitor { exec "$emu" -accel "$engine" -m 32 -display sdl -monitor stdio -hda "$dir/disk.img" 2>"$dir/err"; }
    # shellcheck disable=SC2154 # coproc sets it
    pid=$monitor_PID
    picture "${engine}_13h" 13h 1
    picture "${engine}_vbe" vbe 2
    say quit
    wait "$pid"
    rc=$?
    verdict "screen_${engine}_quit" "$([ $rc -eq 0 ] || echo "exit status $rc: $(head -c 200 "$dir/err")")"
done
