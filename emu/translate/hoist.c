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

struct use {
    uint8_t base, size;
    bool write;
    int32_t disp;
};

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
static unsigned uses_of(const struct insn *insn, uint8_t mode, struct use u[2])
{
    unsigned n = 0;
    bool string = insn_mnemonics[insn->mnemonic].kind & MNK_STRING;
    unsigned element = insn->opcode & 1 ? insn->op_size : 1u;
    if (string) {
        if ((insn->prefixes & (PREFIX_REP | PREFIX_REPNE)) || (mode & MODE_DF))
            return 0; // left to interp
        if (insn->mnemonic == MN_MOVS || insn->mnemonic == MN_LODS || insn->mnemonic == MN_CMPS)
            u[n++] = (struct use){REG_ESI, (uint8_t)element, false, 0};
        if (insn->mnemonic != MN_LODS)
            u[n++] = (struct use){REG_EDI, (uint8_t)element,
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
        u[n++] = (struct use){insn->mem.base, (uint8_t)o->size, writes_memory(insn, i), disp};
    }
    switch (insn->mnemonic) {
    case MN_PUSH:
    case MN_CALL: u[n++] = (struct use){REG_ESP, 4, true, -4}; break;
    case MN_POP:
    case MN_RET: u[n++] = (struct use){REG_ESP, 4, false, 0}; break;
    case MN_LEAVE: u[n++] = (struct use){REG_EBP, 4, false, 0}; break;
    default: break;
    }
    return n;
}

static bool names(const struct operand *o, unsigned reg)
{
    return o->kind == OPND_REG && (o->size == 1 ? (unsigned)(o->reg & 3) : o->reg) == reg;
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

// By how much the instruction changes `reg`. False: nobody knows.
static bool change_of(const struct insn *insn, uint8_t mode, unsigned reg, int32_t *by)
{
    *by = 0;
    bool to = insn->nopnd && names(&insn->opnd[0], reg);
    unsigned element = insn->opcode & 1 ? insn->op_size : 1u;
    if (insn_class(insn) != CLASS_INTEGER)
        return vector_leaves(insn, reg);
    switch (insn->mnemonic) {
    case MN_PUSH: *by = reg == REG_ESP ? -(int32_t)insn->op_size : 0; return true;
    case MN_POP: *by = reg == REG_ESP ? (int32_t)insn->op_size : 0; return !to;
    case MN_CMP:
    case MN_TEST:
    case MN_BT:
    case MN_NOP:
    case MN_CLC:
    case MN_STC:
    case MN_CMC:
    case MN_SAHF:
    case MN_JCC: return true;
    case MN_ADD:
    case MN_SUB:
        if (!to)
            return true;
        *by = insn->mnemonic == MN_ADD ? (int32_t)insn->imm : (int32_t)(0u - insn->imm);
        return insn->opnd[1].kind == OPND_IMM && insn->opnd[0].size == 4 && *by > -SPAN_MAX &&
               *by < SPAN_MAX;
    case MN_INC:
    case MN_DEC:
        *by = !to ? 0 : insn->mnemonic == MN_INC ? 1 : -1;
        return !to || insn->opnd[0].size == 4;
    case MN_LEA:
        if (!to)
            return true;
        *by = (int32_t)insn->mem.disp;
        return plain_mem(insn) && insn->mem.base == reg && insn->opnd[0].size == 4 &&
               *by > -SPAN_MAX && *by < SPAN_MAX;
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
    case MN_BSR: return !to;
    case MN_XCHG:
    case MN_XADD: return !to && !names(&insn->opnd[1], reg);
    case MN_CMPXCHG: return !to && reg != REG_EAX;
    case MN_LAHF:
    case MN_CBW: return reg != REG_EAX;
    case MN_CWD:
    case MN_MUL:
    case MN_DIV:
    case MN_IDIV:
    case MN_CMPXCHG8B: return reg != REG_EAX && reg != REG_EDX;
    case MN_IMUL: return insn->nopnd > 1 ? !to : reg != REG_EAX && reg != REG_EDX;
    case MN_MOVS:
    case MN_CMPS:
    case MN_STOS:
    case MN_LODS:
    case MN_SCAS: {
        if ((insn->prefixes & (PREFIX_REP | PREFIX_REPNE)) || (mode & MODE_DF))
            return false;
        bool source = insn->mnemonic != MN_STOS && insn->mnemonic != MN_SCAS;
        bool target = insn->mnemonic != MN_LODS;
        if ((reg == REG_ESI && source) || (reg == REG_EDI && target))
            *by = (int32_t)element;
        return !(insn->mnemonic == MN_LODS && reg == REG_EAX);
    }
    default: return false;
    }
}

// --- runs ---

// The run off `base` that begins at instruction `from`.
static struct hoist find_run(const struct translator *t, unsigned from, unsigned base)
{
    struct hoist h = {.base = (uint8_t)base, .first = from};
    int32_t moved = 0;
    for (unsigned k = from; k < t->n; k++) {
        const struct insn *insn = &t->insns[k];
        struct use u[2];
        unsigned n = uses_of(insn, t->b->mode, u);
        for (unsigned i = 0; i < n; i++) {
            if (u[i].base != base)
                continue;
            int32_t lo = u[i].disp + moved, hi = lo + u[i].size;
            if (u[i].disp < -SPAN_MAX * 1024 || u[i].disp > SPAN_MAX * 1024)
                return h;
            if (h.uses) {
                lo = lo < h.min ? lo : h.min;
                hi = hi > h.max ? hi : h.max;
                if (hi - lo > SPAN_MAX)
                    return h;
            }
            if (!h.uses)
                h.first = k;
            h.min = lo;
            h.max = hi;
            h.writes |= u[i].write;
            h.uses++;
            h.last = k;
        }
        int32_t by;
        if (!change_of(insn, t->b->mode, base, &by))
            return h;
        moved += by;
    }
    return h;
}

// Choose the block's best run; others may be taken where they do not overlap it.
void hoist_plan(struct translator *t)
{
    t->hoist = t->plan = (struct hoist){0};
    if ((t->b->mode & VARIANT_PLAIN) || t->j->no_hoist)
        return;
    for (unsigned base = 0; base < REG_COUNT; base++) {
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
    int32_t by;
    if (!h->active)
        return;
    if (t->k >= h->last || !change_of(&t->insns[t->k], t->b->mode, h->base, &by))
        h->active = false;
    else
        h->moved += by;
}
