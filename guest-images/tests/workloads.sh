#!/usr/bin/env bash
# Each workload runs once natively and once in our translator, and gives its answer. Minutes; skipped where the image is
# not built (make guest-images), and natively where the host cannot.
set -u
B=$(cd "${B:-build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ ! -e "$B/guest-images/workloads.built" ]; then
    echo "skip workloads: not built (make guest-images)"
    exit 0
fi
"$B/tickmark" run -t 'work.*' -e native -e emu-jit --rounds 1 --timeout 600 --db "$dir/db" >"$dir/log" 2>&1
rc=$?
[ $rc -eq 0 ] && echo "ok workloads.run" || echo "FAIL workloads.run: exit status $rc: $(tail -n 1 "$dir/log")"
while IFS=$'\t' read -r test env _ _ _ status reason; do
    case $status in
    ok | noisy) echo "ok workloads.$test.$env" ;;
    unsupported)
        if [ "$env" = native ]; then echo "skip workloads.$test.$env: $reason"; else echo "FAIL workloads.$test.$env: $reason"; fi
        ;;
    'of 2010') ;;
    *) echo "FAIL workloads.$test.$env: $status: $reason" ;;
    esac
done < <("$B/tickmark" work --db "$dir/db" --tsv | tail -n +2)
