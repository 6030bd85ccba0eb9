// One lookup for many accesses. A run of accesses at constant distances from one register, which
// changes by constants at most in between (push, pop, add esp, inc esi), is covered by one check in
// front of the first:
//
//   lea  min(base), r8d
//   r8d and r8d+span-1 in one page ?            jnz -> fail
//   lookup in R, or in W if one of them writes ; jz -> fail
//   lea  (r9,r8), r11
//
// and then each access is a plain host operand off(r11), which leaves EFLAGS alone. r11 holds
// nothing else, and C keeps it when it resumes a block. The check raises nothing: when it fails,
// the rest of the block runs as another block (VARIANT_PLAIN), whose accesses are looked up one by
// one and fault where they should. The pointer cannot go stale inside the block: whatever takes a W
// entry away or changes a mapping also makes the running block leave at the next instruction.
#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

enum { SPAN_MAX = 1024, WORTH_IT = 2 };

// --- what an instruction does to memory and registers ---

static bool plain_mem(const struct insn *insn)
{
    const struct mem_ref *m = &insn->mem;
    return insn->addr_size == 4 && m->base != REG_NONE && m->index == REG_NONE &&
           m->seg != SEG_FS && m->seg != SEG_GS && m->seg != SEG_CS;
}

static bool writes_memory(const struct insn *insn, unsigned operand)
{
    if (insn_class(insn) == CLASS_INTEGER && insn->map < 2 && !insn->simd_prefix)
        return alu_writes_memory(insn);
    return insn_operand_access(insn, operand) & ACCESS_WRITE;
}

// The accesses at [register + constant] that the translator will make, in order. At most two.
static unsigned uses_of(const struct insn *insn, uint8_t mode, struct hoist_use u[2])
{
    unsigned n = 0;
    bool string = insn_mnemonics[insn->mnemonic].kind & MNK_STRING;
    unsigned element = insn->opcode & 1 ? insn->op_size : 1u;
    if (string) {
        if ((insn->prefixes & (PREFIX_REP | PREFIX_REPNE)) || (mode & MODE_DF))
            return 0; // left to interp
        if (insn->mnemonic == MN_MOVS || insn->mnemonic == MN_LODS || insn->mnemonic == MN_CMPS)
            u[n++] = (struct hoist_use){REG_ESI, (uint8_t)element, false, 0};
        if (insn->mnemonic != MN_LODS)
            u[n++] = (struct hoist_use){REG_EDI, (uint8_t)element,
                                        insn->mnemonic == MN_MOVS || insn->mnemonic == MN_STOS, 0};
        return n;
    }
    for (unsigned i = 0; i < insn->nopnd; i++) {
        const struct operand *o = &insn->opnd[i];
        if (o->kind != OPND_MEM || !o->size || o->size > 32 || !plain_mem(insn))
            continue;
        int32_t disp = (int32_t)insn->mem.disp;
        if (insn->mnemonic == MN_POP && insn->mem.base == REG_ESP)
            disp += 4;
        u[n++] = (struct hoist_use){insn->mem.base, (uint8_t)o->size, writes_memory(insn, i), disp};
    }
    switch (insn->mnemonic) {
    case MN_PUSH:
    case MN_CALL: u[n++] = (struct hoist_use){REG_ESP, 4, true, -4}; break;
    case MN_POP:
    case MN_RET: u[n++] = (struct hoist_use){REG_ESP, 4, false, 0}; break;
    case MN_LEAVE: u[n++] = (struct hoist_use){REG_EBP, 4, false, 0}; break;
    default: break;
    }
    return n;
}

// x87, MMX, SSE and AVX change general registers that they name, and PCMPxSTRI changes ECX.
static bool vector_leaves(const struct insn *insn, unsigned reg)
{
    for (unsigned i = 0; i < insn->nopnd; i++)
        if (insn->opnd[i].kind == OPND_REG && insn->opnd[i].reg == reg &&
            (insn_operand_access(insn, i) & ACCESS_WRITE))
            return false;
    return reg != REG_ECX || (insn->mnemonic != MN_PCMPISTRI && insn->mnemonic != MN_PCMPESTRI);
}

// The general register that an operand is (a part of); REG_COUNT if none.
static unsigned named(const struct operand *o)
{
    return o->kind != OPND_REG ? (unsigned)REG_COUNT : o->size == 1 ? o->reg & 3u : o->reg;
}

static unsigned bit_of(unsigned reg)
{
    return reg < REG_COUNT ? 1u << reg : 0;
}

static void add_to(struct hoist_facts *f, unsigned reg, int64_t by)
{
    if (reg >= REG_COUNT)
        return;
    if (by <= -SPAN_MAX || by >= SPAN_MAX)
        f->lost |= (uint8_t)(1u << reg);
    else
        f->moved[f->nmoved++] = (struct hoist_move){(uint8_t)reg, (int16_t)by};
}

// What a string instruction does to its registers.
static void move_string(const struct insn *insn, uint8_t mode, struct hoist_facts *f)
{
    unsigned element = insn->opcode & 1 ? insn->op_size : 1u;
    if ((insn->prefixes & (PREFIX_REP | PREFIX_REPNE)) || (mode & MODE_DF)) {
        f->lost = 0xff;
        return;
    }
    if (insn->mnemonic != MN_STOS && insn->mnemonic != MN_SCAS)
        add_to(f, REG_ESI, element);
    if (insn->mnemonic != MN_LODS)
        add_to(f, REG_EDI, element);
    else
        f->lost = 1 << REG_EAX;
}

// How the instruction changes the general registers: by known amounts, or nobody knows (`lost`).
static void changes_of(const struct insn *insn, uint8_t mode, struct hoist_facts *f)
{
    unsigned to = insn->nopnd ? named(&insn->opnd[0]) : (unsigned)REG_COUNT;
    bool whole = insn->nopnd && insn->opnd[0].size == 4;
    if (insn_class(insn) != CLASS_INTEGER) {
        for (unsigned reg = 0; reg < REG_COUNT; reg++)
            if (!vector_leaves(insn, reg))
                f->lost |= (uint8_t)(1u << reg);
        return;
    }
    switch (insn->mnemonic) {
    case MN_PUSH: add_to(f, REG_ESP, -(int32_t)insn->op_size); return;
    case MN_POP:
        add_to(f, REG_ESP, insn->op_size);
        f->lost |= (uint8_t)bit_of(to);
        return;
    case MN_CMP:
    case MN_TEST:
    case MN_BT:
    case MN_NOP:
    case MN_CLC:
    case MN_STC:
    case MN_CMC:
    case MN_SAHF:
    case MN_JCC: return;
    case MN_ADD:
    case MN_SUB:
        if (to < REG_COUNT && whole && insn->opnd[1].kind == OPND_IMM)
            add_to(f, to, (int32_t)(insn->mnemonic == MN_ADD ? insn->imm : 0u - insn->imm));
        else
            f->lost = (uint8_t)bit_of(to);
        return;
    case MN_INC:
    case MN_DEC:
        if (whole)
            add_to(f, to, insn->mnemonic == MN_INC ? 1 : -1);
        else
            f->lost = (uint8_t)bit_of(to);
        return;
    case MN_LEA:
        if (plain_mem(insn) && insn->mem.base == to && whole)
            add_to(f, to, (int32_t)insn->mem.disp);
        else
            f->lost = (uint8_t)bit_of(to);
        return;
    case MN_MOV:
    case MN_MOVZX:
    case MN_MOVSX:
    case MN_OR:
    case MN_ADC:
    case MN_SBB:
    case MN_AND:
    case MN_XOR:
    case MN_NOT:
    case MN_NEG:
    case MN_SETCC:
    case MN_CMOVCC:
    case MN_BSWAP:
    case MN_ROL:
    case MN_ROR:
    case MN_RCL:
    case MN_RCR:
    case MN_SHL:
    case MN_SHR:
    case MN_SAR:
    case MN_SHLD:
    case MN_SHRD:
    case MN_BTS:
    case MN_BTR:
    case MN_BTC:
    case MN_BSF:
    case MN_BSR: f->lost = (uint8_t)bit_of(to); return;
    case MN_XCHG:
    case MN_XADD: f->lost = (uint8_t)(bit_of(to) | bit_of(named(&insn->opnd[1]))); return;
    case MN_CMPXCHG: f->lost = (uint8_t)(bit_of(to) | 1u << REG_EAX); return;
    case MN_LAHF:
    case MN_CBW: f->lost = 1 << REG_EAX; return;
    case MN_CWD:
    case MN_MUL:
    case MN_DIV:
    case MN_IDIV:
    case MN_CMPXCHG8B: f->lost = 1 << REG_EAX | 1 << REG_EDX; return;
    case MN_IMUL:
        f->lost = insn->nopnd > 1 ? (uint8_t)bit_of(to) : 1 << REG_EAX | 1 << REG_EDX;
        return;
    case MN_MOVS:
    case MN_CMPS:
    case MN_STOS:
    case MN_LODS:
    case MN_SCAS: move_string(insn, mode, f); return;
    default: f->lost = 0xff; return;
    }
}

// By how much the instruction moves `reg`, which it does not lose.
static int32_t move_of(const struct hoist_facts *f, unsigned reg)
{
    for (unsigned i = 0; i < f->nmoved; i++)
        if (f->moved[i].reg == reg)
            return f->moved[i].by;
    return 0;
}

// --- runs ---

// Take in what instruction k does off the run's base. False: the run ends in front of it.
static bool extend_run(struct hoist *h, const struct hoist_facts *f, unsigned k)
{
    for (unsigned i = 0; i < f->nuses; i++) {
        const struct hoist_use *u = &f->uses[i];
        if (u->base != h->base)
            continue;
        if (u->disp < -SPAN_MAX * 1024 || u->disp > SPAN_MAX * 1024)
            return false;
        int32_t lo = u->disp + h->moved, hi = lo + u->size;
        if (h->uses) {
            lo = lo < h->min ? lo : h->min;
            hi = hi > h->max ? hi : h->max;
            if (hi - lo > SPAN_MAX)
                return false;
        } else {
            h->first = k;
        }
        h->min = lo;
        h->max = hi;
        h->writes |= u->write;
        h->uses++;
        h->last = k;
    }
    h->moved += move_of(f, h->base);
    return true;
}

// The run off `base` that begins at instruction `from`.
static struct hoist find_run(const struct translator *t, unsigned from, unsigned base)
{
    struct hoist h = {.base = (uint8_t)base, .first = from};
    for (unsigned k = from; k < t->n; k++) {
        if (!extend_run(&h, &t->facts[k], k) || t->facts[k].lost >> base & 1)
            break;
    }
    return h;
}

// Choose the block's best run; others may be taken where they do not overlap it.
void hoist_plan(struct translator *t)
{
    t->hoist = t->plan = (struct hoist){0};
    if ((t->b->mode & VARIANT_PLAIN) || t->j->no_hoist)
        return;
    unsigned off = 0; // bases of accesses: the others need no look
    for (unsigned k = 0; k < t->n; k++) {
        struct hoist_facts *f = &t->facts[k];
        const struct insn *insn = &t->insns[k];
        f->nmoved = f->lost = 0;
        f->nuses = (uint8_t)uses_of(insn, t->b->mode, f->uses);
        changes_of(insn, t->b->mode, f);
        for (unsigned i = 0; i < f->nuses; i++)
            off |= 1u << f->uses[i].base;
    }
    for (unsigned base = 0; base < REG_COUNT; base++) {
        if (!(off >> base & 1))
            continue;
        struct hoist h = find_run(t, 0, base);
        if (h.uses >= WORTH_IT && h.uses > t->plan.uses)
            t->plan = h;
    }
}

static void emit_check(struct translator *t, const struct hoist *h)
{
    struct emitter *e = &t->e;
    fp_store_last(t); // the plain variant knows nothing of it
    flags_need_saved(t);
    flags_clobbered(t);
    struct cold *c = cold_new(t, COLD_GUARD);
    c->saved = true;
    c->exit = exit_new(t, EXITK_LINK, t->eip);
    c->exit->saved = true;
    c->exit->plain = true;
    t->check_at = t->ncold;
    int32_t span = h->max - h->min;
    emit_lea(e, H_R8, hrm_mem(host_gpr(h->base), H_NONE, 0, h->min));
    emit_page(e, H_R9, H_R8);
    emit_load64(e, H_R9, hrm_set(H_R9, 3, h->writes ? MMU_TABLE_W : MMU_TABLE_R));
    if (span > 1) {
        emit_lea(e, H_R11, hrm_mem(H_R8, H_NONE, 0, span - 1));
        emit_op(e, 0, 0x31, H_R8, hrm_reg(H_R11)); // xor r11d, r8d
        emit_op(e, 0, 0xf7, 0, hrm_reg(H_R11));    // test r11d, ~0xfff
        emit_u32(e, 0xfffff000);
        c->misaligned = emit_jcc(e, COND_NE);
    }
    emit_op(e, ENC_W, 0x85, H_R9, hrm_reg(H_R9));
    c->from = emit_jcc(e, COND_E);
    emit_op(e, ENC_W, 0x8d, H_R11, hrm_mem(H_R9, H_R8, 0, 0));
    t->hoist = *h;
    t->hoist.active = true;
    t->hoist.moved = 0;
}

// Can the access at [base+disp] of the current instruction be made through r11? Starts a run where
// one pays.
bool hoist_access(struct translator *t, const struct mem_ref *m, unsigned size, bool write,
                  struct host_rm *rm)
{
    struct hoist *h = &t->hoist;
    if ((t->b->mode & VARIANT_PLAIN) || t->j->no_hoist || m->index != REG_NONE ||
        m->base == REG_NONE || m->seg == SEG_FS || m->seg == SEG_GS || m->seg == SEG_CS)
        return false;
    if (!(h->active && h->base == m->base)) {
        if (h->active && h->last >= t->k)
            return false;
        struct hoist next;
        if (t->plan.uses && t->plan.first == t->k && t->plan.base == m->base) {
            next = t->plan;
        } else {
            next = find_run(t, t->k, m->base);
            bool overlaps = t->plan.uses && next.last >= t->plan.first && t->plan.last >= t->k;
            if (next.uses < WORTH_IT || overlaps)
                return false;
        }
        emit_check(t, &next);
    }
    int32_t at = (int32_t)m->disp + h->moved;
    if (at < h->min || at + (int32_t)size > h->max || (write && !h->writes) || t->k > h->last)
        return false;
    *rm = hrm_mem(H_R11, H_NONE, 0, at - h->min);
    return true;
}

// After instruction k was emitted.
void hoist_advance(struct translator *t)
{
    struct hoist *h = &t->hoist;
    if (!h->active)
        return;
    const struct hoist_facts *f = &t->facts[t->k];
    if (t->k >= h->last || (f->lost >> h->base & 1))
        h->active = false;
    else
        h->moved += move_of(f, h->base);
}
