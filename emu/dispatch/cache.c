// The code cache (one memory file, a writable and an executable mapping of it), the return stack,
// and the hand-made thunks at the cache's start.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/dispatch/jit.h"
#include "emu/mmu/mmu_state.h"
#include "emu/translate/backend/x64/emit.h"

#define CTX(field) hrm_gs(offsetof(struct cpu, jit_scratch) + offsetof(struct jit_context, field))
#define CPU(field) hrm_gs(offsetof(struct cpu, field))

_Static_assert(sizeof(struct jit_context) <= sizeof(((struct cpu *)0)->jit_scratch),
               "the context must fit its place in struct cpu");

enum { THUNK_ROOM = 4 << 10 };

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static const uint8_t guest_regs[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_EBP, REG_ESI, REG_EDI};
static const uint8_t callee_saved[] = {H_RBX, H_RBP, H_R12, H_R13, H_R14, H_R15};

static struct host_rm gpr_field(unsigned reg)
{
    return hrm_gs(offsetof(struct cpu, gpr) + 4 * reg);
}

static void emit_push(struct emitter *e, unsigned reg)
{
    if (reg >= 8)
        emit_u8(e, 0x41);
    emit_u8(e, 0x50 | (reg & 7));
}

static void emit_pop(struct emitter *e, unsigned reg)
{
    if (reg >= 8)
        emit_u8(e, 0x41);
    emit_u8(e, 0x58 | (reg & 7));
}

// jmp through the JUMP table with the EIP in r8d; flags SAVED.
static void emit_jump_table(struct emitter *e, const uint8_t *miss)
{
    emit_op(e, ENC_0F, 0xb7, H_R9, hrm_reg(H_R8)); // movzx r9d, r8w
    emit_op(e, 0, 0x01, H_R9, hrm_reg(H_R9));      // add r9d, r9d
    emit_op(e, 0, 0x39, H_R8, hrm_set(H_R9, 3, MMU_TABLE_JUMP));
    emit_bind_to(e, emit_jcc(e, COND_NE), miss);
    emit_op(e, 0, 0xff, 4, hrm_set(H_R9, 3, MMU_TABLE_JUMP + 8));
}

// The guest's x87, MMX, SSE and AVX state into the host's registers, or out of them; what C expects
// there instead is an empty x87 unit and the reset value of MXCSR. Destroys EAX, EDX and flags.
static void emit_xsave(struct emitter *e, unsigned fxsave, unsigned xsave)
{
    bool avx = __builtin_cpu_supports("avx");
    emit_mov_ri(e, H_RAX, XCR0_ALL);
    emit_mov_ri(e, H_RDX, 0);
    emit_op(e, ENC_0F, 0xae, avx ? xsave : fxsave, CPU(fpu));
}

static void emit_fp_load(struct emitter *e)
{
    emit_alu_imm(e, 0, ALU_CMP, CTX(fp_load), 0);
    struct fixup no = emit_jcc8(e, COND_E);
    emit_xsave(e, 1, 5);
    emit_store_imm(e, CTX(fp_load), 0);
    emit_store_imm(e, CTX(fp_live), 1);
    emit_bind(e, no);
}

static void emit_fp_save(struct emitter *e)
{
    emit_alu_imm(e, 0, ALU_CMP, CTX(fp_live), 0);
    struct fixup no = emit_jcc8(e, COND_E);
    emit_xsave(e, 0, 4);
    emit_u8(e, 0xdb); // fninit
    emit_u8(e, 0xe3);
    emit_op(e, ENC_0F, 0xae, 2, CTX(mxcsr)); // ldmxcsr
    emit_store_imm(e, CTX(fp_live), 0);
    emit_store_imm(e, CTX(fp_saved), 1);
    emit_bind(e, no);
}

// See thunk_crossing in jit.h. It has no place on the stack of its own: that may be at its guard
// page.
static uint8_t *make_crossing(struct emitter *e, bool write, unsigned address)
{
    uint8_t *start = e->p;
    // One access all the same where the two pages are neighbours in the host as well.
    emit_page(e, H_R9, address);
    emit_op(e, ENC_W, 0x8d, H_R9, hrm_set(H_R9, 3, write ? MMU_TABLE_W : MMU_TABLE_R));
    emit_store64(e, CTX(spill), H_RAX);
    emit_load64(e, H_RAX, hrm_mem(H_R9, H_NONE, 0, 8));
    emit_load64(e, H_R9, hrm_mem(H_R9, H_NONE, 0, 0));
    emit_op(e, ENC_W, 0x39, H_RAX, hrm_reg(H_R9));
    emit_load64(e, H_RAX, CTX(spill));
    struct fixup apart = emit_jcc8(e, COND_NE);
    emit_u8(e, 0xc3);
    emit_bind(e, apart);
    emit_mov_ri(e, H_R9, 0);
    emit_u8(e, 0xc3);
    return start;
}

static bool make_thunks(struct jit *j)
{
    struct emitter e = {j->rw, j->rw + THUNK_ROOM, j->rx - j->rw, false};

    // void enter(void *target): C ABI.
    j->thunk_enter = e.p;
    for (size_t i = 0; i < sizeof callee_saved; i++)
        emit_push(&e, callee_saved[i]);
    emit_store64(&e, CTX(c_rsp), H_RSP);
    emit_store64(&e, CTX(target), H_RDI);
    emit_load64(&e, H_R13, CTX(set));
    emit_load(&e, H_R12, CTX(flags));
    emit_load64(&e, H_R11, CTX(hoisted));
    emit_load64(&e, H_R14, CPU(left));
    emit_op(&e, ENC_W, 0xf7, 2, hrm_reg(H_R14)); // not r14
    emit_load(&e, H_R15, gpr_field(REG_ESP));
    emit_fp_load(&e);
    for (size_t i = 0; i < sizeof guest_regs; i++)
        emit_load(&e, guest_regs[i], gpr_field(guest_regs[i]));
    emit_load64(&e, H_RSP, CTX(jit_rsp));
    emit_op(&e, 0, 0xff, 4, CTX(target));

    // An indirect branch missed: EIP in r8d, flags SAVED.
    j->thunk_lookup = e.p;
    emit_store(&e, CTX(exit_eip), H_R8);
    emit_store_imm(&e, CTX(exit_index), EXIT_LOOKUP);
    // fall through
    j->thunk_exit = e.p;
    for (size_t i = 0; i < sizeof guest_regs; i++)
        emit_store(&e, gpr_field(guest_regs[i]), guest_regs[i]);
    emit_store(&e, gpr_field(REG_ESP), H_R15);
    emit_op(&e, ENC_W, 0xf7, 2, hrm_reg(H_R14));
    emit_store64(&e, CPU(left), H_R14);
    emit_store(&e, CTX(flags), H_R12);
    emit_store64(&e, CTX(hoisted), H_R11);
    emit_store64(&e, CTX(jit_rsp), H_RSP);
    emit_load64(&e, H_RSP, CTX(c_rsp));
    emit_fp_save(&e);
    for (size_t i = sizeof callee_saved; i-- > 0;)
        emit_pop(&e, callee_saved[i]);
    emit_u8(&e, 0xc3);

    // A return did not match its call, or the return stack is empty: EIP in r8d, flags SAVED.
    j->thunk_return_miss = e.p;
    emit_load64(&e, H_RSP, CTX(stack_base));
    emit_jump_table(&e, j->thunk_lookup);

    for (unsigned write = 0; write < 2; write++)
        for (unsigned reg = 0; reg < 16; reg++)
            if (reg != H_RSP && (reg <= H_R8 || reg == H_R15))
                j->thunk_crossing[write][reg] = make_crossing(&e, write, reg);
    j->thunk_bytes = (size_t)(e.p - j->rw + 63) & ~(size_t)63;
    return !emit_full(&e);
}

void jit_stack_reset(struct jit *j)
{
    struct jit_context *c = jit_context(j->cpu);
    // The base holds the address that an unmatched host `ret` goes to.
    uint8_t *base = j->stack + JIT_STACK_BYTES - 64;
    uint64_t miss = (uint64_t)(uintptr_t)jit_exec(j, j->thunk_return_miss);
    memcpy(base, &miss, 8);
    c->stack_base = (uint64_t)(uintptr_t)base;
    c->jit_rsp = c->stack_base;
}

int jit_cache_create(struct jit *j, const char **why)
{
    int fd = memfd_create("tickmark-code", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)j->cache_bytes) < 0) {
        *why = "cannot make the translator's memory file";
        if (fd >= 0)
            close(fd);
        return -1;
    }
    void *rw = mmap(NULL, j->cache_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *rx = mmap(NULL, j->cache_bytes, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    close(fd);
    if (rw == MAP_FAILED || rx == MAP_FAILED) {
        if (rw != MAP_FAILED)
            munmap(rw, j->cache_bytes);
        if (rx != MAP_FAILED)
            munmap(rx, j->cache_bytes);
        *why = "cannot map the translator's memory file writable and executable";
        return -1;
    }
    j->rw = rw;
    j->rx = rx;
    size_t pages = (size_t)(j->cpu->mmu->store_bytes / MMU_PAGE);
    j->stack = reserve(JIT_STACK_BYTES);
    j->max_blocks = (uint32_t)(j->cache_bytes / JIT_BYTES_A_BLOCK);
    j->max_exits = (uint32_t)(j->cache_bytes / JIT_BYTES_AN_EXIT);
    j->max_insns = (uint32_t)(j->cache_bytes / JIT_BYTES_AN_INSN);
    j->max_traps = (uint32_t)(j->cache_bytes / JIT_BYTES_A_TRAP);
    j->blocks = reserve(j->max_blocks * sizeof *j->blocks);
    j->exits = reserve(j->max_exits * sizeof *j->exits);
    j->insns = reserve(j->max_insns * sizeof *j->insns);
    j->traps = reserve(j->max_traps * sizeof *j->traps);
    j->nslots = 1;
    while (j->nslots < 2 * j->max_blocks)
        j->nslots *= 2;
    j->slots = reserve(j->nslots * sizeof *j->slots);
    j->page_blocks = reserve(pages * sizeof *j->page_blocks);
    j->heat = reserve(JIT_HEAT);
    bool ok = true;
    for (unsigned set = 0; set < MMU_SETS; set++) {
        j->jump_filled[set] = reserve((1 << 16) * sizeof(uint32_t));
        ok = ok && j->jump_filled[set];
    }
    if (!j->stack || !j->blocks || !j->exits || !j->insns || !j->traps || !j->slots ||
        !j->page_blocks || !j->heat || !ok || mprotect(j->stack, 4096, PROT_NONE) < 0) {
        *why = "the host has no address space for the translator's tables";
        return -1;
    }
    if (!make_thunks(j)) {
        *why = "no room for the translator's thunks";
        return -1;
    }
    jit_context(j->cpu)->mxcsr = MXCSR_INIT;
    jit_context(j->cpu)->fp_saved = 1;
    jit_fp_returned(j);
    j->used = j->thunk_bytes;
    j->cold_used = j->hot_bytes;
    j->nexits = EXITS_FIXED;
    j->exits[EXIT_LOOKUP].kind = EXITK_LOOKUP;
    j->exits[EXIT_TRAP].kind = EXITK_TRAP;
    j->exits[EXIT_TRAP].x87.fop = j->exits[EXIT_LOOKUP].x87.fop = X87_STORED;
    jit_stack_reset(j);
    jit_jump_clear(j);
    if (j->cpu->profile->hot)
        hot_set_cache(j->cpu->profile->hot, j->rx, j->cache_bytes, j->hot_bytes);
    return 0;
}

void jit_cache_destroy(struct jit *j)
{
    size_t pages = (size_t)(j->cpu->mmu->store_bytes / MMU_PAGE);
    struct {
        void *p;
        size_t bytes;
    } all[] = {{j->rw, j->cache_bytes},
               {j->rx, j->cache_bytes},
               {j->stack, JIT_STACK_BYTES},
               {j->blocks, j->max_blocks * sizeof *j->blocks},
               {j->exits, j->max_exits * sizeof *j->exits},
               {j->insns, j->max_insns * sizeof *j->insns},
               {j->traps, j->max_traps * sizeof *j->traps},
               {j->slots, j->nslots * sizeof *j->slots},
               {j->page_blocks, pages * sizeof *j->page_blocks},
               {j->heat, JIT_HEAT},
               {j->jump_filled[MMU_SET_SYSTEM], (1 << 16) * sizeof(uint32_t)},
               {j->jump_filled[MMU_SET_USER], (1 << 16) * sizeof(uint32_t)},
               {j->jump_filled[MMU_SET_OPEN], (1 << 16) * sizeof(uint32_t)}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].p)
            munmap(all[i].p, all[i].bytes);
}

void jit_cache_flush(struct jit *j)
{
    struct mmu *mmu = j->cpu->mmu;
    for (uint32_t i = 0; i < j->nblocks; i++) {
        uint32_t page = j->blocks[i].phys >> 12;
        j->page_blocks[page] = NULL;
        mmu_code_forget(mmu, page);
    }
    memset(j->slots, 0, j->nslots * sizeof *j->slots);
    j->slots_used = 0;
    memset(j->blocks, 0, j->nblocks * sizeof *j->blocks);
    memset(j->exits + EXITS_FIXED, 0, (j->nexits - EXITS_FIXED) * sizeof *j->exits);
    j->nblocks = 0;
    j->nexits = EXITS_FIXED;
    j->ntraps = j->ninsns = 0;
    j->used = j->thunk_bytes;
    j->cold_used = j->hot_bytes;
    j->must_flush = false;
    if (j->cpu->profile->hot)
        hot_flush(j->cpu->profile->hot);
    jit_jump_clear(j);
    jit_stack_reset(j);
    j->cache_flushes++;
}
