#!/usr/bin/env bash
# shellcheck disable=SC2034 # some of what is set here is read in the tests
# boot_proof.sh: functions of the boot_*.sh tests: an emulator is started with its stdin on a pipe and its stdout, which
# is a serial port as the options say, in a file, and a test waits for a text there. The same boot runs on our engines (jit, interp) and on QEMU (tcg), for the time;
# times are printed and not judged.
# Sourced; sets $dir, a folder that goes away at the end.
set -u
B=${B:-build}
emu=$B/tickmark-emu
images=$B/guest-images
dir=$(mktemp -d)
trap 'boot_stop; rm -rf "$dir"' EXIT
mkfifo "$dir/never" && exec 9<>"$dir/never" # nobody writes to it
boot_pid=
limit=${LIMIT:-1500} # seconds to wait for anything: interp, on a machine that is busy with other things

# Is what this needs there? need NAME FILE...: else `skip`, and end
need() {
    local name=$1 file
    shift
    for file in "$@"; do
        if [ ! -e "$file" ]; then
            echo "skip $name: no $file ($([[ $file == "$images"* ]] && echo make guest-images || echo package seabios))"
            exit 0
        fi
    done
}

# the engines that are to run: what ENGINES says of jit, interp and tcg; tcg only where QEMU is installed
engines() {
    local engine
    for engine in ${ENGINES:-jit interp tcg}; do
        [ "$engine" != tcg ] || command -v qemu-system-i386 >/dev/null || continue
        echo "$engine"
    done
}

# boot_start ENGINE OPTIONS...
boot_start() {
    local engine=$1
    shift
    boot_log=$dir/$engine.log boot_heard=
    : >"$boot_log"
    rm -f "$dir/in" && mkfifo "$dir/in"
    exec 7<>"$dir/in" 8<"$boot_log"
    boot_began=${EPOCHREALTIME/./}
    if [ "$engine" = tcg ]; then
        qemu-system-i386 -accel tcg -cpu max -nic none -display none "$@" <"$dir/in" >"$boot_log" 2>"$dir/err" 7>&- 8<&- &
    else
        "$emu" -accel "$engine" -display none "$@" <"$dir/in" >"$boot_log" 2>"$dir/err" 7>&- 8<&- &
    fi
    boot_pid=$!
}
boot_pause() { read -r -t 0.05 <&9; } # sleep, without a process
# what has been said since the last call, behind what is not yet looked at
boot_hear() {
    local chunk
    while :; do
        IFS= read -r -u 8 -d '' -n 65536 chunk
        [ -n "$chunk" ] || return
        boot_heard+=$chunk
    done
}
# sets $boot_cpu_s, the seconds of processor that the emulator has used: what a busy host leaves alone
boot_processor() {
    local fields
    read -ra fields <"/proc/$boot_pid/stat" 2>/dev/null || return
    boot_cpu_s=$((fields[13] + fields[14]))
    boot_cpu_s=$((boot_cpu_s / 100)).$(printf %02d $((boot_cpu_s % 100)))
}
# boot_await TEXT SECONDS: until the guest has said it, behind what an earlier call has found. Sets $boot_s, the
# seconds since the start.
boot_await() {
    local limit=$((SECONDS + $2)) alive=yes
    while :; do
        kill -0 "$boot_pid" 2>/dev/null || alive=
        boot_hear
        if [[ $boot_heard == *"$1"* ]]; then
            boot_heard=${boot_heard#*"$1"}
            boot_s=$(((${EPOCHREALTIME/./} - boot_began) / 10000))
            boot_s=$((boot_s / 100)).$(printf %02d $((boot_s % 100)))
            boot_processor
            return 0
        fi
        [ ${#boot_heard} -lt 4096 ] || boot_heard=${boot_heard: -1024}
        [ -n "$alive" ] && [ "$SECONDS" -lt "$limit" ] || return 1
        boot_pause
    done
}
boot_type() { printf '%s\n' "$1" >&7; }
# boot_end SECONDS: the emulator ends by itself; sets $boot_rc
boot_end() {
    local limit=$((SECONDS + $1))
    while kill -0 "$boot_pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$limit" ]; then
            boot_stop
            boot_rc=none
            return 1
        fi
        boot_pause
    done
    wait "$boot_pid"
    boot_rc=$?
    boot_pid=
    exec 7>&- 8<&-
}
boot_stop() {
    if [ -n "$boot_pid" ]; then
        kill "$boot_pid" 2>/dev/null
        wait "$boot_pid" 2>/dev/null
        boot_pid=
        exec 7>&- 8<&-
    fi
}
# what the guest and the emulator said last, on one line
boot_last() { { tail -n 2 "$boot_log" && head -n 2 "$dir/err"; } | tr -d '\r' | tr '\n' '|' | head -c 300; }

# boot_time NAME: print how long it took
boot_time() { echo "time $1 $boot_s s, of processor $boot_cpu_s s"; }
# a Linux that said something it should not have
linux_trouble() { grep -am 1 -E 'unchecked MSR access|BUG:|Oops|WARNING:|Kernel panic|I/O error|EXT4-fs error|BIOS bug' "$boot_log"; }

# verdict NAME, why not (empty: ok). What QEMU does is no verdict on us.
verdict() {
    if [[ $1 == *.tcg* ]]; then
        [ -z "$2" ] || echo "note $1: $2"
    elif [ -z "$2" ]; then
        echo "ok $1"
    else
        echo "FAIL $1: $2"
    fi
}
