#!/usr/bin/env bash
# gdb itself on the stub, both engines: symbols, breakpoints with conditions, watchpoints, display of x87 and SSE, steps
# and finish, Ctrl-C, the monitor's words, detach and kill. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
guest=${B:-build}/emu/tests/guests/gdb.elf
if ! command -v gdb >/dev/null; then
    echo "skip gdb_real: no gdb here"
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"; [ -n "${pid:-}" ] && kill "$pid" 2>/dev/null' EXIT

verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok $1"; else echo "FAIL $1: $2"; fi
}

start() { # ENGINE, OPTION...
    local engine=$1 i
    shift
    rm -f "$dir/socket"
    "$emu" -accel "$engine" -m 16 -kernel "$guest" -display none -S -gdb "unix:$dir/socket" "$@" 2>"$dir/err" </dev/null &
    pid=$!
    for ((i = 0; i < 100; i++)); do
        [ -S "$dir/socket" ] && return
        sleep 0.1
    done
}

# What gdb does with the script on stdin is in $dir/out, a line a check as "NAME: value".
run() {
    cat >"$dir/script"
    timeout 120 gdb -q -nx -batch -iex 'set auto-load no' -ex 'set pagination off' -ex 'set confirm off' \
        -ex "target remote $dir/socket" -x "$dir/script" "$guest" >"$dir/out" 2>"$dir/gdberr" || echo "gdb: status $?" >>"$dir/out"
}

want() { # line that must be in gdb's output
    grep -qxF -- "$1" "$dir/out" || why="$why; no line '$1'"
}

for engine in interp jit; do
    why=
    start $engine
    run <<'END'
printf "begin: %x\n", $pc == &_start
break floats if $ebx == 40
continue
printf "condition: %d\n", $ebx
stepi
stepi
stepi
printf "st: %.3f %.3f\n", $st0, $st1
printf "xmm: %x %x\n", $xmm1.v4_int32[0], $xmm1.v4_int32[3]
printf "pc: %d\n", $pc == &after_floats
delete
tbreak rep
continue
printf "rep: %d\n", $ecx
stepi
printf "element: %d\n", $ecx
tbreak after_rep
continue
printf "done: %d\n", $ecx
finish
printf "finish: %d\n", $pc > &hot && $pc < &cold
watch *(int*)&variable
continue
set $a = *(int*)&variable
continue
printf "watch: %d\n", *(int*)&variable - $a
delete
rwatch *(int*)&mixed
continue
printf "rwatch: %d\n", $pc > &after_floats && $pc < &rep
delete
hbreak on_timer
continue
printf "hbreak: %d\n", $pc == &on_timer
delete
set var *(int*)&result = 7
printf "write: %d\n", *(int*)&result
set var $eax = 0x1234
printf "ax: %x\n", $ax
print/x $cr0 & 0x80000001
monitor info status
info threads
tbreak loop
continue
printf "again: %d\n", $pc == &loop
detach
END
    want "begin: 1"
    want "condition: 40"
    want "st: 1.000 3.142"
    want "xmm: 10203 30313233"
    want "pc: 1"
    want "rep: 64"
    want "element: 63"
    want "done: 0"
    want "finish: 1"
    want "watch: 1"
    want "rwatch: 1"
    want "hbreak: 1"
    want "write: 7"
    want "ax: 1234"
    want "\$1 = 0x80000001"
    grep -q '^VM status: paused' "$dir/out" "$dir/gdberr" || why="$why; no answer of the monitor"
    grep -q '^\* 1 .*CPU#0 \[running\]' "$dir/out" || why="$why; no thread"
    want "again: 1"
    kill -0 $pid 2>/dev/null || why="$why; detach ended the machine"
    verdict "gdb_real.$engine" "$why"

    # Ctrl-C, as gdb sends it when it is interrupted itself; then kill.
    why=
    (sleep 2 && kill -INT "$(cat "$dir/gdbpid")") &
    run <<END
python import os; open("$dir/gdbpid", "w").write(str(os.getpid()))
continue
printf "stopped: %d\n", \$pc >= &_start && \$pc <= &spin
kill
END
    wait $!
    want "stopped: 1"
    grep -q 'SIGINT' "$dir/out" || why="$why; no SIGINT"
    for ((i = 0; i < 50; i++)); do
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    kill -0 $pid 2>/dev/null && why="$why; the machine lives on after kill"
    wait $pid || why="$why; exit status of the machine"
    pid=
    [ -e "$dir/socket" ] && why="$why; the socket is left"
    verdict "gdb_real.$engine.interrupt" "$why"
    if [ -n "$why" ]; then cat "$dir/out" "$dir/gdberr" "$dir/err" >&2; fi
done

# The monitor opens and closes the stub, and a breakpoint stops an operating system's loader: the BIOS.
if [ -e /usr/share/seabios/bios-256k.bin ]; then
    why=
    rm -f "$dir/socket"
    mkfifo "$dir/in"
    "$emu" -display none -monitor stdio -S <"$dir/in" >"$dir/mon" 2>"$dir/err" &
    pid=$!
    exec 3>"$dir/in"
    echo "gdbserver unix:$dir/socket" >&3
    for ((i = 0; i < 100; i++)); do
        [ -S "$dir/socket" ] && break
        sleep 0.1
    done
    run <<'END'
printf "reset: %x %x\n", $cs, $eip
break *0xfe05b
continue
printf "entry: %x\n", $cs * 16 + $eip
detach
END
    want "reset: f000 fff0"
    want "entry: fe05b"
    echo "gdbserver none" >&3
    for ((i = 0; i < 100; i++)); do
        [ -S "$dir/socket" ] || break
        sleep 0.1
    done
    [ -S "$dir/socket" ] && why="$why; gdbserver none leaves the socket"
    echo "quit" >&3
    wait $pid || why="$why; exit status of the machine"
    pid=
    verdict gdb_real.bios "$why"
    if [ -n "$why" ]; then cat "$dir/out" "$dir/gdberr" "$dir/mon" >&2; fi
fi
