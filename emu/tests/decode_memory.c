// Memory operands against this host's own CPU: how many bytes, whether they are written, and
// whether they must be aligned.
//
// Each encoding with a memory operand at [EAX] runs in a 32-bit segment four times: its last byte
// just before an absent page (no fault), one byte further (a fault, if we say that so many bytes
// are accessed), on a read-only page (a fault exactly if we say that it writes), and off by one
// from alignment (#GP exactly if insn_needs_alignment()). Skipped: string instructions and what
// else has an address of its own, what is privileged, far transfers, gathers and masked moves (all
// masks are 0 here), and what has no size. A row that is never run is named by report_rows() in a
// list of its own.
#include <cpuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/decode/opcode_table.h"
#include "emu/tests/coverage.h"
#include "emu/tests/decode_walk.h"
#include "emu/tests/oracle.h"

enum {
    DATA = ORACLE_DATA + ORACLE_PAGE, // writable, then an absent page
    READ_ONLY = ORACLE_DATA + 3 * ORACLE_PAGE,
    STACK = ORACLE_STACK + ORACLE_PAGE,
};
const uint8_t oracle_access[ORACLE_MEMORY_PAGES] = {0}; // the pages here are our own

struct tally {
    uint64_t insns, bad;
    uint64_t rows[ROW_COUNT];
};

static void run(const uint8_t *code, unsigned len, uint32_t eax, struct oracle_end *end)
{
    static uint8_t memory[ORACLE_MEMORY_PAGES][ORACLE_PAGE];
    static struct oracle_case c = {.memory = memory};
    memset(c.regs.gpr, 0, sizeof c.regs.gpr);
    c.regs.gpr[REG_EAX] = eax;
    c.regs.gpr[REG_ESP] = STACK + 0x800;
    c.regs.eflags = 0x302; // TF
    c.regs.eip = ORACLE_CODE + 0x100;
    memcpy(c.bytes, code, len);
    c.len = len;
    memset((void *)(uintptr_t)DATA, 0, ORACLE_PAGE);
    oracle_native_run(&c, end);
}

// Did it touch memory where it must not?
static bool faulted(const struct oracle_end *end, uint32_t from)
{
    return end->vector == EXC_PF && end->cr2 >= from && end->cr2 < from + ORACLE_PAGE;
}

static bool can_run(const struct insn *insn)
{
    uint32_t kind = insn_kind(insn);
    if ((kind & (MNK_STRING | MNK_PRIVILEGED)) || insn->vsib)
        return false;
    if (insn->prefixes || insn->addr_size != 4 || insn->mem.base != REG_EAX ||
        insn->mem.seg != SEG_DS)
        return false;
    switch (insn->mnemonic) {
    case MN_CALLF:
    case MN_JMPF:
    case MN_CALL: // the return address comes from elsewhere
    case MN_JMP:
    case MN_XLAT:
    case MN_LFS: // they would take away the thread's FS
    case MN_LGS:
    case MN_LSS:
    case MN_SGDT: // emulated by the kernel
    case MN_SIDT:
    case MN_SLDT:
    case MN_STR:
    case MN_SMSW:
    case MN_VMASKMOVPS:
    case MN_VMASKMOVPD:
    case MN_VPMASKMOVD:
    case MN_VPMASKMOVQ:
    case MN_UD0:
    case MN_UD1:
    case MN_ARPL:       // writes only what changes
    case MN_BOUND:      // #BR
    case MN_CLFLUSH:    // a whole line
    case MN_CLFLUSHOPT: //
    case MN_CLWB:
    case MN_VERR: // of selector 0
    case MN_VERW: return false;
    case MN_MOV: return insn->opnd[0].kind != OPND_SREG;
    default: return true;
    }
}

static const struct operand *memory_operand(const struct insn *insn, unsigned *i)
{
    for (*i = 0; *i < insn->nopnd; ++*i)
        if (insn->opnd[*i].kind == OPND_MEM && insn->opnd[*i].size)
            return &insn->opnd[*i];
    return NULL;
}

// The bit offset is a register, here an address: it reaches far beyond the operand.
static bool is_bit_string(const struct insn *insn)
{
    return insn->opcode != 0xba && (insn->mnemonic == MN_BT || insn->mnemonic == MN_BTS ||
                                    insn->mnemonic == MN_BTR || insn->mnemonic == MN_BTC);
}

static void check_string(const uint8_t code[WALK_BYTES], bool code32, void *opaque)
{
    struct tally *tally = opaque;
    struct insn insn;
    struct oracle_end end;
    unsigned i;
    if (!code32 || insn_decode(code, 15, true, NULL, &insn) != DECODE_OK ||
        (insn.modrm & 0xc7) != 0 || !insn.modrm_at)
        return;
    const struct operand *m = memory_operand(&insn, &i);
    if (!m || !can_run(&insn) || is_bit_string(&insn) || insn_operand_access(&insn, i) == 0)
        return;
    bool writes = insn_operand_access(&insn, i) & ACCESS_WRITE,
         aligned = insn_needs_alignment(&insn);
    // FXSAVE looks at alignment by itself (SDM vol. 2, FXSAVE).
    bool own_alignment = insn.mnemonic == MN_FXSAVE || insn.mnemonic == MN_FXRSTOR;
    const char *what = NULL;
    run(code, insn.len, DATA + ORACLE_PAGE - m->size, &end);
    if (end.vector == EXC_UD)
        return; // not on this host, or what decode_native has found
    tally->insns++;
    tally->rows[insn.row]++;
    if (faulted(&end, DATA + ORACLE_PAGE))
        what = "accesses more than we say";
    run(code, insn.len, DATA + ORACLE_PAGE - m->size + (aligned || own_alignment ? m->size : 1u),
        &end);
    if (!faulted(&end, DATA + ORACLE_PAGE))
        what = "accesses less than we say";
    run(code, insn.len, READ_ONLY + 0x100, &end);
    if (faulted(&end, READ_ONLY) != writes)
        what = writes ? "does not write" : "writes";
    run(code, insn.len, DATA + 0x101, &end);
    if ((end.vector == EXC_GP) != (aligned || own_alignment))
        what = aligned ? "need not be aligned" : "must be aligned";
    tally->bad += what != NULL;
    static uint8_t shown[MN_COUNT];
    if (what && !shown[insn.mnemonic]++) {
        char text[128];
        insn_format(code, 15, true, 0, text, sizeof(text));
        printf("%s: %s (%u bytes, ended by %u at %08x)\n", text, what, m->size, end.vector,
               end.cr2);
    }
}

// Names the rows that have a memory operand and were never run; returns how many.
static unsigned rows_left(const struct tally *tally)
{
    unsigned left = 0;
    for (unsigned row = ROW_UNDEFINED + 1; row < ROW_COUNT; row++)
        if ((opcode_rows[row].rules & RULE_MEM) && tally->rows[row] == 0) {
            printf("%s%s",
                   left++ ? " " : "   not run: ", insn_mnemonics[opcode_rows[row].mnemonic].name);
        }
    printf("\n");
    return left;
}

static bool map_page(uint32_t address, int protection)
{
    void *want = (void *)(uintptr_t)address;
    return mmap(want, ORACLE_PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
           want;
}

int main(void)
{
    static struct tally tally;
    const char *why;
    if (!oracle_native_init(&why)) {
        printf("skip decode_memory: %s\n", why);
        return 0;
    }
    if (!map_page(DATA, PROT_READ | PROT_WRITE) || !map_page(READ_ONLY, PROT_READ) ||
        !map_page(STACK, PROT_READ | PROT_WRITE)) {
        printf("FAIL decode_memory: no memory\n");
        return 1;
    }
    decode_walk(0, 1, check_string, &tally);
    decode_walk(1, 1, check_string, &tally);
    decode_walk_vex(0x8002, 1, check_string, &tally);
    coverage_write("host memory", tally.rows);
    unsigned left = rows_left(&tally);
    if (tally.bad || tally.insns == 0)
        printf("FAIL decode_memory: %" PRIu64 " of %" PRIu64 " instructions\n", tally.bad,
               tally.insns);
    else
        printf("ok decode_memory\n");
    printf("   %" PRIu64 " instructions; %u rows with a memory operand were not run\n", tally.insns,
           left);
    return 0;
}
