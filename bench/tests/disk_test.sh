#!/usr/bin/env bash
# disk.write/*: what may be written to, what is refused, and what is said when the disk is full, read-only, limited or
# removed while it is being written. A full and a read-only file system need a mount: in a namespace of our own, and
# `skip` where the kernel gives none.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$PWD/${TICKBENCH_BUILD:-build}
bench=$build/tickbench
lines=$build/bench/tests/check_lines
tmp=$(mktemp -d -p "$build")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

verdict() { if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "FAIL $1: $3"; fi; }
letters=$(printf "%$("$bench" --list | grep -c '"ev":"test"')s" "" | tr ' ' c)
# write FILE WORDS...: each size once, 4 and 8 blocks
write() {
    local file=$1
    shift
    "$bench" --disk "$file" --rounds 1 --n "$letters" -t 'disk.*' "$@" >out 2>err
}
# refuse NAME PATTERN WORDS...: exit status 1, the pattern, and nothing measured
refuse() {
    local name=$1 pattern=$2
    shift 2
    "$bench" "$@" -t 'disk.*' >out 2>err
    local rc=$?
    [ $rc -eq 1 ] && grep -qF -- "$pattern" err && ! grep -q '"ev":"sample"' out
    verdict "disk.refuses_$name" $? "exit $rc: $(cat err)"
}
# fails NAME PATTERN: the last run said what is wrong, as a note, and no sample is right
fails() {
    grep -aq "\"ev\":\"note\".*$2" out && grep -aq '"check":"wrong"' out && ! grep -aq '"check":"ok"' out && "$lines" out >wrong
    verdict "disk.$1" $? "$(cat err) $(grep -a '"ev":"note"' out | head -2 | cut -c1-300)"
}

# --- making one, and what is none ---
"$bench" --make-disk scratch >out 2>err && [ "$(stat -c %s scratch)" -eq 16777216 ]
verdict disk.make $? "$(cat err)"
cp scratch before
refuse existing_file 'it exists already' --make-disk scratch
cmp -s scratch before
verdict disk.existing_file_is_left_alone $? 'it was changed'
head -c 16777216 /dev/zero >letter
echo 'Dear user, ' | dd of=letter conv=notrunc status=none
cp letter letter.before
refuse other_file 'it is no scratch disk' --disk letter
cmp -s letter letter.before
verdict disk.other_file_is_left_alone $? 'it was changed'
head -c 1000000 scratch >small
refuse small_file 'smaller than 4 MB' --disk small
refuse missing_file 'there is no such file' --disk nowhere
refuse folder 'it is neither a file nor a disk' --disk .
mkfifo pipe
refuse pipe 'it is neither a file nor a disk' --disk pipe
cp scratch readonly && chmod 444 readonly
refuse readonly_file 'it is read-only' --disk readonly

# --- writing ---
write scratch
rc=$?
[ $rc -eq 0 ] && [ "$(grep -ac '"check":"ok"' out)" -eq 4 ] && "$lines" out >wrong
verdict disk.writes $? "exit $rc: $(cat err wrong) $(grep -a note out | head -2)"
cmp -s -n 65536 scratch before && ! cmp -s scratch before && [ "$(stat -c %s scratch)" -eq 16777216 ]
verdict disk.writes_where_it_may $? 'the first 64 KB changed, or nothing behind them'
"$bench" --rounds 1 -t 'disk.*' >out 2>err
[ "$(grep -ac '"why":"needs disk"' out)" -eq 4 ]
verdict disk.skipped_without_a_disk $? "$(head -3 out)"

# --- a limit on file sizes: EFBIG, and no signal ---
cp --sparse=always scratch limited
(
    ulimit -f 64
    write limited
)
fails limited 'a limit on the size of files'

# --- removed, cut: while it runs ---
# during NAME COMMAND PATTERN
during() {
    cp scratch victim
    : >out # the answers of the one before are not this one's
    "$bench" --disk victim --rounds 100000 --quick -t 'disk.write/4K' >out 2>err &
    local pid=$! i
    for ((i = 0; i < 3000; i++)); do
        grep -aq '"check":"ok"' out && break
        sleep 0.1
    done
    eval "$2"
    for ((i = 0; i < 3000; i++)); do
        grep -aq "\"ev\":\"note\".*$3" out && grep -aq '"check":"wrong"' out && break
        sleep 0.1
    done
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    grep -aq '"check":"ok"' out && grep -aq "\"ev\":\"note\".*$3" out && grep -aq '"check":"wrong"' out
    verdict "disk.$1" $? "$(cat err) $(tail -2 out | cut -c1-300)"
}
during removed 'rm victim' 'the scratch disk was removed while it was being written'
during truncated ': >victim' 'truncated or grew'

# --- a full disk and a read-only one ---
if ! unshare -rm mount -t tmpfs tmpfs "$tmp" 2>/dev/null; then
    for name in full make_on_full readonly_mount; do echo "skip disk.$name: no namespace to mount in"; done
    exit 0
fi
export -f write
export bench letters
# in_small MOUNT-OPTIONS COMMAND: in a folder of its own that is a file system of 1 MB
in_small() {
    mkdir -p small.d
    # shellcheck disable=SC2016 # the inner shell expands
    unshare -rm bash -c 'mount -t tmpfs -o size=1M tmpfs small.d && eval "$1"' - "$1"
}
in_small 'cp --sparse=always before small.d/disk && { head -c 1M /dev/zero >small.d/filler; write small.d/disk; } 2>/dev/null'
fails full 'no space left: the disk is full'
# shellcheck disable=SC2016
in_small '"$bench" --make-disk small.d/disk 2>err; echo $? >rc; ls small.d >left'
[ "$(cat rc)" = 1 ] && grep -qF 'no space left: the disk is full' err && ! [ -s left ]
verdict disk.make_on_full $? "exit $(cat rc), left: $(cat left): $(cat err)"
in_small 'cp --sparse=always before small.d/disk && mount -o remount,ro small.d && { write small.d/disk; echo $? >rc; }'
[ "$(cat rc)" = 1 ] && grep -qF 'it is read-only' err
verdict disk.readonly_mount $? "exit $(cat rc): $(cat err)"
