#!/usr/bin/env bash
# Plan files, --dry-run, --watch, progress and colour, with the fake bench; the example of docs/plan.md is read as it stands.
set -u
build=$(realpath "${B:-build}")
docs=$PWD/docs
dir=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # each sample is synced: a disk would be what is waited for
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export FAKE_SLEEP_US=0

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok plan.$1"; else echo "FAIL plan.$1: $2"; fi
}
for b in old new; do
    mkdir $b && ln -s "$build/collector/tests/fake_bench" $b/tickbench && ln -s "$build/collector/tests/fake_bench" $b/tickmark-emu
    echo image >$b/tickbench.elf
done
echo 'good.a 1.5' >new/slow
mark() { timeout 900 "$build/tickmark" "$@"; }
cat >p.json <<'EOF'
{
  "label": "nightly",
  "tests": ["good.*", "~good.b"],
  "environments": ["native", "emu-jit"],
  "rounds": {"native": 6, "emu-jit": 2},
  "emulator_options": ["-m", "32"],
  "versions": [
    {"name": "old", "build": "old"},
    {"name": "new", "build": "new", "emulator_options": ["-cpu", "486"]}
  ]
}
EOF

# --- dry run: the rows that would be run, and nothing is written ---
mark sweep --plan p.json --dry-run --tsv -d t.db >dry.tsv 2>dry.err
verdict dry_run "$(awk -F'\t' '$2 != "all" && NR > 1 { n++; jobs += $6; if ($4 != 7 || $5 != ($2 == "native" ? 6 : 2)) print }
    $2 == "all" { total = $6 } END { if (n != 4 || jobs != 112 || total != 112) print n " rows, " jobs " and " total " jobs" }' dry.tsv)$(head -n 2 dry.err)"
verdict dry_run_writes_nothing "$(ls t.db ./*-wal 2>/dev/null; compgen -G "${TMPDIR:-/tmp}/tickmark-plan-*")"
verdict dry_run_emulator_options "$(grep -q 'jit -m 32 -cpu 486' dry.tsv || cat dry.tsv)"
verdict dry_run_time "$(awk -F'\t' '$2 == "all" && !($8 > 0) { print }' dry.tsv)"

# --- the sweeps, in turn; plain lines where there is no terminal ---
mark sweep --plan p.json --watch -d t.db --tsv >out.tsv 2>err
rc=$?
verdict sweeps "$({ [ $rc -eq 0 ] && [ "$(wc -l <out.tsv)" -eq 5 ]; } || echo "status $rc: $(tail -n 2 err)")"
verdict watch_lines "$(grep -cE '^nightly (old|new) (native|emu-jit) round [0-9]+: 7 jobs in [0-9.]+ s; [0-9]+ of 56, [0-9]+:[0-9]+ left$' err | grep -qx 16 || cat err)"
# a b, b a, ...: never three processes of one version in a row
verdict in_turn "$(grep -oE '^nightly (old|new)' err | uniq -c | awk '$1 > 2')"
verdict no_escapes "$(grep -l $'\e' out.tsv err)"
mark regress 'nightly old' 'nightly new' -e native --tsv -d t.db >regress.tsv 2>&1
rc=$?
verdict versions_compare "$({ [ $rc -eq 2 ] && grep -q 'good.a' regress.tsv; } || cat regress.tsv)"
verdict check_is_clean "$(mark check -d t.db | grep -q clean || mark check -d t.db)"
mark sweep --plan p.json --dry-run --tsv -d t.db >dry.tsv 2>&1
verdict dry_run_knows_history "$(awk -F'\t' '$2 == "native" && $9 !~ /earlier sweeps/' dry.tsv)"
mark sweep --plan p.json --rounds 1 -t good.c -e native --dry-run --tsv -d t.db 2>&1 | awk -F'\t' '$2 == "all" { print $6 }' >jobs.txt
verdict options_before_plan "$(grep -qx 2 jobs.txt || cat jobs.txt)"
timeout 900 "$build/tickmark" sweep --plan p.json -e emu-jit --rounds 8 -d t.db >out 2>err &
pid=$!
for _ in $(seq 300); do mark status -d t.db --tsv 2>/dev/null | awk -F'\t' '$4 == "running" && $8 > 0 { f = 1 } END { exit !f }' && break; sleep 0.1; done
kill -TERM $pid
wait $pid
verdict interrupted "$(grep -c 'tickmark resume. finishes sweep' err | grep -qx 2 || cat err)"
mark resume -d t.db --build new >out 2>err
verdict resume_keeps_options "$(grep -q 'jit -m 32 -cpu 486' out || cat out err)"

# --- on a terminal: a live table, colours unless NO_COLOR ---
if command -v script >/dev/null; then
    TERM=xterm timeout 900 script -qec "$build/tickmark sweep --plan p.json --watch -d t.db -e native --rounds 2" /dev/null >live </dev/null
    verdict live_table "$(grep -aq 'sweep        environment       done        of     left  now' live || head -c 600 live)"
    verdict colour "$(grep -aq $'\e\\[3[0-9]m' live || { TERM=xterm script -qec "$build/tickmark compare 1 2 -d t.db -e native" /dev/null </dev/null | grep -aq $'\e\\[3[0-9]m' || echo none; })"
    NO_COLOR=1 TERM=xterm script -qec "$build/tickmark compare 1 2 -d t.db -e native" /dev/null >live </dev/null
    verdict no_color "$({ grep -aq slower live && ! grep -aq $'\e' live; } || head -c 300 live)"
else
    echo "skip plan.live_table: no script"
fi

# --- errors name file, line and key ---
refuses() { # NAME SED TEXT
    sed "$2" p.json >q.json
    mark sweep --plan q.json -d u.db >out 2>&1
    local rc=$?
    verdict "$1" "$({ [ $rc -eq 1 ] && grep -qF "$3" out; } || echo "status $rc: $(head -n 2 out)")"
}
refuses unknown_key 's/"rounds"/"ronds"/' 'q.json:5: ronds: no such key; did you mean rounds?'
refuses unknown_environment 's/"native", "emu/"native", "emuu/' "q.json:4: environments[1]: no environment 'emuu-jit'; did you mean emu-jit?"
refuses unknown_rounds 's/"native": 6/"natve": 6/' "q.json:5: rounds.natve: no environment 'natve'"
refuses bad_rounds 's/"native": 6/"native": 0/' 'q.json:5: rounds.native: must be'
refuses wrong_type 's/"build": "new"/"build": 5/' 'q.json:9: versions[1].build: must be text, is a whole number'
refuses key_of_a_version 's/"build": "new"/"biuld": "new"/' 'q.json:9: versions[1].biuld: no such key; did you mean build?'
refuses no_name 's/"name": "new", //' 'q.json:9: versions[1]: has no name'
refuses same_name 's/"name": "new"/"name": "old"/' "q.json:9: versions[1].name: 'old' is there already"
refuses word_with_blank 's/"-cpu"/"-cpu 486"/' 'q.json:9: versions[1].emulator_options[0]: must be one word'
refuses not_json 's/"label":/"label"/' 'q.json:2: '
refuses twice 's/"tests"/"label"/' 'q.json:3: duplicate object key'
mark sweep --plan nowhere.json -d u.db >out 2>&1
verdict no_file "$(grep -q 'nowhere.json: No such file' out || cat out)"
echo '[1, 2]' >q.json
mark sweep --plan q.json -d u.db >out 2>&1
verdict no_object "$(grep -q 'q.json:1: a plan is an object, this is a list' out || cat out)"
verdict nothing_was_made "$(ls u.db 2>/dev/null)"
refuses unknown_test 's/"good.\*", /"good.aa", /' "no test matches 'good.aa'"

# --- the example of the page ---
awk '/^```json/ { on = 1; next } /^```/ { on = 0 } on' "$docs/plan.md" | sed 's|\.\./before/build|old|; s|\.\./after/build|new|' >example.json
mark sweep --plan example.json -t 'good.*' --dry-run --tsv -d u.db >out 2>&1
verdict example "$(grep -c '^nightly ' out | grep -qx 9 || cat out)"

# --- a precision: what is narrow stops after 20 rounds, what is not goes on to the most that were asked for ---
mark run -b old -e native -t good.a -t bad.spread --precision 1 -r 24 --tsv -d s.db >out.tsv 2>err
verdict precision "$(awk -F'\t' '{ n[$1] = $8 } END { if (n["good.a"] != 20 || n["bad.spread"] != 24) print n["good.a"] " and " n["bad.spread"] " rounds" }' out.tsv)"
verdict precision_is_kept "$(mark export -d s.db | grep -o '"stopped":"[a-z]*"' | sort | tr -d '\n' | grep -qx '"stopped":"interval""stopped":"rounds"' || mark export -d s.db | grep '"t":"result"')"
verdict precision_most "$(mark sweep -b old -e native -t good.a --precision 0.5 --dry-run --tsv -d s.db | awk -F'\t' '$2 == "native" && $5 != 60')"
for word in 0 -1 101 nan 1x ''; do
    mark sweep -b old --precision "$word" -e native -t good.a -d s.db >out 2>&1
    grep -qF -- "--precision wants percent, not '$word'" out || echo "'$word': $(head -n 1 out)"
done >bad
verdict precision_refused "$(head -n 2 bad)"
refuses precision_in_a_plan 's/"label": "nightly"/"precision": 0/' 'q.json:2: precision: must be percent, above 0'
sed 's/"rounds": .*/"precision": 1,/; s/"good.\*", "~good.b"/"good.a"/; s/"native", "emu-jit"/"native"/' p.json >q.json
verdict precision_of_a_plan "$(mark sweep --plan q.json --dry-run --tsv -d s.db 2>&1 | awk -F'\t' '$2 == "native" { n++; bad += $5 != 60 } END { if (n != 2 || bad) print n " rows, " bad " of them wrong" }')"

# --- the same build twice, in turn ---
mark sweep -b old --aa -e native -e emu-jit -t 'good.*' -r 4 -l pair -d a.db --tsv >out.tsv 2>err
verdict aa "$(grep -q '^tickmark: noise floor: native 0.00 % (8 tests), emu-jit 0.00 % (8 tests)$' err || tail -n 3 err)"
verdict aa_is_kept "$(n=$(mark export -d a.db | grep -c '"aa_floor":0,"aa_tests":8,"aa_pair":"twin"'); [ "$n" -eq 4 ] || echo "$n of 4")"
verdict aa_labels "$(mark compare pair 'pair again' -d a.db --tsv | awk -F'\t' '$8 == "slower" || $8 == "faster"')$(mark check -d a.db | grep -q clean || echo 'not clean')"
# killed or asked to end in its midst: a resume goes on with both, in turn, and the floor is what they differ by
aa_interrupted() { # SIGNAL DATABASE
    FAKE_SLEEP_US=20000 "$build/tickmark" sweep -b old --aa -e native -t 'good.*' -r 8 -l pair -d "$2" >out 2>err &
    local pid=$!
    for _ in $(seq 600); do
        mark status -d "$2" --tsv 2>/dev/null | awk -F'\t' '$8 > 4 { n++ } END { exit n < 2 }' && break
        sleep 0.05
    done
    kill "-$1" $pid
    wait $pid 2>/dev/null
    mark status -d "$2" --tsv | awk -F'\t' 'NR > 1 && $11 > 0 { n++ } END { if (n < 2) print "nothing was left of one" }'
    mark resume -b old -d "$2" --watch --tsv >out.tsv 2>err || echo "resume: exit $?"
    grep -q '^tickmark: noise floor: native 0.00 % (8 tests)$' err || tail -n 3 err
    n=$(mark export -d "$2" | grep -c '"aa_floor":0,"aa_tests":8,"aa_pair":"twin"')
    [ "$n" -eq 2 ] || echo "$n of 2 have the floor of a pair"
    mark export -d "$2" | grep -c '"twin_of":"[0-9a-f]' | grep -qx 1 || echo 'the pair is not in the export'
    grep -oE '^pair( again)? native' err | uniq -c | awk '$1 > 2 { print "not in turn: " $0 }'
    mark resume -b old -d "$2" 2>&1 | grep -q 'nothing to resume' || echo 'something is left to resume'
    mark check -d "$2" | grep -q clean || echo 'not clean'
}
verdict aa_resumed "$(aa_interrupted INT i.db)"
verdict aa_resumed_after_a_kill "$(aa_interrupted KILL k.db)"
sed 's/"label": "nightly"/"label": "nightly", "aa": true/' p.json >q.json
verdict aa_of_a_plan "$(mark sweep --plan q.json --dry-run --tsv -d a.db | grep -c ' again' | grep -qx 4 || mark sweep --plan q.json --dry-run --tsv -d a.db)"

# --- one processor that may be used: it is shared, said, and measured on ---
cpu=$(sed -n 's/^Cpus_allowed_list:.*[^0-9]\([0-9]*\)$/\1/p' /proc/self/status)
timeout 900 taskset -c "$cpu" "$build/tickmark" run -b old -e native -e emu-jit -t 'good.*' -r 3 --tsv -d one.db >out.tsv 2>err
verdict one_processor "$(awk -F'\t' '$3 == "ok" && $4 > 0 && $8 == 3' out.tsv | wc -l | grep -qx 16 || cat out.tsv)"
verdict one_processor_is_said "$(grep -q '^tickmark: one processor only may be used: ' err || head -n 3 err)"
