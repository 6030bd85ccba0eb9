// Ways out of translated code: the records that C reads, the stubs behind the unit.
#include <string.h>

#include "emu/mmu/mmu_state.h"
#include "emu/translate/translator.h"

#define CTX(field) hrm_gs(offsetof(struct cpu, jit_scratch) + offsetof(struct jit_context, field))

struct exit *exit_new(struct translator *t, enum exit_kind kind, uint32_t eip)
{
    struct jit *j = t->j;
    struct exit *x = &t->nowhere;
    if (j->nexits < j->max_exits)
        x = &j->exits[j->nexits++];
    else
        t->e.broken = true;
    memset(x, 0, sizeof *x);
    x->kind = (uint8_t)kind;
    x->eip = eip;
    x->unexecuted = (uint16_t)(t->n - t->k);
    x->fp_open = t->fp_open;
    x->x87 = t->x87_before;
    if (j->cpu->profile->hot && x != &t->nowhere)
        hot_make_exit(j->cpu->profile->hot, (size_t)(x - j->exits), t->k + 1);
    if (kind == EXITK_INTERP || kind == EXITK_FPU) {
        if (j->ninsns == j->max_insns) {
            t->e.broken = true;
        } else {
            struct insn *insn = &j->insns[j->ninsns++];
            *insn = t->insns[t->k];
            x->insn = insn;
        }
    }
    return x;
}

void exit_note_trap(struct translator *t)
{
    struct jit *j = t->j;
    if (j->ntraps == j->max_traps) {
        t->e.broken = true;
        return;
    }
    j->traps[j->ntraps++] = (struct trap_site){.host = t->e.p + t->e.to_exec,
                                               .eip = t->eip,
                                               .unexecuted = (uint16_t)(t->n - t->k),
                                               .saved = t->saved_valid,
                                               .x87 = t->x87_before};
}

struct cold *cold_new(struct translator *t, enum cold_kind kind)
{
    if (t->ncold == MAX_COLD) {
        t->e.broken = true;
        t->ncold--;
    }
    struct cold *c = &t->cold[t->ncold++];
    memset(c, 0, sizeof *c);
    c->kind = (uint8_t)kind;
    return c;
}

void exit_leave(struct translator *t, struct exit *x)
{
    emit_store_imm(&t->e, CTX(exit_index), (uint32_t)(x - t->j->exits));
    emit_jmp_to(&t->e, t->j->thunk_exit);
}

void exit_edge(struct translator *t, struct fixup from, uint32_t target)
{
    struct exit *x = exit_new(t, EXITK_LINK, target);
    x->saved = t->saved_valid;
    x->cross_page = (target ^ t->b->eip) >> 12 != 0;
    x->jump = from.at;
    struct cold *c = cold_new(t, COLD_EDGE);
    c->saved = x->saved;
    c->from = from;
    c->exit = x;
    if (t->npending < sizeof t->pending_links / sizeof t->pending_links[0])
        t->pending_links[t->npending++] = x;
}

static void cold_edge(struct translator *t, struct cold *c)
{
    struct emitter *e = &t->e;
    struct exit *x = c->exit;
    if (!c->saved)
        flags_emit_save(e);
    x->stub = e->p;
    if (x->cross_page) {
        // linked: through a check that the page is still mapped where it was
        emit_op(e, 0, 0x81, ALU_CMP, hrm_set(H_NONE, 0, MMU_TABLE_X + (int32_t)(x->eip >> 12) * 4));
        x->page_id = e->p;
        emit_u32(e, 0);
        struct fixup changed = emit_jcc8(e, COND_NE);
        struct fixup go = emit_jmp(e);
        x->jump = go.at;
        emit_bind(e, changed);
        emit_bind(e, go);
        x->stub = e->p;
    }
    exit_leave(t, x);
}

static void cold_guard(struct translator *t, struct cold *c)
{
    struct emitter *e = &t->e;
    if (c->misaligned.at)
        emit_bind(e, c->misaligned);
    emit_bind(e, c->from);
    emit_op(e, ENC_W, 0x8d, H_R14, hrm_mem(H_R14, H_NONE, 0, -(int32_t)c->exit->unexecuted));
    struct fixup go = emit_jmp(e);
    c->exit->jump = go.at;
    emit_bind(e, go);
    c->exit->stub = e->p;
    exit_leave(t, c->exit);
}

static void cold_access(struct translator *t, struct cold *c)
{
    struct emitter *e = &t->e;
    if (c->misaligned.at) {
        emit_bind(e, c->misaligned);
        emit_mov_rr(e, H_R9, c->address);
        emit_alu_imm(e, 0, ALU_AND, hrm_reg(H_R9), 0xfff);
        emit_alu_imm(e, 0, ALU_CMP, hrm_reg(H_R9), 0x1000 - c->size);
        struct fixup crosses = emit_jcc8(e, COND_A);
        emit_page(e, H_R9, c->address);
        emit_load64(e, H_R9, hrm_set(H_R9, 3, c->write ? MMU_TABLE_W : MMU_TABLE_R));
        emit_jmp_to(e, c->back);
        emit_bind(e, crosses);
        emit_u8(e, 0xe8); // call
        struct fixup thunk = {e->p, true};
        emit_u32(e, 0);
        emit_bind_to(e, thunk, t->j->thunk_crossing[c->write][c->address]);
        emit_jmp_to(e, c->back);
    }
    emit_bind(e, c->from);
    exit_leave(t, c->exit);
    if (!c->after)
        return;
    c->exit->resume = e->p;
    if (c->resume_host)
        flags_emit_restore(e, H_R10);
    emit_jmp_to(e, c->after);
}

// Is it on the way of a program that runs as it should?
static bool often_run(const struct cold *c)
{
    return c->kind == COLD_ENTRY || c->kind == COLD_GUARD ||
           (c->kind == COLD_EDGE && c->exit->cross_page);
}

void exit_emit_cold(struct translator *t, bool often)
{
    struct emitter *e = &t->e;
    struct hot *hot = t->j->cpu->profile->hot;
    for (unsigned i = 0; i < t->ncold && !emit_full(e); i++) {
        struct cold *c = &t->cold[i];
        if (often_run(c) != often)
            continue;
        uint8_t *here = e->p;
        const uint8_t *hot_side = c->from.at ? c->from.at : c->back;
        if (hot && hot_side)
            hot_place_like(hot, here + e->to_exec, hot_side + e->to_exec);
        switch (c->kind) {
        case COLD_EXIT:
            if (c->from.at)
                emit_bind(e, c->from);
            if (!c->saved)
                flags_emit_save(e);
            exit_leave(t, c->exit);
            break;
        case COLD_EDGE:
            emit_bind(e, c->from);
            cold_edge(t, c);
            if (!c->exit->cross_page)
                c->exit->stub = here;
            break;
        case COLD_ACCESS: cold_access(t, c); break;
        case COLD_GUARD: cold_guard(t, c); break;
        case COLD_ENTRY:
            if (c->saved) {
                c->block->entry_saved = here;
                flags_emit_restore(e, H_R10);
            } else {
                c->block->entry_host = here;
                flags_emit_save(e);
            }
            emit_jmp_to(e, c->back);
            break;
        case COLD_CALL:
            emit_bind(e, c->from);
            emit_u8(e, 0x4c); // lea r9, [rip+landing]
            emit_u8(e, 0x8d);
            emit_u8(e, 0x0d);
            emit_u32(e, (uint32_t)(int32_t)(c->back - (e->p + 4)));
            emit_u8(e, 0x41); // push r9
            emit_u8(e, 0x51);
            emit_jmp_to(e, t->j->thunk_lookup);
            break;
        }
    }
}
