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

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return oracle_random(seed) % n;
}

static bool chance(uint64_t *seed, unsigned percent)
{
    return below(seed, 100) < percent;
}

static uint32_t random_value(uint64_t *seed)
{
    static const uint32_t edges[] = {0,          1,          2,          0x7f,   0x80,
                                     0xff,       0x100,      0x7fff,     0x8000, 0xffff,
                                     0x7fffffff, 0x80000000, 0xffffffff, 0x10000};
    switch (below(seed, 4)) {
    case 0: return edges[below(seed, sizeof edges / sizeof *edges)];
    case 1: return below(seed, 256);
    default: return oracle_random(seed);
    }
}

// What cannot be compared with ring 3 of a Linux host: values that differ by design (CPUID, time),
// instructions that the kernel emulates or forbids (UMIP), calls into it, and loads of FS and GS,
// which the C library lives by.
static bool comparable(unsigned mnemonic, const struct opcode_row *row)
{
    if (row->cls != CLASS_INTEGER)
        return false;
    switch (mnemonic) {
    case MN_FXSAVE: // vector state
    case MN_FXRSTOR:
    case MN_XSAVE:
    case MN_XRSTOR:
    case MN_XSAVEOPT:
    case MN_XSAVEC:
    case MN_RDRAND: // random
    case MN_RDSEED:
    case MN_RDPID: // the processor's number
    case MN_CPUID:
    case MN_RDTSC:
    case MN_RDTSCP:
    case MN_RDPMC:
    case MN_SGDT:
    case MN_SIDT:
    case MN_SLDT:
    case MN_STR:
    case MN_SMSW:
    case MN_SYSENTER:
    case MN_SYSEXIT:
    case MN_INT1: // hypervisors differ in the EIP that its #DB has
    case MN_LFS:
    case MN_LGS: return false;
    case MN_POP: return SPEC_PLACE(row->spec[0]) != PLACE_SEG || SPEC_ARG(row->spec[0]) < SEG_FS;
    default: return true;
    }
}

// Prefixes that the manuals reserve and Zen gives a meaning: F2 and F3 swap LOOPE and LOOPNE, LOCK
// MOV CR0 is CR8.
static bool odd_prefix(const struct opcode_row *row, uint8_t prefix)
{
    if (row->mnemonic == MN_LOOPE || row->mnemonic == MN_LOOPNE)
        return prefix != 0xf0;
    return (row->mnemonic == MN_MOV || row->mnemonic == MN_VERR || row->mnemonic == MN_VERW) &&
           prefix == 0xf0;
}

static bool space_is_vex(unsigned space)
{
    return space >= SPACE_VEX;
}

static unsigned space_map(unsigned space)
{
    return space == 0 ? 0 : (space - SPACE_LEGACY) / OPFX_COUNT % 3 + 1;
}

static enum opcode_prefix space_prefix(unsigned space)
{
    return space == 0 ? OPFX_NP : (enum opcode_prefix)((space - SPACE_LEGACY) % OPFX_COUNT);
}

// Does the ModRM.reg field (VEX: W) choose among rows of this opcode?
static bool is_group(unsigned space, unsigned opcode)
{
    const uint16_t(*rows)[8] = opcode_row_of[space][opcode];
    for (unsigned mod = 0; mod < 2; mod++)
        for (unsigned reg = 1; reg < 8; reg++)
            if (rows[mod][reg] != rows[mod][0])
                return true;
    return false;
}

// Is it the same instruction as without a prefix, so that the prefix is none of the opcode's?
static bool same_without_prefix(unsigned space, unsigned opcode, unsigned mod3, unsigned reg)
{
    unsigned plain = space - space_prefix(space);
    return plain != space &&
           opcode_row_of[space][opcode][mod3][reg] == opcode_row_of[plain][opcode][mod3][reg];
}

// 66 is the operand size where it does not select the row.
static bool takes_66(unsigned space, unsigned opcode, unsigned mod3, unsigned reg)
{
    if (space == 0)
        return true;
    if (space_is_vex(space) || space_prefix(space) == OPFX_66)
        return false;
    return space_prefix(space) != OPFX_NP || opcode_row_of[space + OPFX_66][opcode][mod3][reg] ==
                                                 opcode_row_of[space][opcode][mod3][reg];
}

unsigned oracle_list_forms(struct oracle_form *out, unsigned max)
{
    struct cpu_features host = features_host();
    unsigned n = 0;
    for (unsigned space = 0; space < SPACE_COUNT; space++)
        for (unsigned opcode = 0; opcode < 256; opcode++)
            for (unsigned mod3 = 0; mod3 < 2; mod3++)
                for (unsigned reg = 0; reg < 8; reg++) {
                    unsigned number = opcode_row_of[space][opcode][mod3][reg];
                    const struct opcode_row *row = &opcode_rows[number];
                    bool modrm = row->rules & (RULE_MODRM | RULE_MEM);
                    bool group = is_group(space, opcode);
                    if (number == ROW_UNDEFINED || !comparable(row->mnemonic, row) ||
                        same_without_prefix(space, opcode, mod3, reg))
                        continue;
                    if (row->needs < FEATURE_COUNT &&
                        !features_has(&host, (enum cpu_feature)row->needs))
                        continue;
                    if ((!modrm && (mod3 || reg)) || (!group && reg))
                        continue;
                    if (space == SPACE_LEGACY && opcode == 0x0d && mod3) // #UD on AMD, NOP on Intel
                        continue;
                    if (row->mnemonic == MN_MOV && space == 0 && opcode == 0x8e && reg >= SEG_FS)
                        continue;
                    unsigned sizes = takes_66(space, opcode, mod3, reg) ? 2 : 1;
                    for (unsigned op16 = 0; op16 < sizes; op16++)
                        if (n < max)
                            out[n++] = (struct oracle_form){.space = (uint8_t)space,
                                                            .opcode = (uint8_t)opcode,
                                                            .reg = (uint8_t)reg,
                                                            .register_form = mod3,
                                                            .op16 = op16,
                                                            .fixed_reg = group,
                                                            .row = (uint16_t)number};
                }
    return n;
}

// --- memory
// ---------------------------------------------------------------------------------------------------

static void memory_put(struct oracle_case *c, uint32_t linear, unsigned bytes, uint32_t v)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint32_t at = linear + i;
        for (unsigned page = 0; page < ORACLE_MEMORY_PAGES; page++)
            if (at - oracle_page_address(page) < ORACLE_PAGE)
                c->memory[page][at % ORACLE_PAGE] = (uint8_t)(v >> (8 * i));
    }
}

// An address of the data pages: mostly plain, often at one of the edges.
static uint32_t data_address(uint64_t *seed)
{
    static const uint8_t edges[] = {1, 2, 3, 4, 5, 6, 7};
    uint32_t kind = below(seed, 10);
    if (kind < 4) // within the first two writable pages, aligned
        return ORACLE_DATA + ORACLE_PAGE + (below(seed, 2 * ORACLE_PAGE - 64) & ~7u);
    if (kind < 6) // misaligned
        return ORACLE_DATA + ORACLE_PAGE + below(seed, 2 * ORACLE_PAGE - 64);
    if (kind < 9) // at an edge
        return ORACLE_DATA + (uint32_t)edges[below(seed, sizeof edges)] * ORACLE_PAGE +
               below(seed, 17) - 12;
    return ORACLE_DATA + below(seed, ORACLE_DATA_PAGES * ORACLE_PAGE); // anywhere
}

static uint32_t stack_address(uint64_t *seed)
{
    uint32_t kind = below(seed, 10);
    if (kind < 6)
        return ORACLE_STACK + ORACLE_PAGE + 256 + (below(seed, 2 * ORACLE_PAGE - 512) & ~3u);
    if (kind < 7)
        return ORACLE_STACK + ORACLE_PAGE + 256 + below(seed, 2 * ORACLE_PAGE - 512);
    // at the lower end, the middle or the upper end, some elements away from it
    return ORACLE_STACK + (1 + below(seed, 3)) * ORACLE_PAGE + below(seed, 80) - 40;
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
    uint32_t index = insn->mem.index == REG_NONE ? 0 : gpr[insn->mem.index] << insn->mem.scale;
    if (insn->mem.base == REG_NONE) {
        unsigned at = moffs ? insn->imm_at : insn->modrm_at + 1u + ((insn->modrm & 7) == 4);
        c->insn.mem.disp = target - index;
        patch(c, at, 4, c->insn.mem.disp);
        return true;
    }
    if (insn->mem.base == insn->mem.index) // base * (1 + scale): choose a base that divides evenly
        gpr[insn->mem.base] = (target - insn->mem.disp) / (1u + (1u << insn->mem.scale));
    else
        gpr[insn->mem.base] = target - insn->mem.disp - index;
    return true;
}

static uint32_t operand_address(const struct oracle_case *c)
{
    const struct mem_ref *m = &c->insn.mem;
    uint32_t at = m->disp;
    if (m->base != REG_NONE)
        at += c->regs.gpr[m->base];
    if (m->index != REG_NONE)
        at += c->regs.gpr[m->index] << m->scale;
    return c->insn.addr_size == 2 ? at & 0xffff : at;
}

// Selectors whose effect does not depend on the kernel. 0x33 is left out for code: it is 64-bit.
static uint16_t code_selector(uint64_t *seed)
{
    static const uint16_t some[] = {0x23, 0x2b, 0, 3, 0x10, 0x18, 0x3b, 0xfff8, 0xffff, 0x20};
    return chance(seed, 70) ? ORACLE_CS : some[below(seed, sizeof some / sizeof *some)];
}

static uint16_t data_selector(uint64_t *seed)
{
    static const uint16_t some[] = {0x2b, 0x23, 0, 3, 0x2a, 0x28, 0x10, 0x18, 0x3b, 0xfff8, 0xffff};
    return chance(seed, 40) ? ORACLE_DS : some[below(seed, sizeof some / sizeof *some)];
}

// A selector operand: in the register or memory that operand i names.
static void put_selector_operand(struct oracle_case *c, unsigned i, uint16_t selector)
{
    const struct operand *o = &c->insn.opnd[i];
    if (o->kind == OPND_REG)
        c->regs.gpr[o->reg] = (c->regs.gpr[o->reg] & 0xffff0000u) | selector;
    else if (o->kind == OPND_MEM)
        memory_put(c, operand_address(c), 2, selector);
}

static uint32_t random_flags_image(uint64_t *seed)
{
    return oracle_random(seed) & ~(uint32_t)(FLAG_AC | FLAG_NT | FLAG_VM);
}

static void fit_strings(struct oracle_case *c, uint64_t *seed)
{
    uint32_t *gpr = c->regs.gpr;
    gpr[REG_ESI] = data_address(seed);
    gpr[REG_EDI] = chance(seed, 30) ? gpr[REG_ESI] + below(seed, 33) - 16 : data_address(seed);
    uint32_t kind = below(seed, 10);
    gpr[REG_ECX] = kind < 7 ? below(seed, 20) : kind < 9 ? below(seed, 300) : below(seed, 5000);
    // Repeated compares need equal data to get anywhere.
    if ((c->insn.mnemonic == MN_CMPS || c->insn.mnemonic == MN_SCAS) && chance(seed, 60)) {
        unsigned fill = chance(seed, 50) ? 0x55 : 0;
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
    if (chance(seed, 30))
        return;
    bool wide = c->insn.opnd[0].size != 1;
    uint32_t high = below(seed, 4) ? below(seed, 16) : 0u - below(seed, 16);
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
        memory_put(c, operand_address(c) + c->insn.op_size, 2, selector);
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
        if (insn->opnd[0].kind == OPND_MEM && insn->opnd[1].kind == OPND_REG && chance(seed, 80) &&
            insn->opnd[1].reg != insn->mem.base && insn->opnd[1].reg != insn->mem.index)
            gpr[insn->opnd[1].reg] = below(seed, 0x8000) - 0x4000;
        break;
    case MN_ENTER:
        gpr[REG_EBP] = stack_address(seed);
        if (chance(seed, 80))
            patch(c, insn->imm_at, 2, below(seed, 200));
        if (chance(seed, 80))
            patch(c, insn->imm_at + 2u, 1, below(seed, 8));
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
        if (insn->opnd[0].kind == OPND_MEM && chance(seed, 50))
            memory_put(c, operand_address(c), insn->opnd[0].size, gpr[REG_EAX]);
        break;
    case MN_CMPXCHG8B:
        if (chance(seed, 50)) {
            memory_put(c, operand_address(c), 4, gpr[REG_EAX]);
            memory_put(c, operand_address(c) + 4, 4, gpr[REG_EDX]);
        }
        break;
    default: break;
    }
}

// --- bytes
// ----------------------------------------------------------------------------------------------------

static unsigned put_prefixes(const struct oracle_form *form, uint64_t *seed, uint8_t *to)
{
    static const uint8_t segments[] = {0x26, 0x2e, 0x36, 0x3e};
    const struct opcode_row *row = &opcode_rows[form->row];
    bool string = insn_mnemonics[row->mnemonic].kind & MNK_STRING;
    unsigned n = 0;
    if (chance(seed, 6))
        to[n++] = segments[below(seed, 4)];
    // F3 makes other instructions of BSF, BSR and some of map 1: only where it means REP or
    // nothing.
    if (!odd_prefix(row, 0xf3) && (string ? chance(seed, 60) : form->space == 0 && chance(seed, 3)))
        to[n++] = chance(seed, 50) ? 0xf3 : 0xf2;
    if (!odd_prefix(row, 0xf0) && chance(seed, row->rules & RULE_LOCK ? 15 : 1))
        to[n++] = 0xf0;
    if (form->op16)
        to[n++] = 0x66;
    if (chance(seed, 5))
        to[n++] = 0x67;
    return n;
}

// The bytes in front of the opcode byte that say which map it is of.
static unsigned put_map(const struct oracle_form *form, uint64_t *seed, uint8_t *to)
{
    static const uint8_t prefixes[] = {[OPFX_66] = 0x66, [OPFX_F2] = 0xf2, [OPFX_F3] = 0xf3};
    static const uint8_t pp[] = {[OPFX_66] = 1, [OPFX_F3] = 2, [OPFX_F2] = 3};
    const struct opcode_row *row = &opcode_rows[form->row];
    unsigned map = space_map(form->space), n = 0;
    enum opcode_prefix prefix = space_prefix(form->space);
    if (space_is_vex(form->space)) {
        bool w = opcode_is_vex_group(map, form->opcode) || !form->fixed_reg ? chance(seed, 30)
                                                                            : form->reg & 1;
        unsigned vvvv = row->rules & RULE_VVVV ? below(seed, 16) : 15;
        unsigned l = row->rules & RULE_L0 ? 0 : row->rules & RULE_L1 ? 1 : below(seed, 2);
        uint8_t last = (uint8_t)(vvvv << 3 | l << 2 | pp[prefix]);
        if (map == 1 && !w && chance(seed, 50)) {
            to[n++] = 0xc5;
            to[n++] = 0x80 | last;
        } else {
            to[n++] = 0xc4;
            to[n++] = (uint8_t)(0xc0 | below(seed, 2) << 5 | map);
            to[n++] = (uint8_t)(w << 7) | last;
        }
        return n;
    }
    if (prefix != OPFX_NP)
        to[n++] = prefixes[prefix];
    if (map)
        to[n++] = 0x0f;
    if (map >= 2)
        to[n++] = map == 2 ? 0x38 : 0x3a;
    return n;
}

static void put_bytes(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c)
{
    unsigned n = put_prefixes(form, seed, c->bytes);
    n += put_map(form, seed, c->bytes + n);
    c->bytes[n++] = form->opcode;
    unsigned modrm_at = n;
    while (n < sizeof c->bytes)
        c->bytes[n++] = (uint8_t)random_value(seed);
    const struct opcode_row *row = &opcode_rows[form->row];
    if (!(row->rules & (RULE_MODRM | RULE_MEM)) && row->mnemonic != MN_MOV)
        return;
    if (!(row->rules & (RULE_MODRM | RULE_MEM)) && form->space == 0)
        return;
    unsigned modrm = oracle_random(seed) & 0xff;
    if (form->register_form)
        modrm |= 0xc0;
    else if (modrm >= 0xc0)
        modrm &= 0x3f | below(seed, 3) << 6;
    if (form->fixed_reg &&
        (!space_is_vex(form->space) || opcode_is_vex_group(space_map(form->space), form->opcode)))
        modrm = (modrm & 0xc7) | (unsigned)form->reg << 3;
    c->bytes[modrm_at] = (uint8_t)modrm;
}

void oracle_generate(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c)
{
    struct oracle_regs *r = &c->regs;
    put_bytes(form, seed, c);
    for (unsigned i = 0; i < REG_COUNT; i++)
        r->gpr[i] = random_value(seed);
    r->gpr[REG_ESP] = stack_address(seed);
    r->eflags = FLAG_ONE | FLAG_IF | (oracle_random(seed) & (FLAGS_ARITH | FLAG_ID));
    if (chance(seed, 25))
        r->eflags |= FLAG_DF;
    c->decodes = insn_decode(c->bytes, 15, true, NULL, &c->insn) == DECODE_OK;
    c->len = c->decodes ? c->insn.len : 15;

    uint32_t kind = below(seed, 50), middle = ORACLE_CODE + ORACLE_PAGE / 2 + below(seed, 64);
    // How many bytes the CPU wants to see before it says #UD is its own affair: not at the last
    // page's end.
    bool undefined = !c->decodes || c->insn.mnemonic == MN_UD0 || c->insn.mnemonic == MN_UD1;
    if (undefined && kind == 0)
        kind = 1;
    r->eip = kind == 0   ? ORACLE_CODE + ORACLE_CODE_PAGES * ORACLE_PAGE - 1 - below(seed, 8)
             : kind < 10 ? ORACLE_CODE + ORACLE_PAGE - below(seed, 15)
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
            aim(c, data_address(seed));
        fit_mnemonic(c, seed);
        insn_decode(c->bytes, 15, true, NULL, &c->insn); // what was patched
        loads_ss = c->insn.mnemonic == MN_LSS ||
                   (c->insn.opnd[0].kind == OPND_SREG && c->insn.opnd[0].reg == SEG_SS);
    }
    uint32_t mnk = insn_mnemonics[opcode_rows[form->row].mnemonic].kind;
    // A repeated string instruction single-steps by element, and a load of SS holds the trap back.
    c->single_step = (mnk & MNK_BRANCH) || (!(mnk & MNK_STRING) && !loads_ss && chance(seed, 80));
    if (mnk & MNK_STRING && chance(seed, 15))
        c->single_step = true;
    if (c->single_step)
        r->eflags |= FLAG_TF;
}
