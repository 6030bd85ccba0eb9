// The decoder against this host's own CPU: is it an instruction, and how long is it?
//
// A string is put in front of an absent page and entered with TF set in a 32-bit segment. #UD says
// that it is no instruction; a page fault at the absent page, that it is longer than what was
// there. So a string that we decode to n bytes must not be #UD, must not fault with n bytes there,
// and must fault with n - 1. All registers, ESP among them, point into nothing: whatever touches
// memory faults before it does anything. What would leave the process or take its FS base is left
// out. The decoder is given the features that the host's CPUID has, found by features.def.
#include <cpuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/decode/opcode_table.h"
#include "emu/tests/coverage.h"
#include "emu/tests/decode_compare.h"
#include "emu/tests/decode_walk.h"
#include "emu/tests/oracle.h"

#ifndef MODRM_STEP
#define MODRM_STEP 23 // of ModRM; 1 for all
#endif
#ifndef VEX_STEP
#define VEX_STEP 46 // the same behind VEX
#endif
#ifndef VVVV_MASK
#define VVVV_MASK 0x8102 // VEX.vvvv = 1, 8, 15 as it is in code
#endif

enum { SHOWN_MAX = 400000, EDGE = ORACLE_CODE + ORACLE_CODE_PAGES * ORACLE_PAGE };

// No page but the code's is there.
const uint8_t oracle_access[ORACLE_MEMORY_PAGES] = {0};

static struct cpu_features host;

static void find_host_features(void)
{
    enum { EAX, EBX, ECX, EDX, NONE };
    unsigned r[NONE + 1];
#define FEATURE(name, leaf, subleaf, out, bit, option)                                             \
    r[0] = r[1] = r[2] = r[3] = 0;                                                                 \
    r[NONE] = 1;                                                                                   \
    (void)__get_cpuid_count(leaf, subleaf, &r[0], &r[1], &r[2], &r[3]);                            \
    features_set(&host, FEATURE_##name, r[out] >> (bit)&1);
#include "emu/cpu/features.def"
#undef FEATURE
}

// What must not run here: calls into the kernel and the hypervisor, far transfers with a selector
// in the code (it may be a 64-bit one), loads of FS and GS, waiting, and protection keys.
static bool leaves_the_process(const uint8_t *code, const struct insn *insn, bool decodes)
{
    unsigned op = insn->opcode, at = 0;
    while (at < 14 && memchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", code[at], 11))
        at++;
    const uint8_t *c = code + at;
    if (c[0] == 0xcd || c[0] == 0xce || c[0] == 0x9a || c[0] == 0xea || c[0] == 0x8e)
        return true;
    if (c[0] == 0x0f && (c[1] == 0x05 || c[1] == 0x07 || c[1] == 0x34 || c[1] == 0x35))
        return true;
    if (c[0] == 0x0f && c[1] == 0x01 && c[2] >= 0xc0)
        return !decodes || insn->mnemonic == MN_MWAIT;
    if (c[0] == 0x0f && (c[1] == 0xa1 || c[1] == 0xa9)) // POP FS, GS
        return true;
    return decodes && !insn->vex && insn->map == 1 && (op == 0xb4 || op == 0xb5);
}

// They decode, in order to be #UD.
static bool always_undefined(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_UD0:
    case MN_UD1:
    case MN_UD2:
    case MN_RSM:     // outside of SMM
    case MN_MONITOR: // outside of ring 0
    case MN_MWAIT:
    case MN_CLAC:
    case MN_STAC: return true;
    default: return false;
    }
}

// Linux does these for ring 3 where the CPU has UMIP, and loses the single step.
static bool emulated_by_kernel(const struct insn *insn)
{
    return insn->mnemonic == MN_SGDT || insn->mnemonic == MN_SIDT || insn->mnemonic == MN_SLDT ||
           insn->mnemonic == MN_STR || insn->mnemonic == MN_SMSW;
}

// --- what is known to differ, and why ours stays as it is ---

static bool is_locked_system(const uint8_t *code, const struct insn *insn)
{
    (void)insn;
    unsigned at = code[0] == 0xf0 ? 1 : 0;
    return at && code[at] == 0x0f &&
           (code[at + 1] == 0x20 || code[at + 1] == 0x22 ||
            (code[at + 1] == 0x00 && (code[at + 2] & 0x30) == 0x20));
}

static bool is_vex_q_element(const uint8_t *code, const struct insn *insn)
{
    return code[0] == 0xc4 && (code[2] & 0x80) &&
           (insn->mnemonic == MN_PINSRD || insn->mnemonic == MN_PEXTRD);
}

static bool is_vpermq_w0(const uint8_t *code, const struct insn *insn)
{
    (void)insn;
    return code[0] == 0xc4 && (code[1] & 31) == 3 && !(code[2] & 0x80) && code[3] <= 1;
}

static struct known {
    const char *name;
    bool (*applies)(const uint8_t *code, const struct insn *insn);
    const char *why;
    uint64_t count;
} known[] = {
    {"locked_system", is_locked_system,
     "AMD takes LOCK MOV CR for CR8 and LOCK VERR, VERW as they are; #UD (SDM vol. 2, LOCK)", 0},
    {"vex_q_element", is_vex_q_element,
     "AMD has #UD for VPINSRD and VPEXTRD with VEX.W outside of 64-bit mode; W is ignored there "
     "(SDM vol. 2, PINSRB/PINSRD/PINSRQ, PEXTRB/PEXTRD/PEXTRQ: note on VEX.W)",
     0},
    {"vpermq_w0", is_vpermq_w0,
     "AMD ignores VEX.W of VPERMQ and VPERMPD; it must be 1 (SDM vol. 2, VPERMQ, VPERMPD; AMD APM "
     "vol. 4)",
     0},
};
enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };

static bool is_known(const uint8_t *code, const struct insn *insn)
{
    for (unsigned i = 0; i < KNOWN_COUNT; i++)
        if (known[i].applies(code, insn)) {
            known[i].count++;
            return true;
        }
    return false;
}

enum native { NATIVE_VALID, NATIVE_UD, NATIVE_LONGER };

// What the host says about code[0..bytes).
static enum native run(const uint8_t *code, unsigned bytes)
{
    static uint8_t memory[ORACLE_MEMORY_PAGES][ORACLE_PAGE];
    static struct oracle_case c = {.memory = memory};
    struct oracle_end end;
    for (unsigned i = 0; i < REG_COUNT; i++)
        c.regs.gpr[i] = 0x70000000 + 0x01010000 * i;
    c.regs.eflags = 0x302; // TF
    c.regs.eip = EDGE - bytes;
    memcpy(c.bytes, code, bytes);
    c.len = bytes;
    oracle_native_run(&c, &end);
    if (end.vector == EXC_UD)
        return NATIVE_UD;
    return end.vector == EXC_PF && end.cr2 == EDGE ? NATIVE_LONGER : NATIVE_VALID;
}

struct tally {
    uint64_t strings, valid, undefined, left_out, skipped, bad;
};
static uint64_t rows[ROW_COUNT]; // for docs/coverage.md

static void show(struct tally *tally, const char *what, const uint8_t *code, unsigned len)
{
    static uint8_t seen[256][256]; // one for each pair of a first and a last opcode byte
    char text[128];
    const uint8_t *opcode = &code[code[0] == 0xc4 ? 3 : code[0] == 0xc5 ? 2 : 1];
    if (tally->bad++ >= SHOWN_MAX || seen[code[0]][*opcode]++)
        return;
    insn_format(code, 15, true, 0, text, sizeof(text));
    printf("%s (%u bytes):", what, len);
    for (unsigned i = 0; i < 15; i++)
        printf(" %02x", code[i]);
    printf(" (Zydis: %s)\n", text);
}

static void check_string(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    if (!code32)
        return;
    struct decode_pair pair;
    decode_both(code, 15, true, &pair);
    bool decodes = insn_decode(code, 15, true, &host, &pair.insn) == DECODE_OK;
    tally->strings++;
    if (leaves_the_process(code, &pair.insn, decodes) ||
        (decodes && emulated_by_kernel(&pair.insn))) {
        tally->skipped++;
        return;
    }
    if (!decodes) {
        if (run(code, 15) == NATIVE_UD)
            tally->undefined++;
        else if (pair.left_out)
            tally->left_out++;
        else if (!is_known(code, &pair.insn))
            show(tally, "only the host has it", code, pair.insn.len);
        return;
    }
    tally->valid++;
    rows[pair.insn.row]++;
    unsigned len = pair.insn.len;
    switch (run(code, len)) {
    case NATIVE_LONGER: show(tally, "longer on the host", code, len); return;
    case NATIVE_UD:
        if (!always_undefined(&pair.insn) && !is_known(code, &pair.insn))
            show(tally, "undefined on the host", code, len);
        return;
    case NATIVE_VALID: break;
    }
    if (len > 1 && run(code, len - 1) != NATIVE_LONGER)
        show(tally, "shorter on the host", code, len);
}

static void report(const char *name, const struct tally *t)
{
    if (t->bad || !t->valid || !t->undefined)
        printf("FAIL decode_native.%s: %" PRIu64 " of %" PRIu64 " byte strings\n", name, t->bad,
               t->strings);
    else
        printf("ok decode_native.%s\n", name);
    printf("   %s: %" PRIu64 " strings: %" PRIu64 " instructions, %" PRIu64
           " undefined for both, %" PRIu64 " of kinds left out, %" PRIu64 " not run\n",
           name, t->strings, t->valid, t->undefined, t->left_out, t->skipped);
}

int main(void)
{
    const char *why;
    static struct tally walk, prefixed, vex;
    if (!decode_compare_init())
        return 1;
    if (!oracle_native_init(&why)) {
        printf("skip decode_native: %s\n", why);
        return 0;
    }
    find_host_features();
    decode_walk(0, MODRM_STEP, check_string, &walk);
    report("walk", &walk);
    decode_walk(1, MODRM_STEP * 3, check_string, &prefixed);
    report("prefixes", &prefixed);
    decode_walk_vex(VVVV_MASK, VEX_STEP, check_string, &vex);
    report("vex", &vex);
    coverage_write("host", rows);
    for (unsigned i = 0; i < KNOWN_COUNT; i++)
        printf("   %s: %" PRIu64 " times: %s\n", known[i].name, known[i].count, known[i].why);
    return 0;
}
