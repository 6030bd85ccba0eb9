// Finding, joining and killing blocks.
//
// Blocks are found by physical address and EIP. A direct edge inside a page is a plain patched
// jump: whoever runs on a page has it mapped there. An edge to another page compares the page's X
// entry first, so that a changed mapping is noticed. A killed block's incoming edges go back to
// their stubs; its landing pad is overwritten with a jump to C, since a return may come back to it,
// and its entries become edges to whatever is at that address next, since a predecessor may fall
// into them. The memory is reused only after a flush of
// everything. A block that was killed through its second page stays in the first one's list until
// something there is written.
#include <string.h>

#include "emu/dispatch/jit.h"
#include "emu/mmu/mmu_state.h"
#include "emu/profile/profile.h"
#include "emu/translate/backend/x64/emit.h"

struct jump_entry {
    uint32_t eip, pad;
    uint64_t host;
};
_Static_assert(sizeof(struct jump_entry) == 16, "translated code scales by 16");

static uint64_t key_of(uint32_t phys, uint32_t eip, uint8_t mode)
{
    return (uint64_t)phys << 32 | (eip & ~0xfffu) | mode; // the low bits of EIP are those of phys
}

// In the slot of a block that was killed: whoever is next at that address takes it.
static struct block no_block;

// Blocks of one line of guest code are neighbours here, too: they are looked for together.
static uint32_t slot_of(const struct jit *j, uint64_t key)
{
    uint32_t phys = (uint32_t)(key >> 32);
    uint64_t line = (phys >> 6 | (key & 0xfffff000) << 20) * 0x9e3779b97f4a7c15u >> 32;
    return ((uint32_t)line << 3 | (phys >> 3 & 7)) & (j->nslots - 1);
}

static struct slot *find_slot(const struct jit *j, uint64_t key)
{
    for (uint32_t i = slot_of(j, key);; i = (i + 1) & (j->nslots - 1))
        if (!j->slots[i].block || j->slots[i].key == key)
            return &j->slots[i];
}

struct block *jit_find(const struct jit *j, uint32_t phys, uint32_t eip, uint8_t variant)
{
    struct block *b = find_slot(j, key_of(phys, eip, j->mode | variant))->block;
    return b == &no_block ? NULL : b;
}

static void add_to_page(struct jit *j, struct block *b)
{
    b->page_next = j->page_blocks[b->phys >> 12];
    j->page_blocks[b->phys >> 12] = b;
    mmu_code_add(j->cpu->mmu, b->phys, b->bytes);
}

void jit_insert(struct jit *j, struct block *b)
{
    uint64_t key = key_of(b->phys, b->eip, b->mode);
    struct slot *slot = find_slot(j, key);
    j->slots_used += !slot->block;
    *slot = (struct slot){key, b};
    add_to_page(j, b);
    if (b->rest)
        add_to_page(j, b->rest);
}

// An edge whose check of the page failed is linked still, to another block.
static void unlink_exit(struct exit *x)
{
    if (!x->target)
        return;
    struct exit **p = &x->target->incoming;
    while (*p != x)
        p = &(*p)->next_incoming;
    *p = x->next_incoming;
    x->target = NULL;
}

void jit_link(struct jit *j, struct exit *x, struct block *target)
{
    if (!x->jump)
        return;
    unlink_exit(x);
    if (x->cross_page) {
        uint32_t id = (target->phys >> 12) + 1;
        memcpy(x->page_id, &id, 4);
        emit_patch_rel32(x->jump, target->entry_saved);
    } else {
        emit_patch_rel32(x->jump, x->saved ? target->entry_saved : target->entry_host);
    }
    x->target = target;
    x->next_incoming = target->incoming;
    target->incoming = x;
    j->links++;
    profile_count(j->cpu->profile, STAGE_link, 1, 4);
}

static struct jump_entry *jump_table(const struct jit *j, unsigned set)
{
    return (struct jump_entry *)(void *)(j->cpu->mmu->set[set] + MMU_TABLE_JUMP);
}

void jit_jump_fill(struct jit *j, uint32_t eip, struct block *target)
{
    unsigned set = mmu_current_set(j->cpu);
    struct jump_entry *t = &jump_table(j, set)[eip & 0xffff];
    if (!t->host)
        j->jump_filled[set][j->njump_filled[set]++] = eip & 0xffff;
    t->eip = eip;
    t->host = (uint64_t)(uintptr_t)jit_exec(j, target->entry_saved);
}

void jit_jump_clear_set(struct jit *j, unsigned set)
{
    struct jump_entry *t = jump_table(j, set);
    for (uint32_t i = 0; i < j->njump_filled[set]; i++)
        memset(&t[j->jump_filled[set][i]], 0, sizeof *t);
    j->njump_filled[set] = 0;
    // An empty entry reads as EIP 0: only entry 0 can match it, so that one says 1.
    t[0].eip = 1;
}

void jit_jump_clear(struct jit *j)
{
    for (unsigned set = 0; set < MMU_SETS; set++)
        jit_jump_clear_set(j, set);
}

void jit_mappings_lost(void *jit)
{
    struct jit *j = jit;
    jit_jump_clear(j);
    jit_stack_reset(j);
}

// An entry of a dead block becomes an edge. `saved`: flags are SAVED here.
static void overwrite_entry(struct jit *j, uint8_t *at, const struct block *b, bool saved)
{
    // Five bytes have room for a jump only; the rest goes behind everything else in the cache.
    struct emitter e = {j->rw + j->cold_used, j->rw + j->cache_bytes - EMIT_SLACK, j->rx - j->rw,
                        false};
    uint8_t *stub = e.p;
    if (j->nexits == j->max_exits) {
        j->must_flush = true;
        return;
    }
    struct exit *x = &j->exits[j->nexits];
    *x = (struct exit){.kind = EXITK_LINK,
                       .saved = saved,
                       .plain = b->mode & VARIANT_PLAIN,
                       .x87 = {.fop = X87_STORED}, // on the edge that leads here
                       .eip = b->eip,
                       .jump = at + 1,
                       .stub = stub};
    if (!saved) {
        emit_mov_rr(&e, H_R10, H_RAX);
        emit_u8(&e, 0x9f);
        emit_op(&e, ENC_0F, 0x90, 0, hrm_reg(H_RAX));
        emit_mov_rr(&e, H_R12, H_RAX);
        emit_mov_rr(&e, H_RAX, H_R10);
    }
    emit_store_imm(
        &e, hrm_gs(offsetof(struct cpu, jit_scratch) + offsetof(struct jit_context, exit_index)),
        j->nexits);
    emit_jmp_to(&e, j->thunk_exit);
    if (emit_full(&e)) {
        j->must_flush = true; // nothing translated runs before that: the running block leaves
        return;
    }
    j->nexits++;
    j->cold_used = (size_t)(e.p - j->rw);
    struct emitter patch = {at, at + 5, 0, false};
    emit_jmp_to(&patch, stub);
}

// `blame`: the guest has changed the code itself.
static void kill_block(struct jit *j, struct block *b, bool blame)
{
    find_slot(j, key_of(b->phys, b->eip, b->mode))->block = &no_block;
    for (struct exit *x = b->incoming; x; x = x->next_incoming) {
        uint32_t none = 0;
        x->target = NULL;
        if (x->cross_page)
            memcpy(x->page_id, &none, 4);
        emit_patch_rel32(x->jump, x->stub);
    }
    b->incoming = NULL;
    overwrite_entry(j, b->entry_host, b, false);
    if (b->entry_saved != b->entry_host)
        overwrite_entry(j, b->entry_saved, b, true);
    if (b->landing) {
        struct emitter patch = {b->landing, b->landing + 5, 0, false};
        emit_jmp_to(&patch, j->thunk_return_miss);
    }
    for (unsigned set = 0; set < MMU_SETS; set++) {
        struct jump_entry *t = &jump_table(j, set)[b->eip & 0xffff];
        if (t->eip == b->eip && t->host)
            t->host = (uint64_t)(uintptr_t)jit_exec(j, j->thunk_lookup);
    }
    uint32_t heat = (b->phys ^ b->phys >> 14) & (JIT_HEAT - 1);
    if (blame && j->heat[heat] < 255)
        j->heat[heat]++;
    b->dead = true;
    j->kills++;
    if (j->cpu->profile->hot)
        hot_kill(j->cpu->profile->hot, block_hot_key(b));
    profile_count(j->cpu->profile, STAGE_smc, 1, b->bytes);
}

static struct block *whole_of(struct block *b)
{
    return b->owner ? b->owner : b;
}

static void kill_range(struct jit *j, uint32_t phys, uint32_t bytes, bool blame)
{
    enum stage was = profile_switch(j->cpu->profile, STAGE_smc);
    uint32_t page = phys >> 12;
    bool fewer = false;
    for (struct block **p = &j->page_blocks[page]; *p;) {
        struct block *b = *p, *whole = whole_of(b);
        bool hit = b->phys < phys + bytes && phys < b->phys + b->bytes;
        if (!hit && !whole->dead) {
            p = &b->page_next;
            continue;
        }
        *p = b->page_next;
        fewer = true;
        if (!whole->dead) {
            kill_block(j, whole, blame);
            j->cpu->leave = 1; // it may be the one that runs now
        }
    }
    if (fewer) {
        mmu_code_forget(j->cpu->mmu, page);
        for (struct block *b = j->page_blocks[page]; b; b = b->page_next)
            if (!whole_of(b)->dead)
                mmu_code_add(j->cpu->mmu, b->phys, b->bytes);
    }
    profile_return(j->cpu->profile, was);
}

void jit_code_written(void *jit, uint32_t phys, uint32_t bytes)
{
    kill_range(jit, phys, bytes, true);
}

void jit_kill_linear(struct jit *j, uint32_t linear)
{
    for (uint32_t i = 0; i < j->nblocks; i++) {
        const struct block *b = &j->blocks[i];
        if (!b->dead && linear - b->eip < b->bytes)
            kill_range(j, b->phys + (linear - b->eip), 1, false);
    }
}
