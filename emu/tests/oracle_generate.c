// Random cases for the oracle: bytes from the opcode tables, registers that make memory operands
// hit the test's pages, and memory that holds what the instruction needs (selectors it may load,
// return frames).
#include <string.h>

#include "emu/decode/opcode_table.h"
#include "emu/tests/oracle.h"

uint32_t oracle_random(uint64_t *seed)
{
    // splitmix64
    uint64_t z = *seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(z >> 32);
}

uint32_t oracle_random_value(uint64_t *seed)
{
    static const uint32_t edges[] = {0,          1,          2,          0x7f,   0x80,
                                     0xff,       0x100,      0x7fff,     0x8000, 0xffff,
                                     0x7fffffff, 0x80000000, 0xffffffff, 0x10000};
    switch (oracle_below(seed, 4)) {
    case 0: return edges[oracle_below(seed, sizeof edges / sizeof *edges)];
    case 1: return oracle_below(seed, 256);
    default: return oracle_random(seed);
    }
}

// --- memory
// ---------------------------------------------------------------------------------------------------

void oracle_memory_put(struct oracle_case *c, uint32_t linear, unsigned bytes, const void *from)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint32_t at = linear + i;
        for (unsigned page = 0; page < ORACLE_MEMORY_PAGES; page++)
            if (at - oracle_page_address(page) < ORACLE_PAGE)
                c->memory[page][at % ORACLE_PAGE] = ((const uint8_t *)from)[i];
    }
}

static void memory_put(struct oracle_case *c, uint32_t linear, unsigned bytes, uint32_t v)
{
    oracle_memory_put(c, linear, bytes, &v);
}

// An address of the data pages: mostly plain, often at one of the edges.
static uint32_t data_address(uint64_t *seed)
{
    static const uint8_t edges[] = {1, 2, 3, 4, 5, 6, 7};
    uint32_t kind = oracle_below(seed, 10);
    if (kind < 4) // within the first two writable pages, aligned
        return ORACLE_DATA + ORACLE_PAGE + (oracle_below(seed, 2 * ORACLE_PAGE - 64) & ~7u);
    if (kind < 6) // misaligned
        return ORACLE_DATA + ORACLE_PAGE + oracle_below(seed, 2 * ORACLE_PAGE - 64);
    if (kind < 9) // at an edge
        return ORACLE_DATA + (uint32_t)edges[oracle_below(seed, sizeof edges)] * ORACLE_PAGE +
               oracle_below(seed, 17) - 12;
    return ORACLE_DATA + oracle_below(seed, ORACLE_DATA_PAGES * ORACLE_PAGE); // anywhere
}

static uint32_t stack_address(uint64_t *seed)
{
    uint32_t kind = oracle_below(seed, 10);
    if (kind < 6)
        return ORACLE_STACK + ORACLE_PAGE + 256 + (oracle_below(seed, 2 * ORACLE_PAGE - 512) & ~3u);
    if (kind < 7)
        return ORACLE_STACK + ORACLE_PAGE + 256 + oracle_below(seed, 2 * ORACLE_PAGE - 512);
    // at the lower end, the middle or the upper end, some elements away from it
    return ORACLE_STACK + (1 + oracle_below(seed, 3)) * ORACLE_PAGE + oracle_below(seed, 80) - 40;
}

// --- fitting the state to the instruction
// ---------------------------------------------------------------------

static void patch(struct oracle_case *c, unsigned at, unsigned bytes, uint32_t v)
{
    for (unsigned i = 0; i < bytes && at + i < sizeof c->bytes; i++)
        c->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

// Make the memory operand lie at `target`. False if this encoding cannot (16-bit addresses).
static bool aim(struct oracle_case *c, uint32_t target)
{
    const struct insn *insn = &c->insn;
    uint32_t *gpr = c->regs.gpr;
    if (insn->addr_size == 2)
        return false;
    bool moffs = insn->opnd[0].kind == OPND_MOFFS || insn->opnd[1].kind == OPND_MOFFS;
    bool no_index = insn->mem.index == REG_NONE || insn->vsib;
    uint32_t index = no_index ? 0 : gpr[insn->mem.index] << insn->mem.scale;
    if (insn->mem.base == REG_NONE) {
        unsigned at = moffs ? insn->imm_at : insn->modrm_at + 1u + ((insn->modrm & 7) == 4);
        c->insn.mem.disp = target - index;
        patch(c, at, 4, c->insn.mem.disp);
        return true;
    }
    if (insn->mem.base == insn->mem.index &&
        !no_index) // base * (1 + scale): choose a base that divides evenly
        gpr[insn->mem.base] = (target - insn->mem.disp) / (1u + (1u << insn->mem.scale));
    else
        gpr[insn->mem.base] = target - insn->mem.disp - index;
    return true;
}

uint32_t oracle_operand_address(const struct oracle_case *c)
{
    const struct mem_ref *m = &c->insn.mem;
    uint32_t at = m->disp;
    if (m->base != REG_NONE)
        at += c->regs.gpr[m->base];
    if (m->index != REG_NONE && !c->insn.vsib)
        at += c->regs.gpr[m->index] << m->scale;
    return c->insn.addr_size == 2 ? at & 0xffff : at;
}

// Selectors whose effect does not depend on the kernel. 0x33 is left out for code: it is 64-bit.
static uint16_t code_selector(uint64_t *seed)
{
    static const uint16_t some[] = {0x23, 0x2b, 0, 3, 0x10, 0x18, 0x3b, 0xfff8, 0xffff, 0x20};
    return oracle_chance(seed, 70) ? ORACLE_CS
                                   : some[oracle_below(seed, sizeof some / sizeof *some)];
}

static uint16_t data_selector(uint64_t *seed)
{
    static const uint16_t some[] = {0x2b, 0x23, 0, 3, 0x2a, 0x28, 0x10, 0x18, 0x3b, 0xfff8, 0xffff};
    return oracle_chance(seed, 40) ? ORACLE_DS
                                   : some[oracle_below(seed, sizeof some / sizeof *some)];
}

// A selector operand: in the register or memory that operand i names.
static void put_selector_operand(struct oracle_case *c, unsigned i, uint16_t selector)
{
    const struct operand *o = &c->insn.opnd[i];
    if (o->kind == OPND_REG)
        c->regs.gpr[o->reg] = (c->regs.gpr[o->reg] & 0xffff0000u) | selector;
    else if (o->kind == OPND_MEM)
        memory_put(c, oracle_operand_address(c), 2, selector);
}

static uint32_t random_flags_image(uint64_t *seed)
{
    return oracle_random(seed) & ~(uint32_t)(FLAG_AC | FLAG_NT | FLAG_VM);
}

static void fit_strings(struct oracle_case *c, uint64_t *seed)
{
    uint32_t *gpr = c->regs.gpr;
    gpr[REG_ESI] = data_address(seed);
    gpr[REG_EDI] =
        oracle_chance(seed, 30) ? gpr[REG_ESI] + oracle_below(seed, 33) - 16 : data_address(seed);
    uint32_t kind = oracle_below(seed, 10);
    gpr[REG_ECX] = kind < 7   ? oracle_below(seed, 20)
                   : kind < 9 ? oracle_below(seed, 300)
                              : oracle_below(seed, 5000);
    // Repeated compares need equal data to get anywhere.
    if ((c->insn.mnemonic == MN_CMPS || c->insn.mnemonic == MN_SCAS) && oracle_chance(seed, 60)) {
        unsigned fill = oracle_chance(seed, 50) ? 0x55 : 0;
        gpr[REG_EAX] = fill * 0x01010101u;
        for (unsigned i = 0; i < 64; i++) {
            memory_put(c, gpr[REG_ESI] + i, 1, fill);
            memory_put(c, gpr[REG_EDI] + i, 1, fill);
        }
    }
}

// DIV and IDIV of random numbers nearly always overflow: make the quotient likely to fit.
static void fit_division(struct oracle_case *c, uint64_t *seed)
{
    uint32_t *gpr = c->regs.gpr;
    if (oracle_chance(seed, 30))
        return;
    bool wide = c->insn.opnd[0].size != 1;
    uint32_t high = oracle_below(seed, 4) ? oracle_below(seed, 16) : 0u - oracle_below(seed, 16);
    if (wide)
        gpr[REG_EDX] = high;
    else
        gpr[REG_EAX] = (gpr[REG_EAX] & 0xff) | (high & 0xff) << 8;
}

// A return frame at ESP: EIP, CS and, for IRET, EFLAGS.
static void fit_return(struct oracle_case *c, uint64_t *seed)
{
    unsigned size = c->insn.op_size;
    uint32_t esp = c->regs.gpr[REG_ESP];
    memory_put(c, esp, size, oracle_random(seed));
    if (c->insn.mnemonic == MN_RET)
        return;
    memory_put(c, esp + size, size, (oracle_random(seed) << 16) | code_selector(seed));
    if (c->insn.mnemonic == MN_IRET)
        memory_put(c, esp + 2 * size, size, random_flags_image(seed));
}

static void fit_far_pointer(struct oracle_case *c, uint16_t selector)
{
    if (c->insn.opnd[0].kind == OPND_IMM2)
        patch(c, c->insn.imm_at + c->insn.op_size, 2, selector);
    else
        memory_put(c, oracle_operand_address(c) + c->insn.op_size, 2, selector);
}

static void fit_mnemonic(struct oracle_case *c, uint64_t *seed)
{
    const struct insn *insn = &c->insn;
    uint32_t *gpr = c->regs.gpr;
    switch (insn->mnemonic) {
    case MN_INT:
        if (insn->imm == 0x80) // Linux's system call
            patch(c, insn->imm_at, 1, 0x81);
        break;
    case MN_DIV:
    case MN_IDIV: fit_division(c, seed); break;
    case MN_BT:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC: // bit numbers far from the operand, but within reach of the pages
        if (insn->opnd[0].kind == OPND_MEM && insn->opnd[1].kind == OPND_REG &&
            oracle_chance(seed, 80) && insn->opnd[1].reg != insn->mem.base &&
            insn->opnd[1].reg != insn->mem.index)
            gpr[insn->opnd[1].reg] = oracle_below(seed, 0x8000) - 0x4000;
        break;
    case MN_ENTER:
        gpr[REG_EBP] = stack_address(seed);
        if (oracle_chance(seed, 80))
            patch(c, insn->imm_at, 2, oracle_below(seed, 200));
        if (oracle_chance(seed, 80))
            patch(c, insn->imm_at + 2u, 1, oracle_below(seed, 8));
        break;
    case MN_LEAVE: gpr[REG_EBP] = stack_address(seed); break;
    case MN_RET:
    case MN_RETF:
    case MN_IRET: fit_return(c, seed); break;
    case MN_POPF: memory_put(c, gpr[REG_ESP], 4, random_flags_image(seed)); break;
    case MN_CALLF:
    case MN_JMPF: fit_far_pointer(c, code_selector(seed)); break;
    case MN_LDS:
    case MN_LES:
    case MN_LSS: fit_far_pointer(c, data_selector(seed)); break;
    case MN_POP:
        if (insn->opnd[0].kind == OPND_SREG)
            memory_put(c, gpr[REG_ESP], 2, data_selector(seed));
        break;
    case MN_MOV:
        if (insn->opnd[0].kind == OPND_SREG)
            put_selector_operand(c, 1, data_selector(seed));
        break;
    case MN_LAR:
    case MN_LSL: put_selector_operand(c, 1, data_selector(seed)); break;
    case MN_VERR:
    case MN_VERW: put_selector_operand(c, 0, data_selector(seed)); break;
    case MN_CMPXCHG: // equal now and then
        if (insn->opnd[0].kind == OPND_MEM && oracle_chance(seed, 50))
            memory_put(c, oracle_operand_address(c), insn->opnd[0].size, gpr[REG_EAX]);
        break;
    case MN_CMPXCHG8B:
        if (oracle_chance(seed, 50)) {
            memory_put(c, oracle_operand_address(c), 4, gpr[REG_EAX]);
            memory_put(c, oracle_operand_address(c) + 4, 4, gpr[REG_EDX]);
        }
        break;
    default: break;
    }
}

static bool uses_fpu(const struct insn *insn)
{
    switch (insn->mnemonic) {
    case MN_FWAIT:
    case MN_FXSAVE:
    case MN_FXRSTOR:
    case MN_XSAVE:
    case MN_XSAVEOPT:
    case MN_XSAVEC:
    case MN_XRSTOR: return true;
    default: return insn->cls != CLASS_INTEGER;
    }
}

// What follows an x87 instruction: FNSTENV to a stack page, since only an environment shows the
// pointers to the last instruction; or one that waits for its exception, or does not.
static void put_tail(struct oracle_case *c, uint64_t *seed)
{
    static const struct {
        uint8_t len, bytes[3];
    } others[] = {
        {1, {0x9b}},             // fwait
        {2, {0xd9, 0xe8}},       // fld1
        {2, {0xd9, 0xd0}},       // fnop
        {2, {0xdf, 0xe0}},       // fnstsw ax
        {2, {0xdb, 0xe2}},       // fnclex
        {2, {0xdb, 0xe3}},       // fninit
        {2, {0xd8, 0xc1}},       // fadd st0, st1
        {2, {0xde, 0xd9}},       // fcompp
        {3, {0x0f, 0xfc, 0xc1}}, // paddb mm0, mm1
        {2, {0x0f, 0x77}},       // emms
        {3, {0x0f, 0x58, 0xc1}}, // addps xmm0, xmm1
        {3, {0x0f, 0x2a, 0xc1}}, // cvtpi2ps xmm0, mm1
    };
    static const uint8_t fnstenv[] = {0xd9, 0x35};
    uint32_t kind = oracle_below(seed, 10), to = ORACLE_STACK + ORACLE_PAGE + 128;
    if (kind >= 7)
        return;
    c->single_step = false;
    if (kind < 4) {
        memcpy(c->tail, fnstenv, 2);
        memcpy(c->tail + 2, &to, 4);
        c->tail_len = 6;
        return;
    }
    unsigned i = oracle_below(seed, sizeof others / sizeof *others);
    memcpy(c->tail, others[i].bytes, 3);
    c->tail_len = others[i].len;
}

void oracle_generate(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c)
{
    struct oracle_regs *r = &c->regs;
    oracle_put_bytes(form, seed, c);
    for (unsigned i = 0; i < REG_COUNT; i++)
        r->gpr[i] = oracle_random_value(seed);
    r->gpr[REG_ESP] = stack_address(seed);
    r->eflags = FLAG_ONE | FLAG_IF | (oracle_random(seed) & (FLAGS_ARITH | FLAG_ID));
    if (oracle_chance(seed, 25))
        r->eflags |= FLAG_DF;
    if (oracle_chance(seed, 8)) // alignment checks: Linux has CR0.AM set
        r->eflags |= FLAG_AC;
    c->decodes = insn_decode(c->bytes, 15, true, NULL, &c->insn) == DECODE_OK;
    c->len = c->decodes ? c->insn.len : 15;

    uint32_t kind = oracle_below(seed, 50),
             middle = ORACLE_CODE + ORACLE_PAGE / 2 + oracle_below(seed, 64);
    // How many bytes the CPU wants to see before it says #UD is its own affair: not at the last
    // page's end.
    bool undefined = !c->decodes || c->insn.mnemonic == MN_UD0 || c->insn.mnemonic == MN_UD1;
    if (undefined && kind == 0)
        kind = 1;
    r->eip = kind == 0   ? ORACLE_CODE + ORACLE_CODE_PAGES * ORACLE_PAGE - 1 - oracle_below(seed, 8)
             : kind < 10 ? ORACLE_CODE + ORACLE_PAGE - oracle_below(seed, 15)
                         : middle;
    bool loads_ss = false;
    if (c->decodes) {
        bool memory = false;
        for (unsigned i = 0; i < c->insn.nopnd; i++)
            memory |= c->insn.opnd[i].kind == OPND_MEM || c->insn.opnd[i].kind == OPND_MOFFS;
        uint32_t kind_bits = insn_mnemonics[c->insn.mnemonic].kind;
        if (kind_bits & MNK_STRING)
            fit_strings(c, seed);
        else if (memory)
            aim(c, oracle_align(c, data_address(seed), seed));
        fit_mnemonic(c, seed);
        insn_decode(c->bytes, 15, true, NULL, &c->insn); // what was patched
        loads_ss = c->insn.mnemonic == MN_LSS ||
                   (c->insn.opnd[0].kind == OPND_SREG && c->insn.opnd[0].reg == SEG_SS);
    }
    uint32_t mnk = insn_mnemonics[opcode_rows[form->row].mnemonic].kind;
    // A repeated string instruction single-steps by element, and a load of SS holds the trap back.
    c->single_step =
        (mnk & MNK_BRANCH) || (!(mnk & MNK_STRING) && !loads_ss && oracle_chance(seed, 80));
    if (mnk & MNK_STRING && oracle_chance(seed, 15))
        c->single_step = true;
    c->tail_len = 0;
    c->with_fpu = c->decodes && uses_fpu(&c->insn);
    if (c->with_fpu)
        oracle_fit_vector(c, seed);
    if (c->with_fpu && c->insn.cls == CLASS_X87 && r->eip == middle)
        put_tail(c, seed);
    if (c->single_step)
        r->eflags |= FLAG_TF;
}

void oracle_code_image(const struct oracle_case *c, uint8_t code[ORACLE_CODE_PAGES * ORACLE_PAGE])
{
    uint32_t offset = c->regs.eip - ORACLE_CODE, room = ORACLE_CODE_PAGES * ORACLE_PAGE - offset;
    memset(code, 0xcc, ORACLE_CODE_PAGES * ORACLE_PAGE);
    memcpy(code + offset, c->bytes, c->len < room ? c->len : room);
    if (c->tail_len)
        memcpy(code + offset + c->len, c->tail, c->tail_len);
}
