// From guest bytes to a unit of blocks: decode, look where the block wants its flags, emit, lay
// out, link.
//
// A block begins where control may enter, ends behind a branch, at 128 instructions, or behind an
// instruction that crosses its page. A unit goes on with the fall-through or the return address as
// long as that is on the same page and not yet translated.
//
// An instruction that crosses is taken as its bytes are where both pages are mapped now. The check
// in front of it compares the second page's mapping; the second record of the block (jit.h) tells
// of writes there.
#include <string.h>

#include "emu/cpu/points.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"
#include "emu/translate/translator.h"

// Bytes kept free behind a unit: the stubs that killing blocks needs.
enum { CACHE_RESERVE = 256 << 10, UNIT_ROOM = 64 << 10, UNIT_EXITS = 1 << 11 };

static bool ends_block(const struct translator *t, const struct insn *insn)
{
    if (insn->mnemonic == MN_STI || insn->mnemonic == MN_CLI)
        return false;
    if (insn->mnemonic == MN_CLD || insn->mnemonic == MN_STD)
        return insn_changes_df(t->j->mode, insn);
    return (insn_kind(insn) & (MNK_BRANCH | MNK_END)) || insn->mnemonic == MN_HLT;
}

// Decode the instruction at `eip`, `room` bytes short of its page's end, that goes on on the next
// one. Not if that is not known yet: to translate its address might fault, or mark it as accessed.
static bool decode_crossing(struct translator *t, uint32_t eip, unsigned room, struct insn *insn)
{
    struct cpu *cpu = t->j->cpu;
    uint8_t *code = t->crossing;
    uint32_t page = (eip >> 12) + 1;
    if (room >= sizeof t->crossing || page > 0xfffff)
        return false;
    uint32_t id = mmu_table_x(cpu->mmu, mmu_current_set(cpu))[page];
    if (!id)
        return false;
    memcpy(code, t->code + (eip & 0xfff), room);
    memcpy(code + room, cpu->mmu->ram + ((size_t)(id - 1) << 12), sizeof t->crossing - room);
    if (insn_decode(code, sizeof t->crossing, true, &cpu->features, insn) != DECODE_OK ||
        insn->len <= room)
        return false;
    t->rest_bytes = insn->len - room;
    t->rest_id = id;
    return true;
}

// Decode the block's instructions; 0 if the first one cannot be in a block. `bytes`: on its page.
static unsigned decode_block(struct translator *t, uint32_t eip, uint32_t *bytes)
{
    struct profile *p = t->j->cpu->profile;
    enum stage was = profile_switch(p, STAGE_decode);
    unsigned n = 0;
    uint32_t at = eip & 0xfff;
    const struct points *points = t->j->cpu->points;
    while (n < JIT_MAX_BLOCK_INSNS && at < MMU_PAGE) {
        struct insn *insn = &t->insns[n];
        if (points && points_at(points, (eip & ~0xfffu) | at))
            break;
        enum decode_status got =
            insn_decode(t->code + at, MMU_PAGE - at, true, &t->j->cpu->features, insn);
        if (got == DECODE_MORE && decode_crossing(t, (eip & ~0xfffu) | at, MMU_PAGE - at, insn)) {
            at = MMU_PAGE;
            n++;
            break;
        }
        if (got != DECODE_OK)
            break;
        at += insn->len;
        n++;
        if (ends_block(t, insn))
            break;
    }
    *bytes = at - (eip & 0xfff);
    profile_count(p, STAGE_decode, n, *bytes);
    profile_return(p, was);
    return n;
}

// Count the block's instructions against the budget, in whatever way its flags allow.
static void emit_budget(struct translator *t, enum flags_want want)
{
    struct emitter *e = &t->e;
    struct cold *c = cold_new(t, COLD_EXIT);
    c->exit = exit_new(t, EXITK_BUDGET, t->b->eip);
    if (want == WANT_HOST) {
        // EFLAGS is live: r14 is negative as long as there is budget, so its top byte is 0xff, then
        // 0.
        emit_op(e, ENC_W, 0x8d, H_R14, hrm_mem(H_R14, H_NONE, 0, (int32_t)t->n));
        emit_mov_rr(e, H_R10, H_RCX);
        emit_op(e, ENC_W, 0x89, H_R14, hrm_reg(H_RCX));
        emit_u8(e, 0x48); // bswap rcx
        emit_u8(e, 0x0f);
        emit_u8(e, 0xc9);
        emit_op(e, ENC_0F, 0xb6, H_RCX, hrm_reg(H_RCX)); // movzx ecx, cl
        emit_bind_to(e, emit_jecxz(e), t->island);
        emit_mov_rr(e, H_RCX, H_R10);
        c->from = t->island_jmp;
        return;
    }
    emit_alu_imm(e, ENC_W, ALU_ADD, hrm_reg(H_R14), (int32_t)t->n);
    c->from = emit_jcc(e, COND_NS);
    c->saved = true; // ANY: there is nothing to save, the flags are dead
    c->exit->flags_lost = want == WANT_ANY;
}

// JECXZ reaches 127 bytes: a stepping stone in front of the block that wants its flags in EFLAGS.
static void emit_island(struct translator *t)
{
    struct emitter *e = &t->e;
    struct fixup over = {NULL, false};
    if (t->falls_through) {
        emit_u8(e, 0xeb); // jmp over
        over.at = e->p;
        emit_u8(e, 0);
    }
    t->island = e->p;
    emit_mov_rr(e, H_RCX, H_R10);
    t->island_jmp = emit_jmp(e);
    if (over.at)
        emit_bind(e, over);
}

// The entries of block t->b, with its code to follow at the emitter.
static void emit_entries(struct translator *t, enum flags_want want)
{
    struct emitter *e = &t->e;
    struct block *b = t->b;
    bool primary_saved = t->falls_through ? t->fall_saved : want == WANT_SAVED;
    b->landing = t->landing;
    if (want == WANT_HOST)
        emit_island(t);
    if (want == WANT_ANY) {
        b->entry_host = b->entry_saved = e->p;
    } else if (primary_saved == (want == WANT_SAVED)) {
        struct cold *c = cold_new(t, COLD_ENTRY);
        c->block = b;
        c->back = e->p;
        c->saved = want == WANT_HOST;
        if (want == WANT_HOST)
            b->entry_host = e->p;
        else
            b->entry_saved = e->p;
    } else if (want == WANT_SAVED) {
        b->entry_host = e->p;
        flags_emit_save(e);
        b->entry_saved = e->p;
    } else {
        b->entry_saved = e->p;
        flags_emit_restore(e, H_R10);
        b->entry_host = e->p;
    }
    t->host_valid = want != WANT_SAVED;
    t->saved_valid = want != WANT_HOST;
    emit_budget(t, want);
    if (want == WANT_ANY) {
        // Neither place holds the flags, and no instruction before the one that writes them cares.
        t->host_valid = t->saved_valid = true;
    }
}

// In front of an instruction that crosses: its second page is mapped as it was.
static void check_second_page(struct translator *t)
{
    flags_need_saved(t);
    flags_clobbered(t);
    uint32_t page = (t->eip >> 12) + 1;
    emit_op(&t->e, 0, 0x81, ALU_CMP, hrm_set(H_NONE, 0, MMU_TABLE_X + (int32_t)page * 4));
    emit_u32(&t->e, t->rest_id);
    struct cold *c = cold_new(t, COLD_EXIT);
    c->from = emit_jcc(&t->e, COND_NE);
    c->saved = true;
    c->exit = exit_new(t, EXITK_FETCH, t->eip);
}

static void emit_left_out(struct translator *t, const struct insn *insn, bool last)
{
    flags_need_saved(t);
    flags_clobbered(t);
    struct exit *x = exit_new(t, EXITK_INTERP, t->eip);
    x->left_out = true;
    t->x87.fop = X87_STORED; // C stores it on the way
    exit_leave(t, x);
    if (!last || !ends_block(t, insn)) {
        x->resume = t->e.p;
        return;
    }
    t->ended = true;
}

static void emit_insn(struct translator *t, const struct insn *insn, bool last)
{
    t->first_access = t->ncold;
    t->check_at = 0;
    t->x87_before = t->x87;
    t->bytes = t->code + (t->eip & 0xfff);
    if (last && t->rest_bytes) {
        t->bytes = t->crossing;
        check_second_page(t);
    }
    bool branch = insn_kind(insn) & MNK_BRANCH;
    if (branch)
        fp_store_last(t);
    bool done =
        branch ? translate_branch(t, insn)
               : (translate_odd(t, insn) ||
                  (!ends_block(t, insn) && (translate_alu(t, insn) || translate_stack(t, insn) ||
                                            translate_string(t, insn) || translate_x87(t, insn) ||
                                            translate_vector(t, insn))));
    if (!done)
        emit_left_out(t, insn, last);
    else if (branch)
        t->ended = true;
    // Slow accesses of this instruction: one exit for all of them, and where they go on.
    bool leaves = insn_kind(insn) & (MNK_BRANCH | MNK_END);
    struct exit *x = NULL;
    for (unsigned i = t->first_access; i < t->ncold; i++) {
        struct cold *c = &t->cold[i];
        if (c->kind != COLD_ACCESS)
            continue;
        if (!x || !branch) // an exit has one way back, so each gets its own
            x = exit_new(t, EXITK_INTERP, t->eip);
        c->exit = x;
        // A branch or a change of mode (POPF) done by interp goes on through dispatch; so does an
        // instruction that began a run of accesses behind this access: resumed at its end, it would
        // not have made the run's check.
        c->after = leaves || i < t->check_at ? NULL : t->e.p;
        c->resume_host = t->host_valid;
    }
}

// --hot: the block counts its executions; flags stay, r8 and r9 are scratch here.
static void emit_execution_count(struct emitter *e, const uint64_t *counter)
{
    emit_u8(e, 0x49); // movabs r9, counter
    emit_u8(e, 0xb9);
    emit_u64(e, (uint64_t)(uintptr_t)counter);
    emit_load64(e, H_R8, hrm_mem(H_R9, H_NONE, 0, 0));
    emit_op(e, ENC_W, 0x8d, H_R8, hrm_mem(H_R8, H_NONE, 0, 1));
    emit_store64(e, hrm_mem(H_R9, H_NONE, 0, 0), H_R8);
}

static struct block *emit_block(struct translator *t, uint32_t eip, uint8_t variant)
{
    struct jit *j = t->j;
    uint32_t bytes;
    t->k = 0;
    t->rest_bytes = 0;
    t->n = decode_block(t, eip, &bytes);
    if (t->n == 0 || j->nblocks + 1 >= j->max_blocks)
        return NULL;
    struct block *b = &j->blocks[j->nblocks++];
    *b = (struct block){.eip = eip,
                        .phys = t->page_phys | (eip & 0xfff),
                        .bytes = (uint16_t)bytes,
                        .insns = (uint16_t)t->n,
                        .mode = j->mode | variant};
    if (t->rest_bytes) {
        b->rest = &j->blocks[j->nblocks++];
        *b->rest = (struct block){.eip = (eip & ~0xfffu) + MMU_PAGE,
                                  .phys = (t->rest_id - 1) << 12,
                                  .bytes = (uint16_t)t->rest_bytes,
                                  .owner = b};
    }
    t->b = b;
    t->ended = false;
    t->fp_open = 0;
    t->x87.fop = X87_STORED;
    t->x87_before = t->x87;
    uint8_t *start = t->e.p;
    struct hot *hot = j->cpu->profile->hot;
    uint64_t *counter = NULL;
    if (hot) {
        counter = hot_translate(hot, block_hot_key(b), t->code + (eip & 0xfff));
        hot_place(hot, start + t->e.to_exec, 0, 0);
    }
    hoist_plan(t);
    emit_entries(t, flags_block_wants(t));
    if (hot)
        emit_execution_count(&t->e, counter);
    t->falls_through = t->may_continue = false;
    t->landing = NULL;
    t->eip = eip;
    for (t->k = 0; t->k < t->n; t->k++) {
        const struct insn *insn = &t->insns[t->k];
        if (hot)
            hot_place(hot, t->e.p + t->e.to_exec, t->k + 1, t->eip - eip);
        emit_insn(t, insn, t->k == t->n - 1);
        hoist_advance(t);
        t->eip += insn->len;
    }
    if (!t->ended) {
        fp_store_last(t);
        t->x87_before = t->x87; // of an instruction that was left out, interp stored it
        t->falls_through = t->may_continue = true;
        t->fall_saved = !t->host_valid;
        t->next_eip = t->eip;
    }
    b->host_bytes = (uint32_t)(t->e.p - start);
    if (hot)
        hot_end(hot, start, b->host_bytes);
    j->translated_insns += t->n;
    profile_count(j->cpu->profile, STAGE_translate, t->n, b->host_bytes);
    return b;
}

// The unit ends here although control runs on: make the edge a jump.
static void close_fall_through(struct translator *t)
{
    if (!t->falls_through)
        return;
    t->saved_valid = t->fall_saved;
    t->host_valid = !t->fall_saved;
    exit_edge(t, emit_jmp(&t->e), t->next_eip);
    t->falls_through = false;
}

static void link_pending(struct translator *t, uint32_t page_eip)
{
    struct jit *j = t->j;
    for (unsigned i = 0; i < t->npending; i++) {
        struct exit *x = t->pending_links[i];
        if ((x->eip ^ page_eip) >> 12)
            continue;
        struct block *target = jit_find(j, t->page_phys | (x->eip & 0xfff), x->eip, 0);
        if (target)
            jit_link(j, x, target);
    }
}

struct block *translate_unit(struct jit *j, uint32_t eip, uint32_t phys, uint8_t variant)
{
    if (j->hot_bytes - j->used < UNIT_ROOM ||
        j->cache_bytes - j->cold_used < CACHE_RESERVE + UNIT_ROOM ||
        j->nblocks + 2 * JIT_MAX_UNIT_BLOCKS > j->max_blocks ||
        j->nexits + UNIT_EXITS > j->max_exits || j->ninsns + UNIT_EXITS > j->max_insns)
        jit_cache_flush(j);
    struct translator t;
    t.j = j;
    t.e =
        (struct emitter){j->rw + j->used, j->rw + j->hot_bytes - EMIT_SLACK, j->rx - j->rw, false};
    t.code = j->cpu->mmu->ram + (phys & ~0xfffu);
    t.page_phys = phys & ~0xfffu;
    t.ncold = t.npending = 0;
    t.falls_through = false;
    t.landing = NULL;
    struct profile *p = j->cpu->profile;
    enum stage was = profile_switch(p, STAGE_translate);
    uint32_t saved_exits = j->nexits, saved_traps = j->ntraps, saved_blocks = j->nblocks,
             saved_insns = j->ninsns;
    struct block *made[JIT_MAX_UNIT_BLOCKS];
    uint8_t *hot_end = t.e.p;
    unsigned n = 0;
    uint32_t at = eip;
    while (n < JIT_MAX_UNIT_BLOCKS && t.ncold + MAX_COLD / 2 < MAX_COLD) {
        t.b = n ? made[n - 1] : NULL;
        struct block *b = emit_block(&t, at, n ? 0 : variant);
        if (!b)
            break;
        made[n++] = b;
        at = t.next_eip;
        if (!t.may_continue || (at ^ eip) >> 12 || jit_find(j, t.page_phys | (at & 0xfff), at, 0))
            break;
        bool again = false;
        for (unsigned i = 0; i < n; i++)
            again = again || (made[i]->eip == at && !(i == 0 && variant));
        if (again)
            break;
    }
    if (n) {
        t.b = made[n - 1];
        t.n = t.k = 0;
        close_fall_through(&t);
        exit_emit_cold(&t, true);
        hot_end = t.e.p;
        if (emit_full(&t.e))
            t.e.broken = true;
        t.e.p = j->rw + j->cold_used;
        t.e.end = j->rw + j->cache_bytes - CACHE_RESERVE;
        exit_emit_cold(&t, false);
    }
    if (emit_full(&t.e) || n == 0) {
        j->nexits = saved_exits;
        j->ntraps = saved_traps;
        j->nblocks = saved_blocks;
        j->ninsns = saved_insns;
        n = 0;
        if (emit_full(&t.e) && j->used != j->thunk_bytes) {
            profile_return(p, was);
            jit_cache_flush(j);
            return translate_unit(j, eip, phys, variant);
        }
    } else {
        j->used = (size_t)(hot_end - j->rw);
        j->cold_used = (size_t)(t.e.p - j->rw);
        j->units++;
        for (unsigned i = 0; i < n; i++)
            jit_insert(j, made[i]);
        link_pending(&t, eip);
    }
    profile_return(p, was);
    return n ? made[0] : NULL;
}
