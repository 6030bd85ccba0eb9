#!/usr/bin/env bash
# The bench's own tests. Nothing here depends on how long anything takes: times are measured by sweeps, not tested.
# N is frozen at a few iterations (--n), so that answers are checked and little else happens.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${TICKBENCH_BUILD:-build}
bench=$build/tickbench
lines=$build/bench/tests/check_lines
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

ok() { echo "ok $1"; }
fail() { echo "FAIL $1: $2"; }
# verdict NAME STATUS WHY: ok if STATUS is 0
verdict() { if [ "$2" -eq 0 ]; then ok "$1"; else fail "$1" "$3"; fi; }
# freeze COUNT LETTER: a --n string
freeze() { printf "%${1}s" "" | tr ' ' "$2"; }

# --- catalogue -----------------------------------------------------------------------------------------------------
"$bench" --list >"$tmp/list" 2>"$tmp/err"
verdict bench.list_exit $? "exit status $?"
"$lines" -l "$tmp/list" >"$tmp/codes"
verdict bench.list_is_well_formed $? "$(grep -a '^line' "$tmp/codes" | head -3 | tr '\n' ';')"
tests=$(wc -l <"$tmp/codes")
[ "$tests" -ge 300 ]
verdict bench.at_least_300_tests $? "only $tests"
# Each family, and each variant that a row of it was promised for: targets, patterns, sizes, depths.
missing=
for name in int flags shift bit muldiv move lea stack mem rmw lock string branch call indirect fpu mmx sse convert smc xlate \
    fault sys io irq os nd32 prog disk; do
    grep -q "^$name\." "$tmp/codes" || missing+=" $name.*"
done
for name in branch.random branch.pattern/{2,4,8,16,64} branch.density/{4,8,16,32,64} branch.jcc_taken branch.conditions \
    call.depth/{2,8,16,32,64,256} call.recursion/64 call.skip_frame call.push_ret call.pop indirect.jump/{1,2,8,64} \
    indirect.jump_random/{2,8,64} indirect.call/{1,2,8,64} indirect.call_random/{2,8,64} indirect.switch/{1,2,8,64} \
    indirect.switch_random/{2,8,64} indirect.virtual/{1,8} smc.rewrite_{imm,far,page,next,byte,opcode,length,jump,call} \
    smc.movs_code/{64,4096} smc.{movs,stos}_beside/1024 mem.chase/{64K,256K,1M,4M} mem.chase_page/1023 \
    string.movsd/{0,64,256,4096,1M} string.stosd/{64,256,4096,1M} string.scasb/{16,256,4096} string.cmpsb/{16,256,4096}; do
    grep -q "^$name " "$tmp/codes" || missing+=" $name"
done
[ -z "$missing" ]
verdict bench.families_are_whole $? "missing:$missing"

# Every row of the 2010 table, by the name it has here; and the two pages of correctness by their label.
missing=
for name in int.add_rr flags.adc_chain mem.indirect flags.adc_inc_mix fault.first_touch mem.store_zero rmw.and_zero \
    int.div32 os.poll_empty flags.sbb_same io.read_rtc shift.shld_imm smc.rewrite_imm smc.rewrite_far call.reg \
    call.mispredict mem.span/64 mem.span/4096 fpu.fxsave flags.lahf_sahf nd32.native nd32.chained nd32.{a..o} \
    prog.t1fast prog.t1slow prog.simp prog.fractal mem.band/4K,a mem.band/4K,u os.pipe/4K disk.write/4K; do
    grep -q "^$name " "$tmp/codes" || missing+=" $name"
done
for label in 111:rmw.faults TESTFLOAT:fptest; do
    grep -q "\"name\":\"${label#*:}.*\"alias\":\"${label%:*}\"" "$tmp/list" || missing+=" $label"
    ! grep "\"name\":\"${label#*:}[./]" "$tmp/list" | grep -vq "\"alias\":\"${label%:*}\"" || missing+=" $label on all of them"
done
[ -z "$missing" ]
verdict bench.rows_of_2010 $? "missing:$missing"

# Measured code must be the same bytes wherever it is put: no relocation may touch it.
objdump -r "$build"/bench/families/*.o "$build"/bench/calib.o | awk '
    /^RELOCATION RECORDS FOR/ { in_kern = $0 ~ /\[\.kern\]/ } in_kern && /R_386/ { n++ } END { exit n > 0 }'
verdict bench.kernels_hold_no_address $? "relocations in .kern"

# --- natively ------------------------------------------------------------------------------------------------------
letters=$(freeze "$tests" c)
"$bench" --rounds 2 --n "$letters" >"$tmp/native" 2>"$tmp/err"
verdict bench.native_answers $? "$(grep -a wrong "$tmp/native" | head -3 | cut -c1-120; cat "$tmp/err")"
"$lines" -s "$tmp/native" >"$tmp/samples"
verdict bench.native_is_well_formed $? "$(grep -a '^line' "$tmp/samples" | head -3 | tr '\n' ';')"
"$lines" -k "$tmp/native" >"$tmp/skips"
expected=$((2 * (tests - $(wc -l <"$tmp/skips"))))
[ "$(wc -l <"$tmp/samples")" -eq "$expected" ]
verdict bench.every_test_runs_each_round $? "$(wc -l <"$tmp/samples") samples, not $expected"
# A test is left out for ring 0, or for a feature that the kernel does not see either.
grep -v 'needs ring0$' "$tmp/skips" | while read -r name _ word; do
    case $word in
    sse3) flag=pni ;;
    sse41 | sse42) flag=sse4_${word#sse4} ;;
    *) flag=$word ;;
    esac
    grep -m1 '^flags' /proc/cpuinfo | grep -qw "$flag" && echo "$name needs $word"
done >"$tmp/wrong_skips"
! [ -s "$tmp/wrong_skips" ]
verdict bench.only_what_is_missing_is_skipped $? "$(head -3 "$tmp/wrong_skips" | tr '\n' ';')"
awk '$3 != 4 { bad = 1 } END { exit bad }' "$tmp/samples"
verdict bench.n_is_frozen $? "some N is not 4"
diff <(awk '$1 == 0 { print $2 }' "$tmp/samples") <(awk '$1 == 1 { print $2 }' "$tmp/samples" | tac) >/dev/null
verdict bench.odd_round_is_the_reverse $? "the order of round 1 is not that of round 0 backwards"
"$bench" --round 1 --rounds 1 --n "$letters" >"$tmp/second" 2>&1
"$lines" -s "$tmp/second" | cut -d' ' -f2 >"$tmp/order"
diff <(awk '$1 == 1 { print $2 }' "$tmp/samples") "$tmp/order" >/dev/null
verdict bench.a_round_can_be_repeated_alone $? "--round 1 has another order than the second of two rounds"
"$bench" --seed 7 --rounds 1 --n "$letters" >"$tmp/seeded" 2>&1
"$lines" -s "$tmp/seeded" | cut -d' ' -f2 >"$tmp/order"
! diff <(awk '$1 == 0 { print $2 }' "$tmp/samples") "$tmp/order" >/dev/null
verdict bench.seed_shuffles $? "another seed gave the same order"

"$bench" --rounds 1 --n "$letters" -t 'shift.r?l_*' -t '~*_cl' >"$tmp/some" 2>&1
"$lines" -s "$tmp/some" | cut -d' ' -f2 | sort | tr '\n' ' ' >"$tmp/order"
[ "$(cat "$tmp/order")" = "shift.rcl_1 shift.rol_four shift.rol_imm " ]
verdict bench.patterns_select $? "'shift.r?l_*' without '*_cl' gave: $(cat "$tmp/order")"

first=$(head -1 "$tmp/codes" | cut -d' ' -f1)
"$bench" --rounds 1 --quick --n . -t "$first" >"$tmp/chosen" 2>&1
n=$("$lines" -s "$tmp/chosen" | cut -d' ' -f3)
[ -n "$n" ] && [ $((n & (n - 1))) -eq 0 ]
verdict bench.chosen_n_is_a_power_of_two $? "N is '$n'"

"$bench" --calibrate >"$tmp/cal"
"$lines" "$tmp/cal" >"$tmp/cal.wrong" && [ "$(grep -ac '"ev":"cal"' "$tmp/cal")" -eq 1 ]
verdict bench.calibrate_says_one_line $? "$(cat "$tmp/cal.wrong")"
# For the reader only: how long anything takes is not a test.
"$bench" --quick --rounds 3 -t int.add_rr | sed -n 's/.*"n":\([0-9]*\),"t1":\([0-9]*\),"t2":\([0-9]*\),"cal":\[\([0-9]*\),\([0-9]*\).*/\1 \2 \3 \4 \5/p' |
    awk -v khz="$(sed -n 's/.*"tsc_khz":\([0-9]*\).*/\1/p' "$tmp/cal")" \
        '{ c = ($3 - $2) / $1 / 64 * ($4 + $5) / 2 / khz; if (!n++ || c < low) low = c } END { printf "   a dependent add takes %.3f clocks here\n", low }'
echo "   calibration here: $(grep -a '"ev":"cal"' "$tmp/cal" | cut -c5-)"

# Somebody else on the same processor: a sample says that it waited, and one of kind floor is flagged (64) for it.
if [ -r /proc/self/schedstat ]; then
    cpu=$(taskset -pc $$ | sed 's/.*[:,-] *//')
    taskset -c "$cpu" sh -c 'while :; do :; done' &
    busy=$!
    taskset -c "$cpu" "$bench" --rounds 1 --min-us 40000 -t int.add_rr -t os.mmap >"$tmp/shared"
    kill "$busy"
    wait "$busy" 2>/dev/null
    "$lines" "$tmp/shared" >"$tmp/shared.wrong"
    verdict bench.shared_is_well_formed $? "$(head -3 "$tmp/shared.wrong" | tr '\n' ';')"
    field() { grep -a '"ev":"sample","test":"'"$1"'"' "$tmp/shared" | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"; }
    wait_ns=$(field int.add_rr wait_ns) away_ns=$(field int.add_rr away_ns) preempted=$(field int.add_rr preempted)
    [ "${wait_ns:-0}" -ge 1000000 ] && [ "${away_ns:-0}" -ge 1000000 ] && [ "${preempted:-0}" -ge 1 ]
    verdict bench.a_sample_says_what_others_took $? "waited '$wait_ns' ns, away '$away_ns' ns, preempted '$preempted' times"
    [ $(($(field int.add_rr flags) & 64)) -ne 0 ]
    verdict bench.a_floor_that_waited_is_flagged $? "flags $(field int.add_rr flags)"
    [ $(($(field os.mmap flags) & 64)) -eq 0 ] && [ "$(field os.mmap faults)" -ge 1 ]
    verdict bench.others_only_say_so $? "flags $(field os.mmap flags), faults '$(field os.mmap faults)'"
else
    echo "skip bench.a_sample_says_what_others_took: no /proc/self/schedstat"
fi

# --- the processor report -------------------------------------------------------------------------------------------
# What `tickmark host` tells of the machine, told by the bench about what it sees: natively the same.
"$bench" --host >"$tmp/host"
"$lines" "$tmp/host" >"$tmp/host.wrong" && [ "$(grep -ac '"ev":"host"' "$tmp/host")" -eq 1 ]
verdict bench.host_says_one_line $? "$(cat "$tmp/host.wrong")"
"$build/tickmark" host --tsv >"$tmp/host.tickmark"
for fact in vendor family model stepping brand 'L1d KiB' 'L1i KiB' 'L2 KiB' 'L3 KiB' 'tsc invariant'; do
    want=$(awk -F'\t' -v fact="$fact" '$1 == fact { print $2 }' "$tmp/host.tickmark")
    got=$(grep -a "^$fact " "$tmp/host" | sed "s/^$fact *//")
    [ "${got:-0}" = "${want:-0}" ] || echo "$fact is '$got', not '$want'"
done >"$tmp/host.differs"
[ -s "$tmp/host.tickmark" ] && ! [ -s "$tmp/host.differs" ]
verdict bench.host_is_tickmark_host $? "$(tr '\n' ';' <"$tmp/host.differs")"
# Every feature of the table that the kernel names is named here.
sed -n 's/^FEATURE(.*"\(.*\)")/\1/p' bench/processor_features.def | sort >"$tmp/known"
grep -m1 '^flags' /proc/cpuinfo | cut -d: -f2 | tr ' ' '\n' | sort | comm -12 - "$tmp/known" >"$tmp/kernel"
grep -a '^features ' "$tmp/host" | tr ' ' '\n' | sort >"$tmp/told"
[ -s "$tmp/kernel" ] && [ -z "$(comm -23 "$tmp/kernel" "$tmp/told")" ]
verdict bench.host_has_the_kernels_features $? "not named: $(comm -23 "$tmp/kernel" "$tmp/told" | tr '\n' ' ')"

# --- bad input -----------------------------------------------------------------------------------------------------
refuse() { # NAME PATTERN WORDS...
    local name=$1 pattern=$2
    shift 2
    "$bench" "$@" >"$tmp/out" 2>"$tmp/err"
    local rc=$?
    [ $rc -eq 1 ] && grep -qF -- "$pattern" "$tmp/err"
    verdict "bench.refuses_$name" $? "exit $rc, said: $(cat "$tmp/err")"
}
refuse unknown_word "unknown word '--fast'" --fast
refuse bare_name "unknown word 'int.add_rr'" int.add_rr
refuse missing_value "no value after '--rounds'" --rounds
refuse bad_number "'12x'" --rounds 12x
refuse huge_number "'99999999999'" --seed 99999999999
refuse long_n_string "--n" --n "$(freeze $((tests + 1)) c)"
refuse bad_n_letter "--n" --n 'ab9'

# --- a wrong machine is caught -------------------------------------------------------------------------------------
# One instruction of a kernel is changed in a copy of the program, as an emulator that gets it wrong would run it.
# poison NAME SYMBOL FROM TO: the first bytes FROM (hex) at or after the kernel's start become TO.
poison() {
    local name=$1 symbol=$2 from=$3 to=$4
    read -r kern_addr kern_off < <(objdump -h "$bench" | awk '$2 == ".kern" { print $4, $6 }')
    local start end
    start=$(nm "$bench" | awk -v s="$symbol" '$3 == s { print $1 }')
    end=$(nm "$bench" | awk -v s="${symbol}_end" '$3 == s { print $1 }')
    local offset=$((0x$start - 0x$kern_addr + 0x$kern_off)) len=$((0x$end - 0x$start))
    local hex at
    hex=$(tail -c +$((offset + 1)) "$bench" | head -c $len | od -An -v -tx1 | tr -d ' \n')
    at=${hex%%"$from"*}
    if [ "${#at}" -eq "${#hex}" ]; then
        fail "bench.catches_$symbol" "bytes $from are not in it"
        return
    fi
    cp "$bench" "$tmp/poisoned"
    printf "$(echo "$to" | sed 's/../\\x&/g')" |
        dd of="$tmp/poisoned" bs=1 seek=$((offset + ${#at} / 2)) conv=notrunc 2>/dev/null
    "$tmp/poisoned" --rounds 1 --n "$letters" -t "$name" >"$tmp/out" 2>&1
    local rc=$?
    [ $rc -eq 3 ] && grep -qa '"check":"wrong"' "$tmp/out" && "$lines" "$tmp/out" >/dev/null
    verdict "bench.catches_$symbol" $? "exit $rc: $(grep -a '"ev":"sample"' "$tmp/out" | cut -c1-160)"
}
poison int.add_rr kern_int_add_rr 01d8 29d8             # add -> sub, once in 64
poison int.sub_ri kern_int_sub_ri 2d67452301 0567452301 # sub -> add, once in 63
poison bit.bts_ri kern_bit_bts_ri 0fbae80d 0fbaf00d     # bts -> btr, once in 32
poison rmw.sbb_mr kern_rmw_sbb_mr 195640 295640         # sbb -> sub
poison flags.adc_chain kern_flags_adc_chain 11d8 01d8   # adc -> add
poison flags.adc_inc_mix kern_flags_adc_inc_mix 41 f8   # inc ecx -> clc
poison flags.lahf_sahf kern_flags_lahf_sahf 9e 98       # the first sahf -> cwde
poison shift.rcl_1 kern_shift_rcl_1 d1d0 d1c0           # rcl -> rol
poison mem.store_zero kern_mem_store_zero c7470400000000 c7470400000001 # one byte of one store
poison rmw.add_mr kern_rmw_add_mr 011e 291e             # add [m] -> sub [m]
poison string.movsb/4096 kern_string_movsb_4k f3a4 a490 # no repeat
poison branch.jcc_taken kern_branch_jcc_taken 7501 7401 # jnz -> jz
poison indirect.jump/8 kern_indirect_jump_8 8d441803 8d441804 # one target adds another number
poison indirect.switch/8 kern_indirect_switch_8 83e207 83e206 # only even cases
poison indirect.virtual/8 kern_indirect_virtual_8 8d441803 8d441804 # one method adds another number
poison branch.conditions kern_branch_conditions 7e06 7f06 # jle -> jg
poison branch.density/16 kern_branch_density16 750e 740e # jnz -> jz
poison call.skip_frame kern_call_skip_frame 83c404 83c400 # back to the caller
poison call.tree kern_call_tree 83f901 83f902             # f(2) calls nobody
poison smc.rewrite_opcode kern_smc_rewrite_opcode 8811 8a11 # the opcode is not patched
poison smc.movs_code/64 kern_smc_movs_code_64 894601 8b4601 # the function that is copied stays the same
poison smc.stos_beside/1024 kern_smc_stos_beside b900010000 b9ff000000 # the last word is left out
poison string.movsd_odd/4096 kern_string_movsd_odd b900040000 b9ff030000 # so is this one
poison mem.chase_page/1023 kern_mem_chase_page 8b00 89c0   # one step less
poison smc.rewrite_imm kern_smc_rewrite_imm 8901 8bc1   # the patch is not made
poison fault.readonly kern_fault_readonly 8901 8b01     # the store is a load
poison fpu.fadd kern_fpu_add d8c1 d8c9                  # fadd -> fmul, once in 63
poison fpu.fdiv_24 kern_fpu_div_24 d9aef0010000 d9aef2010000 # another precision
poison mmx.paddw kern_mmx_paddw 0ffdc1 0ff9c1           # paddw -> psubw
poison sse.addsd kern_sse_addsd f20f58c1 f30f58c1       # addsd -> addss
poison sse.vaddps kern_sse_vaddps c5fc58c1 c5f858c1     # eight singles -> four
poison fptest.x87_add kern_fptest_x87_add d8c1 d8e1     # fadd -> fsub
poison fptest.unmasked_fadd kern_fptest_unmasked_fadd 9bdbe2 90dbe2 # no fwait: #MF comes too late
poison fptest.sse_mulps kern_fptest_sse_mulps 0f59c1 0f5cc1 # mulps -> subps
poison nd32.f kern_nd32_f 015010 295010                 # add's handler subtracts
poison nd32.chained kern_nd32_chained 01cb 29cb         # the same in assembly
poison prog.t1fast kern_prog_t1fast 8d0480 8d0440        # number * 5 -> number * 3
poison prog.t1slow kern_prog_t1slow d3c0 d3c8            # rol -> ror
poison prog.simp kern_prog_simp 2083b8ed 2183b8ed        # another polynomial
poison mem.band/1K,u kern_mem_band_1k_u 8907 8b07     # the first store of the copy is a load
poison os.syscall/int80 kern_os_syscall_int80 b814000000 b840000000 # getpid -> getppid
poison rmw.faults/xadd kern_rmw_xadd 0fc102 010290      # xadd -> add
poison xlate.overlap kern_xlate_overlap ebffc0 ebffc8   # inc eax -> dec eax, once in 16
poison xlate.cold kern_xlate_cold 884102 8a4102         # the number is not stored
poison sys.les kern_sys_les c48e 8d8e                   # les -> lea

# --- the windows port ----------------------------------------------------------------------------------------------
# Without Windows, its program is looked into: the section of all kernels is that of the others, byte for byte.
if ! [ -e "$build/tickbench.exe" ]; then
    for name in bytes_equal codes_equal answers; do
        echo "skip bench.windows_$name: tickbench.exe was not built (package gcc-mingw-w64-i686)"
    done
else
    for program in "$bench" "$build/tickbench.elf"; do objcopy -O binary -j .kern "$program" "$tmp/${program##*/}.kern"; done
    i686-w64-mingw32-objcopy -O binary -j .kern "$build/tickbench.exe" "$tmp/tickbench.exe.kern"
    [ "$(stat -c %s "$tmp/tickbench.kern")" -gt 65536 ] && cmp "$tmp/tickbench.kern" "$tmp/tickbench.elf.kern" >"$tmp/diff" &&
        cmp "$tmp/tickbench.kern" "$tmp/tickbench.exe.kern" >"$tmp/diff"
    verdict bench.windows_bytes_equal $? "$(cat "$tmp/diff")"
    # A wine that runs 32-bit programs; the first run of a user sets itself up.
    if WINEDEBUG=-all timeout 120 wine "$build/tickbench.exe" --list >"$tmp/windows.list" 2>"$tmp/err" </dev/null; then
        "$lines" -l "$tmp/windows.list" >"$tmp/windows.codes"
        diff "$tmp/codes" "$tmp/windows.codes" >"$tmp/diff"
        verdict bench.windows_codes_equal $? "$(head -3 "$tmp/diff" | tr '\n' ';')"
        WINEDEBUG=-all timeout 120 wine "$build/tickbench.exe" --rounds 1 --n "$letters" -t '~fptest.*' >"$tmp/windows" 2>"$tmp/err" </dev/null
        rc=$?
        "$lines" -s "$tmp/windows" >"$tmp/windows.samples" && [ $rc -eq 0 ] && [ "$(wc -l <"$tmp/windows.samples")" -gt 300 ]
        verdict bench.windows_answers $? "exit $rc; $(wc -l <"$tmp/windows.samples") samples; $(grep -a 'wrong\|^line' "$tmp/windows.samples" | head -3 | tr '\n' ';')$(head -c 200 "$tmp/err")"
    else
        for name in codes_equal answers; do
            echo "skip bench.windows_$name: no wine that runs 32-bit programs (packages wine and wine32:i386)"
        done
    fi
fi

# --- under QEMU ----------------------------------------------------------------------------------------------------
# QEMU 7.2 is known to be wrong where read-modify-write meets a page that is not there: it loads first, so the fault
# has no write bit, and rcl [m] loses its carry on the restart. push and pop are right. Its floating point lacks the
# denormal flag, C1 and some NaN rules.
qemu_wrong=(-t '~rmw.faults/adc' -t '~rmw.faults/inc' -t '~rmw.faults/xadd' -t '~rmw.faults/cmpxchg_*'
    -t '~rmw.faults/xchg' -t '~rmw.faults/rcl' -t '~rmw.faults/lock_*' -t '~fptest.*')
qemu_left_out=$((12 + $(grep -c '^fptest\.' "$tmp/codes")))
run_qemu() { # OUTPUT WORDS-OF-QEMU...
    local out=$1
    shift
    timeout 120 qemu-system-i386 -accel tcg -cpu max -m 64 "$@" -serial "file:$out" -display none -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=4 >"$tmp/qemu.err" 2>&1
}
if ! command -v qemu-system-i386 >/dev/null; then
    for name in list codes_equal answers floppy_answers usage; do
        echo "skip bench.bare_$name: qemu-system-i386 is not installed (package qemu-system-x86)"
    done
else
    run_qemu "$tmp/bare.list" -kernel "$build/tickbench.elf" -append "--list"
    rc=$?
    "$lines" -l "$tmp/bare.list" >"$tmp/bare.codes" && [ $rc -eq 1 ]
    verdict bench.bare_list $? "exit $rc; $(grep -a '^line' "$tmp/bare.codes" | head -3)"
    diff "$tmp/codes" "$tmp/bare.codes" >"$tmp/diff"
    verdict bench.bare_codes_equal $? "$(head -3 "$tmp/diff" | tr '\n' ';')"

    run_qemu "$tmp/bare" -kernel "$build/tickbench.elf" -append "--rounds 1 --n $letters ${qemu_wrong[*]}"
    rc=$?
    # what it leaves out by itself: what no machine without an operating system has
    "$lines" -k "$tmp/bare" >"$tmp/bare.skips"
    bare_left_out=$(grep -c ' needs \(os\|linux\|disk\|screen\)$' "$tmp/bare.skips")
    "$lines" -s "$tmp/bare" >"$tmp/bare.samples" && [ $rc -eq 1 ] && ! grep -q wrong "$tmp/bare.samples" &&
        [ "$(wc -l <"$tmp/bare.samples")" -eq $((tests - qemu_left_out - bare_left_out)) ]
    verdict bench.bare_answers $? "exit $rc; $(wc -l <"$tmp/bare.samples") samples; $(grep -a 'wrong\|^line' "$tmp/bare.samples" | head -3 | tr '\n' ';')"

    cp "$build/tickbench.img" "$tmp/floppy.img"
    printf '%s' "--rounds 1 --n $(freeze "$tests" b) -t i*.* -t flags.* -t string.* ${qemu_wrong[*]}" |
        dd of="$tmp/floppy.img" bs=512 seek=1 conv=notrunc 2>/dev/null
    run_qemu "$tmp/floppy" -drive "file=$tmp/floppy.img,format=raw,if=floppy" -boot a
    rc=$?
    "$lines" -s "$tmp/floppy" >"$tmp/floppy.samples" && [ $rc -eq 1 ] && ! grep -q wrong "$tmp/floppy.samples" &&
        [ "$(wc -l <"$tmp/floppy.samples")" -gt 30 ]
    verdict bench.bare_floppy_answers $? "exit $rc; $(grep -a 'wrong\|^line' "$tmp/floppy.samples" | head -3 | tr '\n' ';')"

    run_qemu "$tmp/usage" -kernel "$build/tickbench.elf" -append "--fast"
    rc=$?
    [ $rc -eq 5 ] && grep -qa "unknown word '--fast'" "$tmp/usage"
    verdict bench.bare_usage $? "exit $rc: $(cat "$tmp/usage")"
fi
