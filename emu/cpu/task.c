// Hardware task switches: JMP and CALL to a TSS or a task gate, interrupts through task gates, and
// IRET with NT set; 286 and 386 TSS. (SDM vol. 3, chapter 7)
//
// Interface: cpu_task_switch(). Until the new TSS is read and every page that is to be written has
// been touched, a fault leaves the old task as it was. After that point the new task is the current
// one, and what is wrong with its segments is raised in it: with its EIP, its selectors in all
// segment registers, and nothing behind those that were not reached. The order of these checks is
// that of table 7-1, which is the P6 family's.
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

// Offsets in the two kinds of TSS (SDM vol. 3, figures 7-2 and 7-10). The general registers are in
// the order of their numbers, the segment registers in that of enum cpu_seg.
struct tss_layout {
    uint8_t eip, eflags, gpr, seg, ldt;
    uint8_t word, seg_stride, segs; // bytes of a register; distance and number of selectors
    uint8_t limit_least;
};
enum { TSS_LINK = 0, TSS32_CR3 = 0x1c, TSS32_TRAP = 0x64 };
static const struct tss_layout layouts[2] = {
    {.eip = 0x0e,
     .eflags = 0x10,
     .gpr = 0x12,
     .seg = 0x22,
     .ldt = 0x2a,
     .word = 2,
     .seg_stride = 2,
     .segs = 4,
     .limit_least = 0x2b},
    {.eip = 0x20,
     .eflags = 0x24,
     .gpr = 0x28,
     .seg = 0x48,
     .ldt = 0x60,
     .word = 4,
     .seg_stride = 4,
     .segs = 6,
     .limit_least = 0x67},
};

enum {
    // What a task switch loads into EFLAGS: all that exists.
    FLAGS_TASK = FLAGS_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF |
                 FLAG_VM | FLAG_AC | FLAG_VIF | FLAG_VIP | FLAG_ID,
    DR7_LOCAL = 0x155, // L0 to L3 and LE
    DR6_BT = 1 << 15,
    BUSY = 2, // in the type of a TSS
};

struct task_image {
    uint32_t cr3, eip, eflags, gpr[REG_COUNT];
    uint16_t seg[SEG_COUNT], ldt;
    bool trap;
};

static const struct tss_layout *layout_of(const struct segment *tss)
{
    return &layouts[tss->attr & 8 ? 1 : 0];
}

static uint32_t read_tss(struct cpu *cpu, const struct segment *tss, unsigned offset, unsigned size)
{
    return (uint32_t)mmu_load_system(cpu, tss->base + offset, size);
}

static void write_tss(struct cpu *cpu, const struct segment *tss, unsigned offset, unsigned size,
                      uint32_t value)
{
    mmu_store_system(cpu, tss->base + offset, size, value);
}

static struct task_image read_image(struct cpu *cpu, const struct segment *tss)
{
    const struct tss_layout *l = layout_of(tss);
    struct task_image t = {0};
    bool wide = l->word == 4;
    t.eip = read_tss(cpu, tss, l->eip, l->word);
    t.eflags = read_tss(cpu, tss, l->eflags, l->word);
    for (unsigned i = 0; i < REG_COUNT; i++) {
        t.gpr[i] = read_tss(cpu, tss, l->gpr + i * l->word, l->word);
        if (!wide) // "modified and not maintained" (7.6)
            t.gpr[i] |= 0xffff0000u;
    }
    for (unsigned i = 0; i < l->segs; i++)
        t.seg[i] = (uint16_t)read_tss(cpu, tss, l->seg + i * l->seg_stride, 2);
    t.ldt = (uint16_t)read_tss(cpu, tss, l->ldt, 2);
    if (wide) {
        t.cr3 = read_tss(cpu, tss, TSS32_CR3, 4);
        t.trap = read_tss(cpu, tss, TSS32_TRAP, 2) & 1;
    }
    return t;
}

// Raise what writing [linear, +bytes) would; at most two pages.
static void touch(struct cpu *cpu, uint32_t linear, uint32_t bytes)
{
    const uint32_t ends[2] = {linear, linear + bytes - 1};
    for (unsigned i = 0; i < 2; i++)
        mmu_store_system(cpu, ends[i], 1, mmu_load_system(cpu, ends[i], 1));
}

static void save_task(struct cpu *cpu, uint32_t eip, uint32_t eflags)
{
    const struct segment *tss = &cpu->tr;
    const struct tss_layout *l = layout_of(tss);
    write_tss(cpu, tss, l->eip, l->word, eip);
    write_tss(cpu, tss, l->eflags, l->word, eflags);
    for (unsigned i = 0; i < REG_COUNT; i++)
        write_tss(cpu, tss, l->gpr + i * l->word, l->word, cpu->gpr[i]);
    for (unsigned i = 0; i < l->segs; i++)
        write_tss(cpu, tss, l->seg + i * l->seg_stride, 2, cpu->seg[i].selector);
}

// The access byte of a TSS descriptor.
static void write_busy(struct cpu *cpu, uint32_t linear, bool busy)
{
    uint32_t access = (uint32_t)mmu_load_system(cpu, linear + 5, 1);
    access = busy ? access | BUSY : access & ~(uint32_t)BUSY;
    mmu_store_system(cpu, linear + 5, 1, access);
}

// --- what is checked in the new task ---

static bool find_quietly(struct cpu *cpu, uint16_t selector, struct descriptor *d)
{
    uint32_t linear;
    if (!(selector & ~3) || !cpu_descriptor_find(cpu, selector, &linear))
        return false;
    uint64_t raw = mmu_load_system(cpu, linear, 8);
    *d = (struct descriptor){.lo = (uint32_t)raw, .hi = (uint32_t)(raw >> 32)};
    return true;
}

_Noreturn static void invalid(struct cpu *cpu, uint16_t selector, unsigned vector, unsigned ext)
{
    cpu_raise(cpu, vector, (selector & ~3u) | ext);
}

static void load(struct cpu *cpu, enum cpu_seg seg, uint16_t selector, struct descriptor d)
{
    cpu_descriptor_set_accessed(cpu, selector, &d);
    cpu_descriptor_unpack(d, selector, &cpu->seg[seg]);
}

// LDT selector valid: null, or in the GDT and of an LDT. Its presence is looked at later.
static bool find_ldt(struct cpu *cpu, uint16_t selector, struct descriptor *d, unsigned ext)
{
    if (!(selector & ~3))
        return false;
    if ((selector & 4) || !find_quietly(cpu, selector, d) || descriptor_is_segment(*d) ||
        descriptor_type(*d) != TYPE_LDT)
        invalid(cpu, selector, EXC_TS, ext);
    return true;
}

static bool code_privilege_fits(struct descriptor d, uint16_t selector)
{
    unsigned dpl = descriptor_dpl(d), rpl = selector & 3u;
    return descriptor_type(d) & TYPE_EC ? dpl <= rpl : dpl == rpl;
}

static void load_data(struct cpu *cpu, enum cpu_seg seg, uint16_t selector, unsigned ext)
{
    struct descriptor d;
    if (!(selector & ~3))
        return;
    if (!find_quietly(cpu, selector, &d) || !descriptor_is_segment(d) ||
        (descriptor_type(d) & (TYPE_CODE | TYPE_RW)) == TYPE_CODE)
        invalid(cpu, selector, EXC_TS, ext);
    bool conforming = (descriptor_type(d) & (TYPE_CODE | TYPE_EC)) == (TYPE_CODE | TYPE_EC);
    unsigned dpl = descriptor_dpl(d);
    if (!descriptor_present(d))
        invalid(cpu, selector, EXC_NP, ext);
    if (!conforming && (dpl < cpu->cpl || dpl < (selector & 3u)))
        invalid(cpu, selector, EXC_TS, ext);
    load(cpu, seg, selector, d);
}

// All of protected mode's segments, LDTR included, in the order of table 7-1.
static void load_segments(struct cpu *cpu, const struct task_image *t, unsigned ext)
{
    static const enum cpu_seg data[] = {SEG_DS, SEG_ES, SEG_FS, SEG_GS};
    struct descriptor ldt, cs, ss;
    uint16_t cs_selector = t->seg[SEG_CS], ss_selector = t->seg[SEG_SS];
    bool has_ldt = find_ldt(cpu, t->ldt, &ldt, ext);
    if (has_ldt && descriptor_present(ldt)) // the selectors below may lie in it
        cpu_descriptor_unpack(ldt, t->ldt, &cpu->ldtr);
    bool v86 = cpu_v86(cpu);
    bool cs_found = !v86 && find_quietly(cpu, cs_selector, &cs) && descriptor_is_code(cs);
    if (cs_found && !code_privilege_fits(cs, cs_selector))
        invalid(cpu, cs_selector, EXC_TS, ext);
    if (!v86) {
        if (!find_quietly(cpu, ss_selector, &ss) || !descriptor_is_writable_data(ss))
            invalid(cpu, ss_selector, EXC_TS, ext);
        if (!descriptor_present(ss))
            invalid(cpu, ss_selector, EXC_SS, ext);
        if (descriptor_dpl(ss) != cpu->cpl)
            invalid(cpu, ss_selector, EXC_TS, ext);
    }
    if (has_ldt && !descriptor_present(ldt))
        invalid(cpu, t->ldt, EXC_TS, ext);
    if (v86) {
        for (unsigned i = 0; i < SEG_COUNT; i++)
            cpu_segment_set_paragraph(cpu, (enum cpu_seg)i, t->seg[i]);
        return;
    }
    if (!cs_found)
        invalid(cpu, cs_selector, EXC_TS, ext);
    if (!descriptor_present(cs))
        invalid(cpu, cs_selector, EXC_NP, ext);
    if ((ss_selector & 3u) != descriptor_dpl(ss))
        invalid(cpu, ss_selector, EXC_TS, ext);
    load(cpu, SEG_SS, ss_selector, ss);
    load(cpu, SEG_CS, cs_selector, cs);
    for (unsigned i = 0; i < 4; i++)
        load_data(cpu, data[i], t->seg[data[i]], ext);
}

// The new task's registers, and its selectors with nothing behind them yet.
static void load_image(struct cpu *cpu, const struct task_image *t, bool nested)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        cpu->gpr[i] = t->gpr[i];
    cpu->eip = t->eip;
    cpu->eflags = (t->eflags & FLAGS_TASK) | FLAG_ONE | (nested ? (uint32_t)FLAG_NT : 0);
    cpu->cpl = cpu_v86(cpu) ? 3 : t->seg[SEG_CS] & 3;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){.selector = t->seg[i]};
    cpu->ldtr = (struct segment){.selector = t->ldt};
}

// --- the switch ---

// The TSS's descriptor, available or (for IRET) busy.
static struct descriptor find_tss(struct cpu *cpu, uint16_t selector, bool returning, unsigned ext,
                                  uint32_t *linear)
{
    unsigned vector = returning ? EXC_TS : EXC_GP;
    if ((selector & 4) || !cpu_descriptor_find(cpu, selector, linear))
        invalid(cpu, selector, vector, ext);
    struct descriptor d = cpu_descriptor_read(cpu, selector, vector, ext);
    unsigned type = descriptor_type(d), busy = returning ? BUSY : 0;
    if (descriptor_is_segment(d) || (type != (TYPE_TSS16 | busy) && type != (TYPE_TSS32 | busy)))
        invalid(cpu, selector, vector, ext);
    if (!descriptor_present(d))
        invalid(cpu, selector, EXC_NP, ext);
    return d;
}

void cpu_task_switch(struct cpu *cpu, uint16_t selector, enum task_cause cause, uint32_t eip,
                     uint32_t eflags, unsigned ext)
{
    uint32_t at, old_at = 0;
    struct descriptor d = find_tss(cpu, selector, cause == TASK_RETURN, ext, &at);
    struct segment tss;
    cpu_descriptor_unpack(d, selector, &tss);
    if (tss.limit < layout_of(&tss)->limit_least)
        invalid(cpu, selector, EXC_TS, ext);
    const struct tss_layout *old = layout_of(&cpu->tr);
    uint32_t old_last = (uint32_t)(old->seg + (old->segs - 1) * old->seg_stride) + 1;
    if (!(cpu->tr.attr & SEG_ATTR_P) || cpu->tr.limit < old_last)
        invalid(cpu, cpu->tr.selector, EXC_TS, ext);
    struct task_image t = read_image(cpu, &tss);
    bool release_old = cause != TASK_CALL && cpu_descriptor_find(cpu, cpu->tr.selector, &old_at);
    touch(cpu, cpu->tr.base + old->eip, old_last - old->eip + 1);
    if (cause == TASK_CALL)
        touch(cpu, tss.base + TSS_LINK, 2);
    if (cause != TASK_RETURN)
        touch(cpu, at + 5, 1);
    if (release_old)
        touch(cpu, old_at + 5, 1);

    // Nothing of the old task can fault any more.
    if (release_old)
        write_busy(cpu, old_at, false);
    save_task(cpu, eip, cause == TASK_RETURN ? eflags & ~(uint32_t)FLAG_NT : eflags);
    if (cause == TASK_CALL)
        write_tss(cpu, &tss, TSS_LINK, 2, cpu->tr.selector);
    if (cause != TASK_RETURN)
        write_busy(cpu, at, true);
    tss.attr |= BUSY;
    cpu->tr = tss;
    cpu_write_cr(cpu, 0, cpu->cr0 | CR0_TS);
    cpu->dr[7] &= ~(uint32_t)DR7_LOCAL;
    cpu_debug_update(cpu);
    load_image(cpu, &t, cause == TASK_CALL);
    cpu->shadow = cpu->shadow_ss = false;
    if ((tss.attr & 8) && (cpu->cr0 & CR0_PG))
        cpu_write_cr(cpu, 3, t.cr3);
    load_segments(cpu, &t, ext);
    // a trap, so not of a switch that faulted (SDM vol. 3, 6.9, table 6-2)
    if (t.trap)
        cpu->pending_debug |= DR6_BT;
    cpu_notice_interrupts(cpu);
}

void cpu_check_task_entry(struct cpu *cpu, unsigned ext)
{
    if (cpu->eip > cpu->seg[SEG_CS].limit)
        cpu_raise(cpu, EXC_GP, ext);
}
