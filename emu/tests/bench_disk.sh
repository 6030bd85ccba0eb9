#!/usr/bin/env bash
# The bench's disk.write/* on the bare port: by IDE to a scratch disk, on both engines. What is refused, that the writes
# reach the image, and what is said where they cannot: a read-only drive, an image on a full disk.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
letters=$(printf "%$("$build/tickbench" --list | grep -c '"ev":"test"')s" "" | tr ' ' c)
verdict() { if [ -z "$2" ]; then echo "ok bench_disk_$1"; else echo "FAIL bench_disk_$1: $2"; fi; }

# run ENGINE DRIVE-OPTIONS...: four and eight blocks of each size; the lines in $dir/out
run() {
    timeout 300 "$build/tickmark-emu" -accel "$1" -kernel "$build/tickbench.elf" "${@:2}" \
        -append "--rounds 1 --disk hda -t disk.* --n $letters" -serial "file:$dir/out" -display none -no-reboot 2>"$dir/err"
}
said() { grep -aq "$1" "$dir/out" || echo "no '$1' but: $(grep -a '"ev":"note"' "$dir/out" | head -2 | cut -c1-300) $(head -c 200 "$dir/err")"; }

"$build/tickbench" --make-disk "$dir/scratch" >/dev/null || exit 1
for engine in jit interp; do
    cp "$dir/scratch" "$dir/disk"
    run $engine -hda "$dir/disk"
    why=
    [ "$(grep -ac '"check":"ok"' "$dir/out")" -eq 4 ] || why="$(grep -a 'wrong\|note' "$dir/out" | head -2 | cut -c1-300) $(head -c 200 "$dir/err")"
    cmp -s -n 65536 "$dir/disk" "$dir/scratch" || why+=' the first 64 KB changed'
    ! cmp -s "$dir/disk" "$dir/scratch" || why+=' nothing reached the image'
    verdict "writes_$engine" "$why"
done
run jit
verdict no_drive "$(said 'cannot use the disk: there is no such drive')"
head -c 16777216 /dev/zero >"$dir/zero"
run jit -hda "$dir/zero"
verdict no_signature "$(said 'it is no scratch disk')$(cmp -n 16777216 "$dir/zero" /dev/zero 2>&1)"
run jit -drive "file=$dir/scratch,format=raw,if=ide,media=disk,readonly=on"
verdict readonly "$(said 'the drive reports error')"
# The image's holes have no room left on its file system.
if unshare -rm mount -t tmpfs tmpfs "$dir" 2>/dev/null; then
    export -f run
    export dir build letters
    mkdir "$dir/small"
    # shellcheck disable=SC2016 # the inner shell expands
    unshare -rm bash -c 'mount -t tmpfs -o size=1M tmpfs "$dir/small" && cp --sparse=always "$dir/scratch" "$dir/small/disk" &&
        { head -c 1M /dev/zero >"$dir/small/filler" 2>/dev/null; }
        run jit -hda "$dir/small/disk"'
    verdict full "$(said 'the drive reports error')"
else
    echo "skip bench_disk_full: no namespace to mount in"
fi
