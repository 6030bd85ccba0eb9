#!/usr/bin/env bash
# disk.write through the collector: it makes a scratch disk in the run's own folder, gives it to the bench natively and to
# the guest as its first drive, and leaves nothing behind.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
verdict() { if [ -z "$2" ]; then echo "ok collector_disk_$1"; else echo "FAIL collector_disk_$1: $2"; fi; }
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp

"$build/tickmark" run -q -r 1 -d "$dir/db" -e native -e emu-jit -t disk.write/4K --tsv >"$dir/out" 2>"$dir/err"
rc=$?
for env in native emu-jit; do
    status=$(awk -F'\t' -v env="$env" '$1 == "disk.write/4K" && $2 == env { print $3 }' "$dir/out")
    # one round is 'noisy'; a disk that is not there is 'unsupported', a wrong answer 'wrong'
    case $status in
    ok | noisy) why= ;;
    *) why="status '$status', exit $rc: $(tr '\n' ' ' <"$dir/out" | head -c 300) $(tail -2 "$dir/err")" ;;
    esac
    verdict "$env" "$why"
done
verdict nothing_left "$(ls "$TMPDIR")"
