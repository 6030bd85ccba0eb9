// The decoder against Zydis, an independent one: every opcode with every ModRM byte, alone and
// behind every prefix and pair of prefixes, every SIB byte, and random byte strings. Validity,
// length, mnemonic, sizes, prefixes, operands, memory reference, immediates and offsets must agree.
//
// Where they do not, the reason is a row of `known` with the section of the manual that decides: a
// disagreement without a row fails, and so does a row that nothing needs any more. RANDOM_COUNT and
// PAIR_STEP are set by decode.mk: few for `make check`, many for `make check-full`.
#include <inttypes.h>
#include <stdio.h>

#include "emu/decode/opcode_table.h"
#include "emu/tests/coverage.h"
#include "emu/tests/decode_compare.h"
#include "emu/tests/decode_walk.h"

#ifndef RANDOM_COUNT
#define RANDOM_COUNT 2000000
#endif
#ifndef PAIR_STEP
#define PAIR_STEP 4 // of ModRM, behind pairs of prefixes
#endif
enum { GIVEN_BYTES = 15, SHOWN_MAX = 200 };

static bool is_nop(const struct insn *insn, unsigned first, unsigned last)
{
    return insn->mnemonic == MN_NOP && insn->map == 1 && insn->opcode >= first &&
           insn->opcode <= last;
}

static bool is_prefetch_memory(const struct insn *insn)
{
    bool flush = insn->mnemonic == MN_CLFLUSH || insn->mnemonic == MN_CLFLUSHOPT ||
                 insn->mnemonic == MN_CLWB;
    return flush || ((is_nop(insn, 0x0d, 0x0d) || is_nop(insn, 0x18, 0x18)) &&
                     insn->opnd[0].kind == OPND_MEM);
}

static bool is_reserved_nop(const struct insn *insn)
{
    return is_nop(insn, 0x0d, 0x0d) || is_nop(insn, 0x19, 0x19) || is_nop(insn, 0x1c, 0x1f);
}

static bool is_mpx_nop_register(const struct insn *insn)
{
    return is_nop(insn, 0x1a, 0x1b) && insn->opnd[0].kind == OPND_REG;
}

static bool is_cet_nop_16(const struct insn *insn)
{
    return is_nop(insn, 0x1e, 0x1e) && insn->opnd[0].kind == OPND_REG;
}

static bool is_lar_lsl_register(const struct insn *insn)
{
    return (insn->mnemonic == MN_LAR || insn->mnemonic == MN_LSL) && insn->opnd[1].kind == OPND_REG;
}

static bool is_mov_system(const struct insn *insn)
{
    return insn->mnemonic == MN_MOV && insn->map == 1 && insn->opcode >= 0x20 &&
           insn->opcode <= 0x23;
}

static bool is_cmpxchg8b(const struct insn *insn)
{
    return insn->mnemonic == MN_CMPXCHG8B;
}

static bool is_free(const struct insn *insn)
{
    return insn->mnemonic == MN_FFREE || insn->mnemonic == MN_FFREEP;
}

static bool is_repeated(const struct insn *insn)
{
    return insn->prefixes & (PREFIX_REP | PREFIX_REPNE);
}

static bool is_any_nop(const struct insn *insn)
{
    return insn->mnemonic == MN_NOP;
}

static bool is_bit_scan(const struct insn *insn)
{
    return insn->mnemonic == MN_BSF || insn->mnemonic == MN_BSR;
}

static bool is_convert_low(const struct insn *insn)
{
    return insn->mnemonic == MN_CVTSI2SS || insn->mnemonic == MN_CVTSI2SD;
}

static bool is_later_mmx(const struct insn *insn)
{
    return insn->cls == CLASS_MMX && opcode_rows[insn->row].needs == FEATURE_SSE;
}

static bool is_vex_pclmul(const struct insn *insn)
{
    return insn->mnemonic == MN_PCLMULQDQ && insn->vex;
}

static bool is_string(const struct insn *insn)
{
    return insn_mnemonics[insn->mnemonic].kind & MNK_STRING;
}

static bool is_interrupt(const struct insn *insn)
{
    return insn->mnemonic == MN_INT || insn->mnemonic == MN_INT1 || insn->mnemonic == MN_INT3 ||
           insn->mnemonic == MN_INTO || insn->mnemonic == MN_RSM;
}

static bool is_vex_string_compare(const struct insn *insn)
{
    return insn->vex && (insn->mnemonic == MN_PCMPESTRI || insn->mnemonic == MN_PCMPESTRM);
}

// What is known to differ, and why we do it our way.
static struct known {
    const char *name;
    uint32_t diffs;                           // these bits are explained ...
    bool (*applies)(const struct insn *insn); // ... for these instructions
    const char *why;
    uint64_t count;
} known[] = {
    {"prefetch_size", DIFF_OPND_SIZE, is_prefetch_memory,
     "Zydis gives the size of a cache line; nothing is transferred to the program (SDM vol. 2, "
     "PREFETCHh, CLFLUSH: m8)",
     0},
    {"nop_reg_field", DIFF_OPND_COUNT, is_reserved_nop,
     "Zydis counts ModRM.reg as an operand; the long NOP is NOP r/m (SDM vol. 2, NOP: 0F 1F /0; "
     "table A-3, 0F 18-1F)",
     0},
    {"nop_mpx_register", DIFF_OPND_REG, is_mpx_nop_register,
     "Zydis names ModRM.reg as the operand of 0F 1A and 1B without MPX; it is NOP r/m (SDM vol. 2, "
     "table A-3)",
     0},
    {"nop_cet_size", DIFF_OP_SIZE, is_cet_nop_16,
     "Zydis ignores 66 before 0F 1E in the register form; without CET it is NOP r/m16 (SDM vol. 2, "
     "NOP)",
     0},
    {"lar_lsl_source", DIFF_OPND_SIZE, is_lar_lsl_register,
     "Zydis reports a 32-bit source register; only its low 16 bits are used (SDM vol. 2, LAR and "
     "LSL)",
     0},
    {"mov_system_op_size", DIFF_OP_SIZE, is_mov_system,
     "the operand is 32 bits whatever the attribute is, which we report as it stands (SDM vol. 2, "
     "MOV CRn, MOV DRn)",
     0},
    {"cmpxchg8b_op_size", DIFF_OP_SIZE, is_cmpxchg8b,
     "the operand is 64 bits whatever the attribute is, which we report as it stands (SDM vol. 2, "
     "CMPXCHG8B)",
     0},
    {"ffree_tag", DIFF_REG_ACCESS, is_free,
     "Zydis says that the register is read; only its tag is written (SDM vol. 2, FFREE)", 0},
    {"repeat_count_0", DIFF_REG_ACCESS | DIFF_MEM_ACCESS, is_repeated,
     "Zydis calls the write conditional, since the count may be 0; no element is read that is "
     "written (SDM vol. 2, REP)",
     0},
    {"nop_access", DIFF_REG_ACCESS | DIFF_MEM_ACCESS, is_any_nop,
     "Zydis says that operands of NOP and of prefetches are read; nothing is (SDM vol. 2, NOP, "
     "PREFETCHh)",
     0},
    {"bit_scan_destination", DIFF_REG_ACCESS, is_bit_scan,
     "Zydis says written; it is left alone for a source of 0 (AMD APM vol. 3, BSF, BSR)", 0},
    {"convert_low", DIFF_REG_ACCESS, is_convert_low,
     "Zydis says that the XMM register is also read; we name its low 4 or 8 bytes, which are only "
     "written (SDM vol. 2, CVTSI2SS, CVTSI2SD)",
     0},
    {"mmx_of_sse", DIFF_FEATURE, is_later_mmx,
     "Zydis counts the MMX instructions that came with SSE as MMX (SDM vol. 2, PAVGB, PINSRW, "
     "...: CPUID feature flag SSE)",
     0},
    {"string_registers", DIFF_IMPLICIT, is_string,
     "Zydis lists (E)SI and (E)DI only with REP, and the accumulator, which is an operand to us "
     "(SDM vol. 2, MOVS, ...: Operation)",
     0},
    {"interrupt_stack", DIFF_IMPLICIT, is_interrupt,
     "Zydis forgets that INT pushes, and that RSM loads all registers (SDM vol. 2, INT, RSM)", 0},
    {"pcmpestr_w", DIFF_IMPLICIT, is_vex_string_compare,
     "Zydis says RAX and RDX with VEX.W, which is ignored outside of 64-bit mode (SDM vol. 2, "
     "PCMPESTRI)",
     0},
    {"vex_pclmulqdq", DIFF_FEATURE, is_vex_pclmul,
     "Zydis says AVX; PCLMULQDQ and AVX are needed (SDM vol. 2, PCLMULQDQ)", 0},
};
enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };

struct tally {
    uint64_t strings, decoded, undefined, left_out, bad;
    uint64_t rows[ROW_COUNT];
};

static void print_bytes(const uint8_t *code, bool code32)
{
    char text[128];
    for (unsigned i = 0; i < GIVEN_BYTES; i++)
        printf("%02x ", code[i]);
    insn_format(code, GIVEN_BYTES, code32, 0, text, sizeof(text));
    printf("(%u-bit code, Zydis: %s)\n", code32 ? 32 : 16, text);
}

static void check_string(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    struct decode_pair pair;
    decode_both(code, GIVEN_BYTES, code32, &pair);
    uint32_t diffs = decode_differences(&pair);
    tally->strings++;
    if (pair.status == DECODE_OK)
        tally->decoded++, tally->rows[pair.insn.row]++;
    else if (pair.left_out)
        tally->left_out++;
    else
        tally->undefined++;
    if (pair.status == DECODE_OK)
        for (unsigned i = 0; i < KNOWN_COUNT && diffs; i++)
            if ((diffs & known[i].diffs) && known[i].applies(&pair.insn)) {
                known[i].count++;
                diffs &= ~known[i].diffs;
            }
    static uint32_t shown[MN_COUNT + 1]; // by mnemonic: each kind of difference once
    uint32_t *seen = &shown[pair.status == DECODE_OK ? pair.insn.mnemonic : MN_COUNT];
    static unsigned lines;
    tally->bad += diffs != 0;
    if ((diffs & ~*seen) && lines++ < SHOWN_MAX) {
        *seen |= diffs;
        char names[256];
        decode_name_diffs(diffs, names, sizeof(names));
        printf("%s: ", names);
        print_bytes(code, code32);
    }
}

static void report(const char *name, const struct tally *tally)
{
    if (tally->bad)
        printf("FAIL decode_zydis.%s: %" PRIu64 " of %" PRIu64 " byte strings\n", name, tally->bad,
               tally->strings);
    else
        printf("ok decode_zydis.%s\n", name);
    printf("   %s: %" PRIu64 " strings: %" PRIu64 " instructions, %" PRIu64
           " undefined for both, %" PRIu64
           " of kinds left out (AVX-512, XOP, 3DNow!, VMX, SVM, ...)\n",
           name, tally->strings, tally->decoded, tally->undefined, tally->left_out);
}

static void report_rows(const struct tally *tally)
{
    unsigned unseen = 0;
    for (unsigned row = ROW_UNDEFINED + 1; row < ROW_COUNT; row++)
        if (tally->rows[row] == 0) {
            printf("FAIL decode_zydis.rows: %s:%u was never decoded\n", opcode_rows[row].file,
                   opcode_rows[row].line);
            unseen++;
        }
    if (unseen == 0)
        printf("ok decode_zydis.rows\n");
}

int main(void)
{
    static struct tally walk, pairs, sib, some;
    if (!decode_compare_init())
        return 1;
    decode_walk(0, 1, check_string, &walk);
    decode_walk(1, 1, check_string, &walk);
    report("walk", &walk);
    decode_walk_vex(0x8000, 1, check_string, &walk);
    report("vex", &walk);
    report_rows(&walk);
    decode_walk(2, PAIR_STEP, check_string, &pairs);
    report("prefix_pairs", &pairs);
    decode_walk_sib(check_string, &sib);
    report("sib", &sib);
    for (uint64_t seed = 1; seed <= 4; seed++)
        decode_random(seed, RANDOM_COUNT / 4, check_string, &some);
    report("random", &some);
    for (unsigned row = 0; row < ROW_COUNT; row++)
        walk.rows[row] += pairs.rows[row] + sib.rows[row] + some.rows[row];
    coverage_write("Zydis", walk.rows);
    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].count == 0)
            printf(
                "FAIL decode_zydis.known.%s: this disagreement no longer happens: remove its row\n",
                known[i].name);
        else
            printf("ok decode_zydis.known.%s\n", known[i].name);
        printf("   %s: %" PRIu64 " times: %s\n", known[i].name, known[i].count, known[i].why);
    }
    return 0;
}
