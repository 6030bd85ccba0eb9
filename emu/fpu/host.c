// See host.h. Thunks lie in slots of a memory file that is mapped twice, writable and executable.
//
//   uint fpu_thunk(struct fpu_state *rdi, void *rsi, struct fpu_io *rdx -> r8):
//     [ldmxcsr] [load vector registers] [load eax ...] THE INSTRUCTION [store flags, eax ...]
//     [store the destination] [stmxcsr, ldmxcsr io] [emms | vzeroupper] xor eax, eax; ret
//   x87: see host_x87.c
//
// SIGFPE (#XM) and SIGILL in a slot go to its way out with EAX = enum fpu_thunk_end. The offset of
// the way out is in the slot's last two bytes.
#include "emu/fpu/host.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "emu/fpu/thunk.h"

enum {
    SLOTS = 4096,
    SLOT_BYTES = THUNK_SLOT_BYTES,
    PLANS = 4 * SLOTS, // open addressing: a quarter full at most
    BYTES = SLOTS * SLOT_BYTES,
};

static struct {
    uint8_t *rw, *rx;
    unsigned used; // slots
    bool failed;
    struct fpu_plan plans[PLANS]; // key 0: free
    struct sigaction before_fpe, before_ill;
} host;

static void load_xmm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0x0f, 0x28);
    thunk_put_state(c, r, THUNK_STATE(xmm) + 16 * r);
}

static void store_xmm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0x0f, 0x29);
    thunk_put_state(c, r, THUNK_STATE(xmm) + 16 * r);
}

static void load_ymm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0xc5, 0xf8, 0x28); // vmovaps
    thunk_put_state(c, r, THUNK_STATE(xmm) + 16 * r);
    thunk_put_vex(c, 3, 0, r, 1, 1);
    thunk_put(c, 0x18); // vinsertf128
    thunk_put_state(c, r, THUNK_STATE(ymm_high) + 16 * r);
    thunk_put(c, 1);
}

static void store_ymm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0xc5, 0xf8, 0x29);
    thunk_put_state(c, r, THUNK_STATE(xmm) + 16 * r);
    thunk_put_vex(c, 3, 0, 0, 1, 1);
    thunk_put(c, 0x19); // vextractf128
    thunk_put_state(c, r, THUNK_STATE(ymm_high) + 16 * r);
    thunk_put(c, 1);
}

static void load_mm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0x0f, 0x6f);
    thunk_put_state(c, r, THUNK_STATE(st) + 16 * r);
}

static void store_mm(struct thunk *c, unsigned r)
{
    THUNK_PUT(c, 0x0f, 0x7f);
    thunk_put_state(c, r, THUNK_STATE(st) + 16 * r);
    THUNK_PUT(c, 0x66, 0xc7); // its exponent: ones
    thunk_put_state(c, 0, THUNK_STATE(st) + 16 * r + 8);
    THUNK_PUT(c, 0xff, 0xff);
}

// --- what an instruction is
// ----------------------------------------------------------------------------------

bool fpu_may_raise_xm(const struct insn *insn)
{
    unsigned op = insn->opcode;
    if (insn->cls != CLASS_SSE && insn->cls != CLASS_AVX)
        return false;
    switch (insn->map) {
    case 1:
        return op == 0x2a || (op >= 0x2c && op <= 0x2f) || op == 0x51 ||
               (op >= 0x58 && op <= 0x5f) || op == 0x7c || op == 0x7d || op == 0xc2 || op == 0xd0 ||
               op == 0xe6;
    case 2: // VCVTPH2PS, FMA
        return insn->vex && (op == 0x13 || (op >= 0x96 && op <= 0xbf && (op & 15) >= 6));
    case 3: // ROUND, DPPS, DPPD, VCVTPS2PH
        return (op >= 0x08 && op <= 0x0b) || op == 0x40 || op == 0x41 || (op == 0x1d && insn->vex);
    default: return false;
    }
}

static bool is_string_compare(const struct insn *insn)
{
    return insn->map == 3 && insn->opcode >= 0x60 && insn->opcode <= 0x63;
}

static bool is_vector(const struct operand *o)
{
    return o->kind == OPND_XMM || o->kind == OPND_YMM || o->kind == OPND_MM;
}

static const struct operand *memory_operand(const struct insn *insn)
{
    for (unsigned i = 0; i < insn->nopnd; i++)
        if (insn->opnd[i].kind == OPND_MEM)
            return &insn->opnd[i];
    return NULL;
}

static unsigned prefix_number(const struct insn *insn)
{
    switch (insn->simd_prefix) {
    case 0x66: return 1;
    case 0xf3: return 2;
    case 0xf2: return 3;
    default: return 0;
    }
}

// ModRM with the memory operand at [rsi].
static unsigned buffer_modrm(const struct insn *insn)
{
    return insn->modrm >= 0xc0 ? insn->modrm : (insn->modrm & 0x38u) | THUNK_MODRM_RSI;
}

// The register in VEX.vvvv: the second of three operands, but where a shift by an immediate or a
// gather has it. 0 (encoded as all ones) where it is not used.
static unsigned vvvv_of(const struct insn *insn)
{
    unsigned n = 0;
    if (!insn->vex)
        return 0;
    if (insn->map == 1 && insn->opcode >= 0x71 && insn->opcode <= 0x73)
        return insn->opnd[0].reg;
    while (n < insn->nopnd && insn->opnd[n].kind != OPND_IMM)
        n++;
    return n < 3 ? 0 : insn->opnd[insn->vsib ? 2 : 1].reg;
}

// Is the general register operand ModRM.rm, or ModRM.reg? MOVD, CVTSI2SS, PINSRx, PEXTRx; the older
// PEXTRW, MOVMSKPS, CVTSS2SI.
static bool general_is_rm(const struct insn *insn)
{
    unsigned op = insn->opcode;
    return insn->map == 3 ||
           (insn->map == 1 && (op == 0x6e || op == 0x7e || op == 0x2a || op == 0xc4));
}

// All that code and plan depend on. Never 0: the row is not.
static uint64_t key_of(const struct insn *insn)
{
    uint64_t key = insn->row;
    key = key << 8 | insn->opcode;
    key = key << 8 | buffer_modrm(insn);
    key = key << 8 | (insn->imm_at ? insn->imm & 0xff : 0);
    key = key << 4 | vvvv_of(insn);
    key = key << 2 | insn->map;
    key = key << 2 | prefix_number(insn);
    return key << 3 | (unsigned)insn->vex << 2 | (unsigned)insn->vex_l << 1 | insn->vex_w;
}

// --- thunks
// --------------------------------------------------------------------------------------------------

// The instruction itself, a general register operand replaced by EAX.
static void put_instruction(struct thunk *c, const struct insn *insn)
{
    unsigned modrm = buffer_modrm(insn), prefix = prefix_number(insn);
    for (unsigned i = 0; i < insn->nopnd; i++) {
        if (insn->opnd[i].kind == OPND_REG)
            modrm &= general_is_rm(insn) ? 0xf8 : 0xc7;
    }
    if (insn->vex) {
        thunk_put_vex(c, insn->map, insn->vex_w, vvvv_of(insn), insn->vex_l, prefix);
    } else if (insn->map == 0) {
        // x87: no prefix
    } else {
        if (insn->simd_prefix)
            thunk_put(c, insn->simd_prefix);
        thunk_put(c, 0x0f);
        if (insn->map == 2)
            thunk_put(c, 0x38);
        if (insn->map == 3)
            thunk_put(c, 0x3a);
    }
    thunk_put(c, insn->opcode);
    thunk_put(c, modrm);
    // A register in the immediate has three bits outside of 64-bit mode.
    if (insn->imm_at)
        thunk_put(c, insn->imm & (is_vector(&insn->opnd[3]) ? 0x7f : 0xff));
}

static void load_operands(struct thunk *c, const struct insn *insn)
{
    for (unsigned i = 0; i < insn->nopnd; i++) {
        const struct operand *o = &insn->opnd[i];
        if (o->kind == OPND_MM)
            load_mm(c, o->reg);
        else if (is_vector(o) && insn->vex)
            load_ymm(c, o->reg);
        else if (is_vector(o))
            load_xmm(c, o->reg);
        else if (o->kind == OPND_REG)
            thunk_put_io(c, 0x8b, 0, THUNK_IO(gpr));
    }
    if (is_string_compare(insn)) {
        thunk_put_io(c, 0x8b, 0, THUNK_IO(eax));
        thunk_put_io(c, 0x8b, 2, THUNK_IO(edx));
    }
}

static void store_operands(struct thunk *c, const struct insn *insn)
{
    for (unsigned i = 0; i < insn->nopnd; i++) {
        const struct operand *o = &insn->opnd[i];
        if (!(insn_operand_access(insn, i) & ACCESS_WRITE))
            continue;
        if (o->kind == OPND_MM)
            store_mm(c, o->reg);
        else if (is_vector(o) && insn->vex)
            store_ymm(c, o->reg);
        else if (is_vector(o))
            store_xmm(c, o->reg);
        else if (o->kind == OPND_REG)
            thunk_put_io(c, 0x89, 0, THUNK_IO(gpr));
    }
    if (is_string_compare(insn)) {
        if (insn->opcode & 1)
            thunk_put_io(c, 0x89, 1, THUNK_IO(ecx));
        else if (insn->vex)
            store_ymm(c, 0);
        else
            store_xmm(c, 0);
    }
}

// The way out after a signal: EAX is the result.
void thunk_put_way_out(struct thunk *c, const struct insn *insn, bool mxcsr, bool mmx)
{
    uint16_t offset = (uint16_t)(c->p - c->slot);
    if (insn->cls == CLASS_X87)
        THUNK_PUT(c, 0xdb, 0xe3);
    if (mxcsr) {
        THUNK_PUT(c, 0x0f, 0xae);
        thunk_put_state(c, 3, THUNK_STATE(mxcsr));
    }
    if (mxcsr || insn->cls == CLASS_X87)
        thunk_put_ldmxcsr_host(c);
    if (mmx)
        THUNK_PUT(c, 0x0f, 0x77);
    if (insn->vex)
        THUNK_PUT(c, 0xc5, 0xf8, 0x77); // vzeroupper
    thunk_put(c, 0xc3);
    memcpy(c->slot + SLOT_BYTES - 2, &offset, 2);
}

static void make_vector(struct thunk *c, const struct insn *insn, const struct fpu_plan *plan)
{
    bool mxcsr = fpu_may_raise_xm(insn);
    THUNK_PUT(c, 0x49, 0x89, 0xd0); // mov r8, rdx
    if (mxcsr) {
        THUNK_PUT(c, 0x0f, 0xae);
        thunk_put_state(c, 2, THUNK_STATE(mxcsr));
    }
    load_operands(c, insn);
    put_instruction(c, insn);
    if (plan->flags && insn->nopnd) {
        if (plan->gpr_out != REG_NONE)
            thunk_put_io(c, 0x89, 0, THUNK_IO(gpr));
        thunk_put_flags_out(c);
        if (plan->gpr_out != REG_NONE)
            thunk_put_io(c, 0x8b, 0, THUNK_IO(gpr));
    }
    store_operands(c, insn);
    if (mxcsr) {
        THUNK_PUT(c, 0x0f, 0xae);
        thunk_put_state(c, 3, THUNK_STATE(mxcsr));
        thunk_put_ldmxcsr_host(c);
    }
    if (plan->mmx)
        THUNK_PUT(c, 0x0f, 0x77);
    if (insn->vex)
        THUNK_PUT(c, 0xc5, 0xf8, 0x77);
    thunk_put_return(c);
    thunk_put_way_out(c, insn, mxcsr, plan->mmx);
}

static void fill_plan(struct fpu_plan *plan, const struct insn *insn)
{
    const struct operand *memory = memory_operand(insn);
    plan->flags = insn_flag_effects(insn).changes;
    plan->gpr_in = plan->gpr_out = REG_NONE;
    plan->cls = insn->cls;
    plan->aligned = memory && insn_needs_alignment(insn);
    plan->size = memory ? (uint8_t)memory->size : 0;
    plan->lengths = is_string_compare(insn) && insn->opcode <= 0x61;
    plan->index = is_string_compare(insn) && (insn->opcode & 1);
    for (unsigned i = 0; i < insn->nopnd; i++) {
        const struct operand *o = &insn->opnd[i];
        unsigned access = insn_operand_access(insn, i);
        plan->mmx |= o->kind == OPND_MM;
        if (o->kind == OPND_MEM)
            plan->memory = (uint8_t)access;
        if (o->kind == OPND_REG && (access & ACCESS_READ))
            plan->gpr_in = o->reg;
        if (o->kind == OPND_REG && (access & ACCESS_WRITE))
            plan->gpr_out = o->reg;
    }
}

// --- faults in thunks
// ----------------------------------------------------------------------------------------

static void on_fault(int number, siginfo_t *info, void *context)
{
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    uintptr_t at = (uintptr_t)g[REG_RIP] - (uintptr_t)host.rx;
    if (at < BYTES) {
        const uint8_t *slot = host.rx + at / SLOT_BYTES * SLOT_BYTES;
        uint16_t offset;
        memcpy(&offset, slot + SLOT_BYTES - 2, 2);
        g[REG_RIP] = (greg_t)(uintptr_t)(slot + offset);
        g[REG_RAX] = number == SIGFPE ? FPU_SIMD_EXCEPTION : FPU_UNDEFINED;
        return;
    }
    // Not ours: to whoever was there before, or to the default by letting it fault again.
    const struct sigaction *before = number == SIGFPE ? &host.before_fpe : &host.before_ill;
    if (before->sa_flags & SA_SIGINFO)
        before->sa_sigaction(number, info, context);
    else
        sigaction(number, before, NULL);
}

static bool start(void)
{
    int fd = memfd_create("tickmark-fpu", MFD_CLOEXEC);
    void *rw = MAP_FAILED, *rx = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, BYTES) == 0) {
        rw = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        rx = mmap(NULL, BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    }
    if (fd >= 0)
        close(fd);
    struct sigaction sa = {.sa_sigaction = on_fault,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&sa.sa_mask);
    if (rw == MAP_FAILED || rx == MAP_FAILED || sigaction(SIGFPE, &sa, &host.before_fpe) < 0 ||
        sigaction(SIGILL, &sa, &host.before_ill) < 0)
        return false;
    host.rw = rw;
    host.rx = rx;
    return true;
}

// --- plans
// ---------------------------------------------------------------------------------------------------

static struct fpu_plan *find(uint64_t key)
{
    uint64_t i = key * 0x9e3779b97f4a7c15ull >> 50;
    while (host.plans[i % PLANS].key && host.plans[i % PLANS].key != key)
        i++;
    return &host.plans[i % PLANS];
}

static const struct fpu_plan *make_plan(const struct insn *insn, uint64_t key)
{
    if (host.failed || (!host.rw && !start())) {
        host.failed = true;
        return NULL;
    }
    if (host.used == SLOTS) {
        memset(host.plans, 0, sizeof host.plans);
        host.used = 0;
    }
    struct fpu_plan *plan = find(key);
    size_t offset = (size_t)host.used++ * SLOT_BYTES;
    struct thunk c = {host.rw + offset, host.rw + offset};
    fill_plan(plan, insn);
    if (insn->cls == CLASS_X87)
        thunk_make_x87(&c, insn, plan);
    else
        make_vector(&c, insn, plan);
    uint8_t *entry = host.rx + offset;
    memcpy(&plan->run, &entry, sizeof entry);
    if (plan->fast_at) {
        entry += plan->fast_at;
        memcpy(&plan->run_fast, &entry, sizeof entry);
    }
    plan->key = key;
    return plan;
}

const struct fpu_plan *fpu_host_plan(const struct insn *insn)
{
    uint64_t key = key_of(insn);
    const struct fpu_plan *plan = find(key);
    return plan->key == key ? plan : make_plan(insn, key);
}
