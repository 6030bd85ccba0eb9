#!/usr/bin/env bash
# shellcheck disable=SC2034 # some of what is set here is read in the tests
# boot_proof.sh: functions of the boot_*.sh tests: an emulator is started with its serial port on a file and a pipe,
# and a test waits for a text there. The same boot runs on our engines (jit, interp) and on QEMU (tcg), for the time;
# times are printed and not judged.
# Sourced; sets $dir, a folder that goes away at the end.
set -u
B=${B:-build}
emu=$B/tickmark-emu
images=$B/guest-images
dir=$(mktemp -d)
trap 'boot_stop; rm -rf "$dir"' EXIT
boot_pid=

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
    boot_log=$dir/$engine.log boot_from=0
    : >"$boot_log"
    rm -f "$dir/in" && mkfifo "$dir/in"
    exec 7<>"$dir/in"
    if [ "$engine" = tcg ]; then
        qemu-system-i386 -accel tcg -cpu max -nic none -display none -serial stdio "$@" <"$dir/in" >"$boot_log" 2>"$dir/err" 7>&- &
    else
        "$emu" -accel "$engine" -display none -serial stdio "$@" <"$dir/in" >"$boot_log" 2>"$dir/err" 7>&- &
    fi
    boot_pid=$!
    boot_began=$(date +%s%N)
}
# boot_await TEXT SECONDS: until the guest has said it, behind what an earlier call has found. Sets $boot_s, the
# seconds since the start.
boot_await() {
    local limit=$(($(date +%s) + $2)) at
    while :; do
        at=$(tail -c "+$((boot_from + 1))" "$boot_log" | grep -abo -m 1 -F -- "$1" | head -n 1)
        if [ -n "$at" ]; then
            boot_from=$((boot_from + ${at%%:*} + ${#1}))
            boot_s=$((($(date +%s%N) - boot_began) / 10000000))
            boot_s=$((boot_s / 100)).$(printf %02d $((boot_s % 100)))
            return 0
        fi
        kill -0 "$boot_pid" 2>/dev/null || [ "$(tail -c "+$((boot_from + 1))" "$boot_log" | grep -acF -- "$1")" -gt 0 ] || return 1
        [ "$(date +%s)" -lt "$limit" ] || return 1
        sleep 0.05
    done
}
boot_type() { printf '%s\n' "$1" >&7; }
# boot_end SECONDS: the emulator ends by itself; sets $boot_rc
boot_end() {
    local limit=$(($(date +%s) + $1))
    while kill -0 "$boot_pid" 2>/dev/null; do
        if [ "$(date +%s)" -ge "$limit" ]; then
            boot_stop
            boot_rc=none
            return 1
        fi
        sleep 0.05
    done
    wait "$boot_pid"
    boot_rc=$?
    boot_pid=
    exec 7>&-
}
boot_stop() {
    if [ -n "$boot_pid" ]; then
        kill "$boot_pid" 2>/dev/null
        wait "$boot_pid" 2>/dev/null
        boot_pid=
        exec 7>&-
    fi
}
# what the guest and the emulator said last, on one line
boot_last() { { tail -n 2 "$boot_log" && head -n 2 "$dir/err"; } | tr -d '\r' | tr '\n' '|' | head -c 300; }

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
