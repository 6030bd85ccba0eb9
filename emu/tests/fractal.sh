#!/usr/bin/env bash
# The bench's prog.fractal on the bare port: it sets VGA mode 13h without a BIOS and draws; the monitor's screendump is
# compared pixel by pixel with a picture that fractal_check computes for itself. KEEP=FOLDER keeps the pictures.
set -u
build=${B:-build}
emu=$build/tickmark-emu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tests=$("$build/tickbench" --list | grep -c '"ev":"test"')

say() { echo "$1" >&"${monitor[1]}"; }
await() { # TEXT: the monitor says it, within a minute
    local line
    while IFS= read -r -t 60 line <&"${monitor[0]}"; do
        [[ $line == *"$1"* ]] && return 0
    done
    return 1
}

# picture ENGINE N: frames 0 to 2N - 1 are drawn; the last is looked at
picture() {
    local name=fractal_$1 i why='it did not end within five minutes' said=''
    coproc monitor {
        exec "$emu" -accel "$1" -kernel "$build/tickbench.elf" -display none -vga std -monitor stdio -no-shutdown \
            -serial "file:$dir/$1.out" -append "--rounds 1 -t prog.fractal --n $(printf "%${tests}s" "" | tr ' ' "$3")" 2>"$dir/err"
    }
    # shellcheck disable=SC2154 # coproc sets it
    local pid=$monitor_PID
    for ((i = 0; i < 1500; i++)); do
        grep -qs '"ev":"bye"' "$dir/$1.out" && why= && break
        sleep 0.2
    done
    grep -qs '"check":"ok"' "$dir/$1.out" || why="the answer is not right: $(tail -2 "$dir/$1.out" | cut -c1-200)"
    if [ -z "$why" ]; then
        say "screendump $dir/$1.png"
        say "info version"
        await "emu 0.1" && said=$("$build/emu/tests/fractal_check" "$dir/$1.png" $((2 * $2 - 1))) || why=$said
        [ -n "$said" ] || why='no picture'
        # and the check itself sees a picture that is one frame off
        [ -n "$why" ] || ! "$build/emu/tests/fractal_check" "$dir/$1.png" $((2 * $2)) >/dev/null || why='another frame looks the same'
    fi
    [ -n "${KEEP:-}" ] && cp "$dir/$1.png" "$KEEP/$name.png"
    say quit
    wait "$pid" || why="${why:-the emulator ended with an error: $(head -c 200 "$dir/err")}"
    if [ -z "$why" ]; then echo "ok $name ($said)"; else echo "FAIL $name: $why"; fi
}
picture jit 2 b
picture interp 1 a
