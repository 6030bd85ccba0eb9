#!/usr/bin/env bash
# The system tests (emu/tests/system/) on our engines and, as information, on the peers that are installed.
#   system_suite.sh           our engines; a line `ok system.NAME [ENGINE]` a case
#   system_suite.sh full      QEMU and Bochs too: what they do differently is told, and is never a failure
#   system_suite.sh table     the same, and writes docs/system-tests.md
# A case that emu/tests/system/open.def lists is `skip`, and a failure once it passes. B is the build folder.
set -u
emu=${B:-build}/tickmark-emu
folder=${B:-build}/emu/tests/system
cases=emu/tests/system/cases.def
open=emu/tests/system/open.def
mode=${1:-ours}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
common=(-m 64 -kernel "$folder/system.elf" -serial stdio -display none -no-reboot -device "isa-debug-exit,iobase=0xf4,iosize=4")

run_interp() { timeout 10 "$emu" -accel interp "${common[@]}" -append "$1" 2>"$dir/err" </dev/null; }
run_jit() { timeout 10 "$emu" -accel jit "${common[@]}" -append "$1" 2>"$dir/err" </dev/null; }
run_qemu() { timeout 10 qemu-system-i386 -accel tcg -cpu max -monitor none "${common[@]}" -append "$1" 2>"$dir/err" </dev/null; }
# Bochs boots the floppy, whose second sector is the command line; Debian's stops at a prompt unless told to go on;
# its terminal display needs a terminal. The program ends it through Bochs' port 8900h.
run_bochs() {
    cp "$folder/system.img" "$dir/floppy.img"
    printf '%s\0' "$1" | dd of="$dir/floppy.img" bs=1 seek=512 conv=notrunc status=none
    cat >"$dir/bochsrc" <<END
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
megs: 64
cpu: model=tigerlake, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=0
clock: sync=none, time0=local
floppya: 1_44=$dir/floppy.img, status=inserted
boot: floppy
com1: enabled=1, mode=file, dev=$dir/com1
log: $dir/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
mouse: enabled=0
speaker: enabled=0
END
    echo continue >"$dir/continue"
    local debugger=
    bochs --help 2>&1 | grep -q -- '-rc filename' && debugger="-rc $dir/continue"
    rm -f "$dir/com1"
    timeout 60 script -qec "bochs -q -f $dir/bochsrc $debugger" /dev/null >"$dir/err" 2>&1 </dev/null
    local status=$?
    cat "$dir/com1" 2>/dev/null
    return $status
}

# collect ENGINE: all cases into $dir/ENGINE, lines `NAME VERDICT...`. A case that ends the machine has a line without
# an end; the rest is run after it. The cases of group `end` are to do that.
collect() {
    local engine=$1 after='' status last
    : >"$dir/$engine"
    while :; do
        "run_$engine" "${after:+--after $after}" >"$dir/out"
        status=$?
        tr -d '\r' <"$dir/out" | grep -a '^@st ' | sed 's/^@st //' >"$dir/lines"
        last='ended the machine'
        [ $status -eq 124 ] && last='hangs'
        grep -av '^end$' "$dir/lines" | sed -E "s/^([^ ]+) \$/\1 $last/; s/^(end\.[^ ]+) ended the machine/\1 ok/" >>"$dir/$engine"
        grep -aq '^end$' "$dir/lines" && return 0
        last=$(tail -n 1 "$dir/lines" | cut -d' ' -f1)
        if [ -z "$last" ]; then
            echo "FAIL system [$engine]: nothing printed, status $status: $(tail -n 1 "$dir/err")"
            return 1
        fi
        after=$last
    done
}

# The rows of cases.def as `NAME<tab>section<tab>rule`.
rows() { sed -nE 's/^CASE\(([^,]*), ([^,]*), [^,]*, "([^"]*)", "(.*)"\)$/\1.\2\t\3\t\4/p' "$cases"; }
# OPEN(engines, case, "why") as `ENGINE NAME<tab>why`; engines is interp, jit or both.
open_rows() {
    sed -nE 's/^OPEN\(([^,]*), ([^,]*), "(.*)"\)$/\1 \2\t\3/p' "$open" |
        sed -E 's/^both (.*)/interp \1\njit \1/'
}

engines=(interp)
if "$emu" -accel jit "${common[@]}" -append --list 2>&1 </dev/null | grep -aq 'not part of this build'; then
    echo "skip system [jit]: built without the translator"
else
    engines+=(jit)
fi

for engine in "${engines[@]}"; do
    collect "$engine" || continue
    awk -v engine="$engine" -F'\t' '
        FILENAME == ARGV[1] { split($1, w, " "); if (w[1] == engine) open[w[2]] = $2; next }
        FILENAME == ARGV[2] { section[$1] = $2; order[++n] = $1; next }
        { split($0, w, " "); verdict[w[1]] = substr($0, length(w[1]) + 2) }
        END {
            for (i = 1; i <= n; i++) {
                name = order[i]; v = verdict[name]; tail = "system." name " [" engine "]"
                if (v == "ok" && name in open) print "FAIL " tail ": passes, but is listed in open.def"
                else if (v == "ok") print "ok " tail
                else if (v ~ /^skip /) print "skip " tail ": " substr(v, 6)
                else if (name in open) print "skip " tail ": open: " open[name] " (" v ")"
                else print "FAIL " tail ": " (v == "" ? "did not run" : v) " [" section[name] "]"
                delete open[name]
            }
            for (name in open) print "FAIL system." name " [" engine "]: open.def lists a case that is not there"
        }' <(open_rows) <(rows) "$dir/$engine"
done

# lockstep NAME WORDS SETTING...: the same program on both engines at once, compared in everything a program could see.
lockstep() {
    local name=$1 words=$2 sets=() status
    shift 2
    for s in "$@"; do sets+=(--set "$s"); done
    timeout 200 "$emu" --lockstep "${sets[@]}" "${common[@]}" -append "$words" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
    if [ $status -eq 1 ] && grep -aq '^@st end' "$dir/out" && grep -q '^lockstep: no difference' "$dir/err"; then
        echo "ok system.lockstep.$name: $(tail -n 1 "$dir/err")"
    else
        echo "FAIL system.lockstep.$name: exit status $status at $(tail -n 1 "$dir/out")"
        head -n 40 "$dir/err"
    fi
}
# Numbers of --random are hexadecimal: first seed, how many. Seeds that end the machine are not among these.
if [ ${#engines[@]} -eq 2 ]; then
    lockstep plain --survive
    lockstep kills --survive jit_kill_runs=50 lockstep_insns=500
    lockstep random "--random 200 80" lockstep_insns=100
    if [ "$mode" != ours ]; then
        lockstep budget_1 --survive lockstep_insns=1
        lockstep budget_7 --survive lockstep_insns=7
        lockstep small_cache --survive jit_cache_bytes=1048576
        lockstep no_heat --survive jit_heat=0
        lockstep misaligned --survive jit_misaligned=1 jit_hoist=0
        lockstep flushes --survive jit_flush_runs=5000 jit_kill_runs=50 lockstep_insns=500
        lockstep random_budget_7 "--random 1000 200" lockstep_insns=7
        lockstep random_kills "--random 2000 200" lockstep_insns=500 jit_kill_runs=50
        lockstep random_misaligned "--random 3000 200" jit_misaligned=1 jit_hoist=0
    fi
fi
[ "$mode" = ours ] && exit 0

peers=()
if command -v qemu-system-i386 >/dev/null; then peers+=(qemu); else echo "skip system [qemu]: not installed"; fi
if command -v bochs >/dev/null && command -v script >/dev/null && [ -r /usr/share/bochs/BIOS-bochs-latest ]; then
    peers+=(bochs)
else
    echo "skip system [bochs]: not installed"
fi
for peer in "${peers[@]}"; do
    collect "$peer" | sed 's/^FAIL /skip /'
    awk -v peer="$peer" '
        { v = substr($0, length($1) + 2) }
        v == "ok" { good++; next }
        v ~ /^skip / { skipped++; next }
        { bad++; print "    " peer " differs: " $0 }
        END { printf "    %s: %d cases as the manual has them, %d not, %d without the feature\n", peer, good, bad, skipped }' "$dir/$peer"
done
# random.c has no expectation: what each peer makes of the same seeds as interp.
run_interp "--random 200 100" | tr -d '\r' | grep -a '^@st [0-9a-f]* ' >"$dir/random"
for peer in "${peers[@]}"; do
    "run_$peer" "--random 200 100" | tr -d '\r' | grep -a '^@st [0-9a-f]* ' >"$dir/random.$peer"
    echo "    $peer: $(grep -acxFf "$dir/random.$peer" "$dir/random") of $(wc -l <"$dir/random") random machines as interp has them, $(wc -l <"$dir/random.$peer") told before it ended or hung"
done | tee "$dir/random.told"
[ "$mode" = table ] || exit 0

columns=("${engines[@]}" "${peers[@]}")
for engine in "${columns[@]}"; do sed "s/^/$engine\t/" "$dir/$engine"; done >"$dir/all"
versions="QEMU $(qemu-system-i386 --version 2>/dev/null | sed -nE 's/^QEMU emulator version ([0-9.]+).*/\1/p') (TCG, -cpu max), \
Bochs $(bochs --help 2>&1 | sed -nE 's/.*Bochs x86 Emulator ([0-9.]+).*/\1/p' | head -n 1) (tigerlake)"
awk -F'\t' -v columns="${columns[*]}" -v versions="$versions" '
    FILENAME == ARGV[1] { section[$1] = $2; rule[$1] = $3; order[++n] = $1; next }
    { name = $2; sub(/ .*/, "", name); verdict[$1, name] = substr($2, length(name) + 2) }
    function short(v) { return v == "ok" ? "right" : v ~ /^skip / ? "-" : v == "" ? "not run" : "**wrong**" }
    END {
        columns_count = split(columns, column, " ")
        print "# System tests: what the manual says, and who does it\n"
        print "Made by `make system-table`; not edited by hand. Each case is a few instructions on the bare machine"
        print "(`emu/tests/system/`), with what must come of them taken from the manual: SDM is Intel\047s Software Developer\047s"
        print "Manual, APM AMD\047s Architecture Programmer\047s Manual, by volume and section. Where an emulator is wrong, that"
        print "section is what it differs from (numbers as in the editions whose vol. 3 has interrupts in chapter 6, debugging in 17,"
        print "8086 emulation in 20). `-`: its CPUID does not show the feature. Peers: " versions ".\n"
        line = "| emulator | right | wrong | without the feature |\n|---|---|---|---|"
        print line
        for (c = 1; c <= columns_count; c++) {
            good = bad = none = 0
            for (i = 1; i <= n; i++) {
                s = short(verdict[column[c], order[i]])
                if (s == "right") good++; else if (s == "-") none++; else bad++
            }
            print "| " column[c] " | " good " | " bad " | " none " |"
        }
        line = "\n| case | rule | section |"; rule_line = "|---|---|---|"
        for (c = 1; c <= columns_count; c++) { line = line " " column[c] " |"; rule_line = rule_line "---|" }
        print line "\n" rule_line
        for (i = 1; i <= n; i++) {
            line = "| " order[i] " | " rule[order[i]] " | " section[order[i]] " |"
            for (c = 1; c <= columns_count; c++) line = line " " short(verdict[column[c], order[i]]) " |"
            print line
        }
        print "\n## What the wrong ones do\n"
        print "| case | emulator | what it did, and what is right | by |\n|---|---|---|---|"
        for (i = 1; i <= n; i++)
            for (c = 1; c <= columns_count; c++) {
                v = verdict[column[c], order[i]]
                if (short(v) ~ /wrong|not run/) print "| " order[i] " | " column[c] " | " v " | " section[order[i]] " |"
            }
    }' <(rows) "$dir/all" >"$dir/table"
# shellcheck disable=SC2016 # backquotes of Markdown
{
    printf '\n## Random machines\n\nDescriptors, gates, tasks and a few system instructions made from a seed (`emu/tests/system/random.c`). There is no\n'
    printf 'expectation by the manual here; interp and jit are the same on all of them (`system.lockstep.random*`).\n\n'
    sed 's/^ */- /' "$dir/random.told"
} >>"$dir/table"
mkdir -p docs
cp "$dir/table" docs/system-tests.md
echo "docs/system-tests.md written"
