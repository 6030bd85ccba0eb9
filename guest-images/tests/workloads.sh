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
# Fields may be empty, which read would not notice between tabs.
while IFS='|' read -r test env status reason; do
    case $status in
    ok | noisy) echo "ok workloads.$test.$env" ;;
    unsupported)
        if [ "$env" = native ]; then echo "skip workloads.$test.$env: $reason"; else echo "FAIL workloads.$test.$env: $reason"; fi
        ;;
    'of 2010') ;;
    *) echo "FAIL workloads.$test.$env: $status: $reason" ;;
    esac
done < <("$B/tickmark" work --db "$dir/db" --tsv | tee "$dir/table" | awk -F'\t' '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { print $column["test"] "|" $column["env"] "|" $column["status"] "|" $column["reason"] }')
# all of them, and each natively, too
rows=$(awk -F'\t' '$1 ~ /^work\./ && ($2 == "native" || $2 == "emu-jit")' "$dir/table" | wc -l)
tests=$("$B/tickmark" list -t 'work.*' --tsv | tail -n +2 | wc -l)
if [ "$tests" -ge 12 ] && [ "$rows" -eq $((2 * tests)) ]; then
    echo "ok workloads.all_of_them"
else
    echo "FAIL workloads.all_of_them: $rows rows of $tests tests in two environments"
fi

# In Bochs the serial port takes its time over each byte, as a real one does: what was said last must not be lost when
# the guest switches off.
if command -v bochs >"$dir/which"; then
    "$B/tickmark" run -t work.hash -e bochs --rounds 1 --db "$dir/bochs.db" >"$dir/log" 2>&1
    said=$("$B/tickmark" work --db "$dir/bochs.db" --tsv | grep -P '^work.hash\tbochs\t')
    case $said in
    *$'\tok\t'* | *$'\tnoisy\t'*) echo "ok workloads.bochs" ;;
    *) echo "FAIL workloads.bochs: $said" ;;
    esac
else
    echo "skip workloads.bochs: bochs is not installed"
fi
