#!/usr/bin/env bash
# display_cost.sh [SECONDS]: processor time of the window's thread at 1024 x 768 x 32, in percent of one processor, while
# the guest fills all of the screen anew without pause (each look finds every pixel changed), draws it pixel by pixel, and
# shows a still picture. The window is SDL's dummy's, and a real one on the X server that DISPLAY names, or on Xvfb where
# that is installed. Looks are how often the thread slept (the dummy's waits are made of short ones).
# Run it on a machine with nothing else to do. Aim: under 5 %.
set -u
seconds=${1:-10}
build=${B:-build}
dir=$(mktemp -d)
server='' pid=''
stop() {
    [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT
truncate -s 1M "$dir/disk.img"
dd if="$build/emu/tests/guests/screen.bin" of="$dir/disk.img" conv=notrunc status=none || exit 1

# Nanoseconds on a processor of each thread, one a line: name, number, and how often it slept.
threads() {
    local task
    for task in /proc/"$pid"/task/*; do
        echo "$(cat "$task/comm") $(cut -d' ' -f1 "$task/schedstat") $(sed -n 's/^voluntary.*:[^0-9]*//p' "$task/status")"
    done
}
# measure WHAT KEY
measure() {
    coproc monitor { exec "$build/tickmark-emu" -m 32 -display sdl -monitor stdio -hda "$dir/disk.img" -snapshot 2>"$dir/err"; }
    # shellcheck disable=SC2154 # coproc sets it
    pid=$monitor_PID
    sleep 3
    echo "sendkey $2" >&"${monitor[1]}"
    sleep 3
    threads >"$dir/before"
    sleep "$seconds"
    threads >"$dir/after"
    paste -d' ' "$dir/before" "$dir/after" | awk -v what="$1" -v s="$seconds" -v driver="${SDL_VIDEODRIVER:-?}" '
        $1 == "tm-display" { printf "%-6s %-8s display thread %5.2f %% of a processor, %3.0f looks a second", driver, what, ($5 - $2) / s / 1e7, ($6 - $3) / s }
        $1 ~ /^tickmark/ && !first++ { rest = sprintf(", the machine %5.1f %%", ($5 - $2) / s / 1e7) }
        $1 ~ /llvmpipe/ { gl += ($5 - $2) / s / 1e7 }
        END { printf "%s%s\n", rest, gl ? sprintf(", software OpenGL %.1f %%", gl) : "" }'
    echo quit >&"${monitor[1]}"
    wait "$pid"
    pid=''
}
both() {
    export SDL_VIDEODRIVER=$1
    measure fills 5
    measure redraws 3
    measure still 2
}
both dummy
if [ -z "${DISPLAY:-}" ] && command -v Xvfb >/dev/null; then
    Xvfb -displayfd 3 -screen 0 1280x960x24 -nolisten tcp 3>"$dir/number" >/dev/null 2>&1 &
    server=$!
    for ((i = 0; i < 50; i++)); do
        [ -s "$dir/number" ] && break
        sleep 0.1
    done
    DISPLAY=:$(cat "$dir/number")
    export DISPLAY
fi
[ -n "${DISPLAY:-}" ] && both x11
