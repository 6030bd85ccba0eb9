#!/usr/bin/env bash
# The lines out of the machine as the command line names them, with the guest that prints on COM1. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/basic.elf
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
common=(-m 16 -kernel "$guest" -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")

verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1: $2"; fi
}

run() { # OPTION...: the guest prints ABCDEFGH on COM1 and ends with status 33
    timeout 60 "$emu" "${common[@]}" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local rc=$?
    why=
    [ $rc -eq 33 ] || why="exit status $rc: $(tail -1 "$dir/err")"
}

run -serial stdio
[ "$(cat "$dir/out")" = ABCDEFGH ] || why="$why; printed '$(cat "$dir/out")'"
verdict lines.stdio "$why"

run -nographic
[ "$(cat "$dir/out")" = ABCDEFGH ] || why="$why; printed '$(cat "$dir/out")'"
verdict lines.nographic "$why"

# The chardev may follow its user; two are told apart; ,, is a comma.
run -serial chardev:one -chardev "file,id=one,path=$dir/a,,b" -chardev stdio,id=two -serial chardev:two
[ "$(cat "$dir/a,b" 2>/dev/null)" = ABCDEFGH ] || why="$why; the file has '$(cat "$dir/a,b" 2>/dev/null)'"
[ -s "$dir/out" ] && why="$why; COM2 printed"
verdict lines.chardev "$why"

echo "before" >"$dir/log"
run -chardev "file,id=one,path=$dir/log,append=on" -serial chardev:one
[ "$(cat "$dir/log")" = $'before\nABCDEFGH' ] || why="$why; the file has '$(cat "$dir/log")'"
verdict lines.append "$why"

# A server that waits for its client, and a client: two machines, the second one's COM1 printed by the first one's
# end of the socket.
timeout 60 "$emu" "${common[@]}" -chardev "socket,id=s,path=$dir/socket,server=on" -serial chardev:s >/dev/null 2>"$dir/err1" </dev/null &
first=$!
for ((i = 0; i < 200; i++)); do
    [ -S "$dir/socket" ] && break
    sleep 0.05
done
run -serial none -serial "unix:$dir/socket"
wait $first
rc=$?
[ $rc -eq 33 ] || why="$why; the server's exit status is $rc: $(tail -1 "$dir/err1")"
[ -e "$dir/socket" ] && why="$why; the socket is left"
verdict lines.socket "$why"

run -serial pty
grep -q 'char device redirected to /dev/pts/' "$dir/err" || why="$why; no name: $(cat "$dir/err")"
verdict lines.pty "$why"

run -speaker "$dir/wav" -device pc-testdev -device pci-testdev -parallel "file:$dir/printed"
[ "$(head -c 4 "$dir/wav")" = RIFF ] || why="$why; no WAV"
verdict lines.devices "$why"

# Closed standard descriptors are nobody else's: what is printed goes nowhere.
why=
timeout 60 "$emu" "${common[@]}" -serial stdio 2>"$dir/err" </dev/null >&- || [ $? -eq 33 ] || why="another exit status"
[ -s "$dir/err" ] && why="$why; $(cat "$dir/err")"
verdict lines.closed "$why"

# In the background: the first process ends when the machine is there, or says why it is not.
background() { # OPTION...
    timeout 60 "$emu" -m 16 -kernel "$guest" -display none -S -pidfile "$dir/pid" "$@" >"$dir/out" 2>"$dir/err" </dev/null
}
why=
background -daemonize || why="exit status $?: $(tail -1 "$dir/err")"
pid=$(cat "$dir/pid" 2>/dev/null)
kill -0 "$pid" 2>/dev/null || why="$why; no process '$pid'"
background -daemonize && why="$why; a second one with the same -pidfile"
grep -q 'another one has it' "$dir/err" || why="$why; it says '$(cat "$dir/err")'"
kill "$pid"
for ((i = 0; i < 600; i++)); do
    [ -e "$dir/pid" ] || break
    sleep 0.1
done
[ -e "$dir/pid" ] && why="$why; the file is left"
background -daemonize -hda "$dir/none" && why="$why; status 0 without a disk"
grep -q "$dir/none: No such file" "$dir/err" || why="$why; of the disk it says '$(cat "$dir/err")'"
[ -e "$dir/pid" ] && why="$why; the file is left behind an error"
verdict lines.daemonize "$why"
