// Far pointers into segment registers, descriptor queries, and the table registers.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"

static void require_ring0(struct cpu *cpu)
{
    if (cpu->cpl != 0)
        cpu_raise(cpu, EXC_GP, 0);
}

// These are not recognised in real-address and virtual-8086 mode.
static void require_protected(struct cpu *cpu)
{
    if (cpu_paragraphs(cpu))
        cpu_raise(cpu, EXC_UD, 0);
}

static void require_protected_ring0(struct cpu *cpu)
{
    require_protected(cpu);
    require_ring0(cpu);
}

static enum outcome load_far(struct cpu *cpu, const struct insn *insn, enum cpu_seg seg)
{
    unsigned size = insn->op_size;
    uint32_t at = mem_offset(cpu, insn);
    uint32_t offset = seg_load(cpu, insn->mem.seg, at, size);
    uint16_t selector = (uint16_t)seg_load(cpu, insn->mem.seg, wrap_address(insn, at + size), 2);
    cpu_load_segment(cpu, seg, selector);
    reg_write(cpu, insn->opnd[0].reg, size, offset);
    return DONE;
}

enum outcome interp_op_lds(struct cpu *cpu, const struct insn *insn)
{
    return load_far(cpu, insn, SEG_DS);
}

enum outcome interp_op_les(struct cpu *cpu, const struct insn *insn)
{
    return load_far(cpu, insn, SEG_ES);
}

enum outcome interp_op_lss(struct cpu *cpu, const struct insn *insn)
{
    return load_far(cpu, insn, SEG_SS);
}

enum outcome interp_op_lfs(struct cpu *cpu, const struct insn *insn)
{
    return load_far(cpu, insn, SEG_FS);
}

enum outcome interp_op_lgs(struct cpu *cpu, const struct insn *insn)
{
    return load_far(cpu, insn, SEG_GS);
}

enum outcome interp_op_arpl(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    // Zen reads first and writes only what changes: a read-only operand faults only then.
    uint32_t dst = opnd_read(cpu, insn, 0), rpl = opnd_read(cpu, insn, 1) & 3;
    bool raise_rpl = (dst & 3) < rpl;
    if (raise_rpl)
        opnd_write(cpu, insn, 0, (dst & ~3u) | rpl);
    flags_assign(cpu, FLAG_ZF, raise_rpl ? FLAG_ZF : 0);
    return DONE;
}

// Read a descriptor for a query: no exception but those of the table's own pages. False: not to be
// seen.
static bool query(struct cpu *cpu, uint16_t selector, struct descriptor *d)
{
    uint32_t linear;
    if (!(selector & ~3) || !cpu_descriptor_find(cpu, selector, &linear))
        return false;
    uint64_t raw = mmu_load_system(cpu, linear, 8);
    *d = (struct descriptor){.lo = (uint32_t)raw, .hi = (uint32_t)(raw >> 32)};
    return true;
}

// Is it visible at max(CPL, RPL)? Conforming code always is.
static bool visible(const struct cpu *cpu, uint16_t selector, struct descriptor d)
{
    unsigned dpl = descriptor_dpl(d), rpl = selector & 3u;
    if (descriptor_is_code(d) && (descriptor_type(d) & TYPE_EC))
        return true;
    return dpl >= cpu->cpl && dpl >= rpl;
}

// The system types that LAR and LSL accept (SDM vol. 2, LAR table 3-53, LSL table 3-56).
static bool accepted_type(struct descriptor d, bool has_limit)
{
    if (descriptor_is_segment(d))
        return true;
    switch (descriptor_type(d)) {
    case TYPE_TSS16:
    case TYPE_LDT:
    case TYPE_TSS16_BUSY:
    case TYPE_TSS32:
    case TYPE_TSS32_BUSY: return true;
    case TYPE_CALL16:
    case TYPE_TASK:
    case TYPE_CALL32: return !has_limit;
    default: return false;
    }
}

enum outcome interp_op_lar(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    struct descriptor d;
    uint16_t selector = (uint16_t)opnd_read(cpu, insn, 1);
    bool ok = query(cpu, selector, &d) && accepted_type(d, false) && visible(cpu, selector, d);
    if (ok)
        reg_write(cpu, insn->opnd[0].reg, insn->op_size,
                  d.hi & (insn->op_size == 4 ? 0x00ffff00u : 0xff00u));
    flags_assign(cpu, FLAG_ZF, ok ? FLAG_ZF : 0);
    return DONE;
}

enum outcome interp_op_lsl(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    struct descriptor d;
    uint16_t selector = (uint16_t)opnd_read(cpu, insn, 1);
    bool ok = query(cpu, selector, &d) && accepted_type(d, true) && visible(cpu, selector, d);
    if (ok) {
        struct segment s;
        cpu_descriptor_unpack(d, selector, &s);
        reg_write(cpu, insn->opnd[0].reg, insn->op_size, s.limit);
    }
    flags_assign(cpu, FLAG_ZF, ok ? FLAG_ZF : 0);
    return DONE;
}

enum outcome interp_op_verr(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    struct descriptor d;
    uint16_t selector = (uint16_t)opnd_read(cpu, insn, 0);
    bool ok = query(cpu, selector, &d) && descriptor_is_segment(d) && visible(cpu, selector, d) &&
              (descriptor_type(d) & (TYPE_CODE | TYPE_RW)) != TYPE_CODE;
    flags_assign(cpu, FLAG_ZF, ok ? FLAG_ZF : 0);
    return DONE;
}

enum outcome interp_op_verw(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    struct descriptor d;
    uint16_t selector = (uint16_t)opnd_read(cpu, insn, 0);
    bool ok =
        query(cpu, selector, &d) && descriptor_is_writable_data(d) && visible(cpu, selector, d);
    flags_assign(cpu, FLAG_ZF, ok ? FLAG_ZF : 0);
    return DONE;
}

// The pseudo-descriptor: limit word, base doubleword. With 16-bit operands the base has 24 bits.
static enum outcome load_table(struct cpu *cpu, const struct insn *insn, struct table_register *t)
{
    require_ring0(cpu);
    uint32_t linear = seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), 6, false);
    uint32_t limit = linear_load(cpu, linear, 2), base = linear_load(cpu, linear + 2, 4);
    t->limit = limit;
    t->base = insn->op_size == 2 ? base & 0xffffffu : base;
    return DONE;
}

static enum outcome store_table(struct cpu *cpu, const struct insn *insn,
                                const struct table_register *t)
{
    cpu_check_umip(cpu);
    uint32_t linear = seg_linear(cpu, insn->mem.seg, mem_offset(cpu, insn), 6, true);
    mmu_probe(cpu, linear, 6, MMU_WRITE);
    linear_store(cpu, linear, 2, t->limit);
    linear_store(cpu, linear + 2, 4, t->base);
    return DONE;
}

enum outcome interp_op_lgdt(struct cpu *cpu, const struct insn *insn)
{
    return load_table(cpu, insn, &cpu->gdtr);
}

enum outcome interp_op_sgdt(struct cpu *cpu, const struct insn *insn)
{
    return store_table(cpu, insn, &cpu->gdtr);
}

enum outcome interp_op_lidt(struct cpu *cpu, const struct insn *insn)
{
    return load_table(cpu, insn, &cpu->idtr);
}

enum outcome interp_op_sidt(struct cpu *cpu, const struct insn *insn)
{
    return store_table(cpu, insn, &cpu->idtr);
}

enum outcome interp_op_lldt(struct cpu *cpu, const struct insn *insn)
{
    require_protected_ring0(cpu);
    cpu_load_ldtr(cpu, (uint16_t)opnd_read(cpu, insn, 0));
    return DONE;
}

enum outcome interp_op_ltr(struct cpu *cpu, const struct insn *insn)
{
    require_protected_ring0(cpu);
    cpu_load_tr(cpu, (uint16_t)opnd_read(cpu, insn, 0));
    return DONE;
}

enum outcome interp_op_sldt(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    cpu_check_umip(cpu);
    opnd_write(cpu, insn, 0, cpu->ldtr.selector);
    return DONE;
}

enum outcome interp_op_str(struct cpu *cpu, const struct insn *insn)
{
    require_protected(cpu);
    cpu_check_umip(cpu);
    opnd_write(cpu, insn, 0, cpu->tr.selector);
    return DONE;
}
