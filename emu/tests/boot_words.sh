#!/usr/bin/env bash
# What -boot, bootindex= and -nographic make SeaBIOS do: boot sectors that say which they are on port E9h, and the
# BIOS's own words on COM1. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
if [ ! -r /usr/share/seabios/bios-256k.bin ]; then
    echo "skip boot_words: no SeaBIOS here"
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok boot_words.$1"; else echo "FAIL boot_words.$1: $2"; fi
}

# image LETTER SECTORS: writes its letter to E9h, and then what to F4h, where isa-debug-exit is (lower case: resets by CF9h).
image() {
    local end='\xe6\xf4' # out f4, al
    [[ $1 == [a-z] ]] && end='\xba\xf9\x0c\xb0\x06\xee'
    printf '%b' "\\xb0\\x$(printf %x "'$1")\\xe6\\xe9$end\\xf4" >"$dir/$1"
    truncate -s 510 "$dir/$1"
    printf '\x55\xaa' >>"$dir/$1"
    truncate -s $(($2 * 512)) "$dir/$1"
}
image f 2880
image F 2880
image H 2048
image V 2048

run() { # WANTED OPTION...
    local want=$1 got
    shift
    timeout 60 "$emu" -m 16 -display none -debugcon "file:$dir/said" -device isa-debug-exit,iobase=0xf4,iosize=1 \
        "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local rc=$?
    got=$(cat "$dir/said")
    why=
    [ "$got" = "$want" ] || why="'$got' booted, not '$want' (status $rc: $(tail -1 "$dir/err"))"
}

disk() { # LETTER
    echo "file=$dir/$1,format=raw,if=none,id=$1"
}

run F -fda "$dir/F" -drive "file=$dir/H,format=raw" -boot a
verdict order "$why"
run fH -fda "$dir/f" -drive "file=$dir/H,format=raw" -boot once=a,order=c
verdict once "$why"

# The index counts, whichever way the drives were put in.
run V -drive "$(disk H)" -device ide-hd,drive=H,bootindex=1 -drive "$(disk V)" -device virtio-blk-pci,drive=V,bootindex=0
verdict index_virtio "$why"
run H -drive "$(disk H)" -device ide-hd,drive=H,bus=ide.1,bootindex=0 -drive "$(disk V)" -device virtio-blk-pci,drive=V,bootindex=1
verdict index_ide "$why"
run V -drive "file=$dir/H,format=raw" -drive "$(disk F)" -device virtio-blk-pci,drive=F -nic user,model=virtio-net-pci,bootindex=4 \
    -drive "$(disk V)" -device virtio-blk-pci,drive=V,addr=0x9,bootindex=2
verdict index_slot "$why"

run H -drive "file=$dir/H,format=raw" -nographic -boot menu=on,splash-time=1
grep -aq 'SeaBIOS (version' "$dir/out" || why="$why; the BIOS is not on COM1"
grep -aq 'Press ESC for boot menu' "$dir/out" || why="$why; the BIOS does not ask"
verdict nographic "$why"
run H -drive "file=$dir/H,format=raw" -serial stdio
grep -aq SeaBIOS "$dir/out" && why="$why; the BIOS is on COM1 unasked"
verdict serial "$why"
