#!/usr/bin/env bash
# `tickmark-emu --hot` and `tickmark hot`: executions are exact, clocks add up, the block and the instruction that take
# them are named. B is the build folder.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok hot.$1"; else echo "FAIL hot.$1: $2"; fi
}
# run NAME WORDS OPTIONS...: the bench in the emulator; $dir/NAME is what an option writes
run() {
    local name=$1 words=$2
    shift 2
    timeout 60 "$build/tickmark-emu" -kernel "$build/tickbench.elf" -append "$words" -serial "file:$dir/$name.out" \
        -display none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 "$@" >/dev/null 2>"$dir/$name.err"
}
# columns FILE NAME: the number of that column
columns() { head -n 1 "$1" | tr '\t' '\n' | awk -v w="$2" '$0 == w { print NR }'; }

# --- a hot loop: one test, through tickmark ---
timeout 120 "$build/tickmark" hot -t flags.adc_chain --file "$dir/adc.json" --tsv >"$dir/adc.tsv" 2>"$dir/err"
verdict runs "$([ -s "$dir/adc.tsv" ] || head -c 300 "$dir/err")"
"$build/tickmark" hot "$dir/adc.json" --asm 1 --map "$build/tickbench.elf" >"$dir/adc.txt" 2>&1
insns=$(sed -n 's/.*, \([0-9]*\) guest instructions,.*/\1/p' "$dir/adc.txt")
clk=$(awk -F'\t' 'NR > 1 { s += $4 } END { printf "%.0f", s }' "$dir/adc.tsv")
# every guest instruction of the timed intervals was executed by some block
counted=$(awk -F'\t' -v e="$(columns "$dir/adc.tsv" execs)" -v i="$(columns "$dir/adc.tsv" insns)" \
    'NR > 1 { s += $e * $i } END { printf "%.0f", s }' "$dir/adc.tsv")
verdict executions "$(awk -v a="$counted" -v b="$insns" \
    'BEGIN { if (!(b > 1e6 && a / b > 0.999 && a / b < 1.001)) print a " instructions in blocks, " b " retired" }')"
total=$(sed -n '1s/.*: \([0-9]*\) million clk.*/\1/p' "$dir/adc.txt")
verdict clocks_add_up "$(awk -v a="$clk" -v b="$total" \
    'BEGIN { if (!(a / 1e6 > 0.97 * b && a / 1e6 < 1.01 * b)) print a / 1e6 " million in blocks of " b }')"
# two blocks (the timed loop and its run of twice the length begin at different places) or one: all in the test's code
verdict names_the_loop "$(awk -F'\t' 'NR == 2 && $2 !~ /^bare_arena/ { print "first is " $1 " " $2 }
    NR > 1 && $2 ~ /^bare_arena/ { s += $3 } END { if (s < 90) print s " % in the test" }' "$dir/adc.tsv")"
verdict side_by_side "$(n=$(grep -c 'adc eax, ebx  *adc eax, ebx$' "$dir/adc.txt")
    [ "$n" -ge 32 ] || echo "$n lines have adc twice")"
verdict symbols "$(printf '0019b000 t wrong_type_is_fine\n00100000 T low_one\n' >"$dir/map"
    "$build/tickmark" hot "$dir/adc.json" --map "$dir/map" --tsv >"$dir/map.tsv" 2>&1
    awk -F'\t' 'NR == 2 && $2 !~ /^(wrong_type_is_fine|low_one)/ { print "first is " $2 }' "$dir/map.tsv")"

# --- counting does not disturb the guest: the same run with and without it ---
run plain "--quick -t int.add_rr" --icount --stats "$dir/plain.json"
run hot "--quick -t int.add_rr" --icount --hot "$dir/hot.json"
for key in insns jit_insns_translated jit_blocks exceptions interrupts; do
    grep -E "^ +\"$key\": [0-9]+" "$dir/plain.json" | head -n 1 | tr -d ' ,'
done >"$dir/plain.keys"
for key in insns jit_insns_translated jit_blocks exceptions interrupts; do
    grep -E "^ +\"$key\": [0-9]+" "$dir/hot.json" | head -n 1 | tr -d ' ,'
done >"$dir/hot.keys"
verdict same_run "$([ "$(wc -l <"$dir/plain.keys")" -eq 5 ] || echo "keys are missing"
    diff "$dir/plain.keys" "$dir/hot.keys" | tr '\n' ' ')"
verdict off_is_off "$(grep -q '"hot"' "$dir/plain.json" && echo "--stats writes blocks")"

# --- self-modifying code is translated again and again, and blocks are killed; a port access is C's ---
run smc "--quick -t smc.rewrite_imm -t io.out_80" --hot "$dir/smc.json"
"$build/tickmark" hot "$dir/smc.json" --json >"$dir/smc.tab" 2>&1
verdict translations "$(awk -F'[:,]' '/"transl."/ { if ($2 + 0 > m) m = $2 + 0 } END { if (m < 100) print "at most " m + 0 }' "$dir/smc.tab")"
"$build/tickmark" hot "$dir/smc.json" --tsv >"$dir/io.tsv" 2>&1
# blocks of ten OUTs: C for each
verdict exits "$(awk -F'\t' -v c="$(columns "$dir/io.tsv" exits)" -v e="$(columns "$dir/io.tsv" execs)" '
    NR > 1 && $e > 1000 && $c > 7.9 * $e { found = 1 } END { if (!found) print "no block with C for each OUT" }' "$dir/io.tsv")"

# --- the interpreter: addresses, and no executions ---
run interp "--quick -t int.add_rr" -accel interp --hot "$dir/interp.json"
"$build/tickmark" hot "$dir/interp.json" --tsv --map "$build/tickbench.elf" >"$dir/interp.tsv" 2>&1
verdict interpreter "$(awk -F'\t' -v e="$(columns "$dir/interp.tsv" execs)" '
    NR > 1 && $e != "" { print "executions of " $1 } NR > 1 && $2 ~ /^bare_arena/ { s += $3 }
    END { if (s < 80) print s " % in the test" }' "$dir/interp.tsv" | head -n 1)"

# --- what is wrong is named ---
refuse() { # NAME TEXT WORDS...
    local name=$1 text=$2 message
    shift 2
    message=$(timeout 20 "$build/tickmark" "$@" 2>&1 >/dev/null)
    local rc=$?
    verdict "$name" "$([ $rc -eq 1 ] && [[ $message == *"$text"* ]] || echo "status $rc, said: $message")"
}
echo '{"hot": 5, "stages": {}}' >"$dir/bad.json"
refuse no_file "$dir/none: unable to open" hot "$dir/none"
refuse not_json "$dir/map: " hot "$dir/map"
refuse not_ours "bad.json: not what tickmark-emu writes" hot "$dir/bad.json"
refuse no_blocks "plain.json has no blocks" hot "$dir/plain.json"
refuse no_words "wants one file" hot
refuse no_test "no test matches" hot -t nothing.at_all
refuse other_env "one of our own engines" hot -t int.add_rr -e 'qemu*'
refuse bad_map "neither a System.map nor an ELF" hot "$dir/adc.json" --map "$dir/bad.json"

# --- diff: of a file with itself nothing; of two tests the one's block goes and the other's comes ---
"$build/tickmark" diff "$dir/hot.json" "$dir/hot.json" --tsv >"$dir/same.tsv" 2>&1
verdict diff_same "$(awk -F'\t' 'NR > 1 && $6 + 0 != 0 { print $0 } END { if (NR < 5) print NR " lines" }' "$dir/same.tsv" | head -n 1)"
"$build/tickmark" diff "$dir/adc.json" "$dir/smc.json" --json >"$dir/other.tab" 2>&1
verdict diff_other "$(awk '/"part": "block"/ { n++ } END { if (n < 4) print n + 0 " blocks" }' "$dir/other.tab")"
"$build/tickmark" diff "$dir/plain.json" "$dir/plain.json" --tsv >"$dir/stats.tsv" 2>&1
verdict diff_stats "$(awk -F'\t' '$1 == "stage" && $2 == "execute" && $4 > 0 { found = 1 } END { if (!found) print "no stages" }' "$dir/stats.tsv")"
refuse diff_one "diff wants two files" diff "$dir/hot.json"
refuse diff_no_file "$dir/none: unable to open" diff "$dir/hot.json" "$dir/none"
refuse diff_no_store "$dir/db" diff one two --db "$dir/db"
