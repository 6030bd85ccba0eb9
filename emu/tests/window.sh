#!/usr/bin/env bash
# The window on a real X server (Xvfb), driven by keys that the X server sends: modes, the panel of the stages, full
# screen, whole multiples, catching mouse and keyboard. Pixels are read from the server's own memory.
# KEEP=FOLDER keeps the screens as PNG, where ImageMagick is.
set -u
build=${B:-build}
emu=$build/tickmark-emu
check=$build/emu/tests/window_check
for program in Xvfb xdotool; do
    if ! command -v $program >/dev/null; then
        echo "skip window: no $program"
        exit 0
    fi
done
if [ ! -e /usr/share/seabios/vgabios-stdvga.bin ]; then
    echo "skip window: no VGA BIOS (package seabios)"
    exit 0
fi
dir=$(mktemp -d)
server='' manager='' pid=''
stop() {
    [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    [ -n "$manager" ] && kill "$manager" 2>/dev/null && wait "$manager" 2>/dev/null
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok window_$1"; else echo "FAIL window_$1: $2"; fi
}
# within COMMAND...: it succeeds within 10 seconds
within() {
    local n
    for ((n = 0; n < 50; n++)); do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}
# shows NAME KIND WIDTHxHEIGHT [panel]: the window has that size and that picture
why=''
looks() {
    local X Y WIDTH HEIGHT
    eval "$(xdotool getwindowgeometry --shell "$window" | grep -E '^(X|Y|WIDTH|HEIGHT)=[0-9]+$')"
    why="the window is ${WIDTH}x$HEIGHT"
    [ "${WIDTH}x$HEIGHT" = "$2" ] || return 1
    why=$("$check" "$dir/Xvfb_screen0" "$X" "$Y" "$WIDTH" "$HEIGHT" "$1" ${3:+"$3"})
}
shows() {
    local name=$1
    shift
    if within looks "$@"; then why=''; fi
    verdict "$name" "$why"
    [ -n "${KEEP:-}" ] && convert "xwd:$dir/Xvfb_screen0" "$KEEP/window_$name.png" 2>/dev/null
}
has_size() { [[ $(xdotool getwindowgeometry "$window" 2>/dev/null) == *"Geometry: $1"* ]]; }
# A window manager is there.
managed() { xdotool get_num_desktops >/dev/null 2>&1; }
title_has() { [[ $(xdotool getwindowname "$window" 2>/dev/null) == *$1* ]]; }
find_window() { window=$(xdotool search --onlyvisible --name '^Tickmark' 2>/dev/null | head -n 1) && [ -n "$window" ]; }

Xvfb -displayfd 3 -screen 0 1280x960x24 -fbdir "$dir" -nolisten tcp 3>"$dir/number" >/dev/null 2>&1 &
server=$!
if ! within test -s "$dir/number"; then
    echo "FAIL window_server: Xvfb does not start"
    exit 1
fi
DISPLAY=:$(cat "$dir/number")
export DISPLAY SDL_VIDEODRIVER=x11
truncate -s 1M "$dir/disk.img"
dd if="$build/emu/tests/guests/screen.bin" of="$dir/disk.img" conv=notrunc status=none
"$emu" -m 32 -display sdl -hda "$dir/disk.img" -snapshot -debugcon "file:$dir/out" 2>"$dir/err" &
pid=$!
if ! within find_window; then
    echo "FAIL window_opens: $(head -c 300 "$dir/err")"
    exit 1
fi
verdict opens ''
xdotool windowmove --sync "$window" 0 0 windowfocus "$window"
within title_has MIPS || why='no speed'
verdict title "$why"
# The guest takes no key before its boot sector runs: one more each time it was not there.
presses_13h() { xdotool key 1 && looks 13h 640x400; }
within presses_13h && why=''
shows 13h 13h 640x400
xdotool key 2
shows vbe vbe 1024x768
xdotool key ctrl+alt+s
shows panel vbe 1024x768 panel
xdotool key ctrl+alt+s
shows panel_closed vbe 1024x768
xdotool windowmove "$window" 0 0 windowsize "$window" 1200 900
shows resized vbe 1200x900
xdotool key ctrl+alt+u
shows natural vbe 1024x768
why='the title does not say so'
xdotool key ctrl+alt+g
within title_has 'lets go' && why=''
verdict grab "$why"
xdotool key ctrl+alt+g
let_go() { ! title_has 'lets go'; }
why='still caught'
within let_go && why=''
verdict grab_ends "$why"
# Without a window manager SDL has no full screen.
if command -v openbox >/dev/null; then
    openbox >/dev/null 2>&1 &
    manager=$!
    within managed || why='openbox does not start'
    xdotool windowfocus --sync "$window" key ctrl+alt+f
    shows full vbe 1280x960
    # A key that comes while X hands the keyboard over is lost.
    why='the window stays large'
    for ((i = 0; i < 5; i++)); do
        xdotool key ctrl+alt+f
        within has_size 1024x768 && why='' && break
    done
    verdict full_closed "$why"
else
    echo "skip window_full: no openbox"
fi
kill "$pid"
wait "$pid"
rc=$?
pid=''
verdict end "$([ $rc -eq 0 ] || echo "exit status $rc: $(head -c 300 "$dir/err")")"
