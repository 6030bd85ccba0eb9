// x87: arithmetic, loads and stores run on the host's own unit (fpu/host.h); what controls the unit
// is done here, since an exception that waits in the guest's image must never reach the host.
#include "emu/fpu/host.h"
#include "emu/interp/flags.h"
#include "emu/interp/vector.h"
#include "emu/interp/wide.h"

enum { ENVIRONMENT_MAX = 28, REGISTER_BYTES = 10 };

// --- control instructions
// ------------------------------------------------------------------------------------

static unsigned environment_bytes(const struct insn *insn)
{
    return insn->op_size == 2 ? 14 : 28;
}

static enum outcome load_environment(struct cpu *cpu, const struct insn *insn, bool registers)
{
    uint8_t image[ENVIRONMENT_MAX + 8 * REGISTER_BYTES];
    unsigned bytes = environment_bytes(insn), all = bytes + (registers ? 8 * REGISTER_BYTES : 0);
    uint32_t linear = wide_big_linear(cpu, insn, all, insn->op_size, 1, false);
    wide_load(cpu, linear, all, image);
    fpu_load_environment(&cpu->fpu, insn->op_size, cpu_paragraphs(cpu), image);
    for (unsigned i = 0; registers && i < 8; i++)
        memcpy(&cpu->fpu.image.st[i], image + bytes + i * REGISTER_BYTES, REGISTER_BYTES);
    return DONE;
}

static enum outcome store_environment(struct cpu *cpu, const struct insn *insn, bool registers)
{
    uint8_t image[ENVIRONMENT_MAX + 8 * REGISTER_BYTES];
    struct fpu_state *f = &cpu->fpu;
    unsigned bytes = environment_bytes(insn), all = bytes + (registers ? 8 * REGISTER_BYTES : 0);
    uint32_t linear = wide_big_linear(cpu, insn, all, insn->op_size, 1, true);
    struct wide_target target = wide_probe(cpu, linear, all);
    fpu_store_environment(f, insn->op_size, cpu_paragraphs(cpu), image);
    for (unsigned i = 0; registers && i < 8; i++)
        memcpy(image + bytes + i * REGISTER_BYTES, &f->image.st[i], REGISTER_BYTES);
    wide_store(cpu, &target, all, image);
    if (registers) {
        fpu_init_x87(f);
    } else {
        f->image.fcw |= FPU_EXCEPTIONS;
        fpu_update_es(f);
    }
    return DONE;
}

static enum outcome store_word(struct cpu *cpu, const struct insn *insn, uint16_t word)
{
    opnd_write(cpu, insn, 0, word);
    return DONE;
}

static enum outcome load_control(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 0);
    cpu->fpu.image.fcw = (uint16_t)((v & FCW_DEFINED) | FCW_RESET);
    fpu_update_es(&cpu->fpu);
    return DONE;
}

static enum outcome clear_exceptions(struct cpu *cpu)
{
    cpu->fpu.image.fsw &= (uint16_t) ~(unsigned)(FPU_EXCEPTIONS | FSW_SF | FSW_ES | FSW_B);
    cpu->fpu.ignne = false;
    return DONE;
}

// --- everything else
// -----------------------------------------------------------------------------------------

// A store is not made if an unmasked exception other than precision is raised by it (SDM vol. 1,
// 8.5).
static bool store_suppressed(const struct fpu_image *image)
{
    return image->fsw & ~image->fcw & (FPU_EXCEPTIONS & ~FPU_PE);
}

// FOP, FIP, FDP and their selectors.
static void note_pointers(struct cpu *cpu, const struct insn *insn, bool memory)
{
    struct fpu_state *f = &cpu->fpu;
    f->fop = (uint16_t)((insn->opcode & 7u) << 8 | insn->modrm);
    f->fip = cpu->eip;
    f->fcs = cpu->seg[SEG_CS].selector;
    if (memory) {
        f->fdp = mem_offset(cpu, insn);
        f->fds = cpu->seg[insn->mem.seg].selector;
    }
}

// May the fast thunk run? All exceptions masked, what is read is there, what is pushed into is
// empty.
static inline bool fast_suits(const struct fpu_state *f, const struct fpu_plan *plan)
{
    if (!plan->run_fast || (f->image.fcw & FPU_EXCEPTIONS) != FPU_EXCEPTIONS)
        return false;
    unsigned top = fpu_top(f), tags = f->image.ftw; // rotated, so that bit i is ST(i)
    tags = (tags >> top | tags << (8 - top)) & 0xff;
    if (((plan->reads & 1) && !(tags & 1)) || ((plan->reads & 2) && !(tags >> plan->other & 1)))
        return false;
    return !plan->pushes || !(tags & 0x80);
}

static void turn_stack(struct fpu_state *f, bool push)
{
    struct fpu_register *st = f->image.st, moved = st[push ? 7 : 0];
    unsigned top = fpu_top(f), other = (top + (push ? 7u : 1u)) & 7;
    memmove(st + push, st + !push, 7 * sizeof *st);
    st[push ? 0 : 7] = moved;
    if (push)
        f->image.ftw |= (uint8_t)(1u << other);
    else
        f->image.ftw &= (uint8_t) ~(1u << top);
    f->image.fsw = (uint16_t)((f->image.fsw & ~(unsigned)FSW_TOP) | other << FSW_TOP_SHIFT);
}

// After the fast thunk: status, tags, TOP.
static void finish_fast(struct fpu_state *f, const struct fpu_plan *plan, const struct insn *insn,
                        unsigned fsw)
{
    unsigned old = f->image.fsw & ~(unsigned)plan->conditions;
    f->image.fsw = (uint16_t)(old | (fsw & (plan->conditions | FPU_EXCEPTIONS)));
    // FST ST(i) fills an empty register.
    if (insn->opcode == 0xdd && insn->modrm >= 0xd0 && insn->modrm < 0xe0)
        f->image.ftw |= (uint8_t)(1u << ((fpu_top(f) + plan->other) & 7));
    for (unsigned i = 0; i < plan->pops; i++)
        turn_stack(f, false);
    if (plan->pushes)
        turn_stack(f, true);
}

static enum outcome run_on_host(struct cpu *cpu, const struct insn *insn)
{
    _Alignas(64) uint8_t buffer[64];
    struct fpu_state *f = &cpu->fpu;
    struct fpu_io io;
    struct wide_target target = {0, NULL};
    const struct fpu_plan *plan = fpu_host_plan(insn);
    if (!plan)
        cpu_raise(cpu, EXC_UD, 0);
    if (plan->memory) {
        uint32_t linear = wide_linear(cpu, insn, plan->size, plan->memory & ACCESS_WRITE);
        if (plan->memory & ACCESS_WRITE)
            target = wide_probe(cpu, linear, plan->size);
        else
            wide_load(cpu, linear, plan->size, buffer);
    }
    io.host_mxcsr = MXCSR_INIT;
    io.host_fcw = FCW_INIT;
    io.eflags = cpu->eflags & FLAGS_ARITH;
    if (__builtin_expect(fast_suits(f, plan), 1)) {
        if (plan->run_fast(f, buffer, &io) != FPU_DONE)
            cpu_raise(cpu, EXC_UD, 0);
        finish_fast(f, plan, insn, io.fsw);
        if (plan->memory & ACCESS_WRITE)
            wide_store(cpu, &target, plan->size, buffer);
        if (plan->flags)
            flags_assign(cpu, plan->flags, io.eflags & plan->flags);
        note_pointers(cpu, insn, plan->memory);
        return DONE;
    }
    // IGNNE#: an exception waits, and yet the instruction runs.
    unsigned waiting = 0;
    if (__builtin_expect(f->image.fsw & FSW_ES, 0)) {
        waiting = f->image.fsw & (FPU_EXCEPTIONS | FSW_ES | FSW_B);
        f->image.fsw = (uint16_t)(f->image.fsw & ~waiting);
    }
    if (plan->run(f, buffer, &io) != FPU_DONE)
        cpu_raise(cpu, EXC_UD, 0);
    if ((plan->memory & ACCESS_WRITE) && !store_suppressed(&f->image))
        wide_store(cpu, &target, plan->size, buffer);
    f->image.fsw = (uint16_t)(f->image.fsw | waiting);
    if (plan->flags)
        flags_assign(cpu, plan->flags, io.eflags & plan->flags);
    note_pointers(cpu, insn, plan->memory);
    return DONE;
}

// FNINIT, FNCLEX and FNSTx do not wait for an exception, all others do.
static bool waits(const struct insn *insn)
{
    unsigned reg = insn->modrm >> 3 & 7;
    if (insn->modrm >= 0xc0)
        return !(insn->opcode == 0xdb && insn->modrm >= 0xe0 && insn->modrm <= 0xe4) &&
               !(insn->opcode == 0xdf && insn->modrm == 0xe0);
    return !(insn->opcode == 0xd9 && reg >= 6) && !(insn->opcode == 0xdd && reg >= 6);
}

enum outcome interp_op_x87(struct cpu *cpu, const struct insn *insn)
{
    unsigned reg = insn->modrm >> 3 & 7;
    vector_check_gate(cpu, CLASS_X87);
    if (waits(insn) && vector_must_wait(cpu))
        return UNFINISHED;
    if (insn->modrm < 0xc0) {
        switch (insn->opcode * 8u + reg) {
        case 0xd9 * 8 + 4: return load_environment(cpu, insn, false);
        case 0xd9 * 8 + 5: return load_control(cpu, insn);
        case 0xd9 * 8 + 6: return store_environment(cpu, insn, false);
        case 0xd9 * 8 + 7: return store_word(cpu, insn, cpu->fpu.image.fcw);
        case 0xdd * 8 + 4: return load_environment(cpu, insn, true);
        case 0xdd * 8 + 6: return store_environment(cpu, insn, true);
        case 0xdd * 8 + 7: return store_word(cpu, insn, cpu->fpu.image.fsw);
        default: return run_on_host(cpu, insn);
        }
    }
    switch (insn->opcode << 8 | insn->modrm) {
    case 0xdbe0: // FENI, FDISI, FSETPM: nothing since the 387
    case 0xdbe1:
    case 0xdbe4: return DONE;
    case 0xdbe2: return clear_exceptions(cpu);
    case 0xdbe3: fpu_init_x87(&cpu->fpu); return DONE;
    case 0xdfe0: return store_word(cpu, insn, cpu->fpu.image.fsw);
    default: return run_on_host(cpu, insn);
    }
}
