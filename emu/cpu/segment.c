// Segments and descriptors: limit and access checks, and loading of segment and table registers.
// (SDM vol. 3, chapters 3.4 and 5.2 to 5.8)
#include "emu/cpu/protect.h"
#include "emu/mmu/mmu.h"

uint32_t cpu_segment_check(struct cpu *cpu, unsigned seg, uint32_t offset, unsigned size,
                           bool write)
{
    const struct segment *s = &cpu->seg[seg];
    unsigned vector = seg == SEG_SS ? EXC_SS : EXC_GP;
    if (!(s->attr & SEG_ATTR_P)) // holds a null selector, or a task switch did not come to load it
        cpu_raise(cpu, vector, 0);
    if (cpu_protected(cpu)) {
        if (s->attr & TYPE_CODE ? write || !(s->attr & TYPE_RW) : write && !(s->attr & TYPE_RW))
            cpu_raise(cpu, EXC_GP, 0);
    }
    uint32_t last = offset + size - 1;
    if ((s->attr & (TYPE_CODE | TYPE_EC)) == TYPE_EC) { // expand-down: valid above the limit
        uint32_t top = s->attr & SEG_ATTR_DB ? 0xffffffffu : 0xffffu;
        if (offset <= s->limit || last > top || last < offset)
            cpu_raise(cpu, vector, 0);
    } else if (last > s->limit || last < offset) { // over the top of 4 GB counts as beyond
        cpu_raise(cpu, vector, 0);
    }
    return s->base + offset;
}

bool cpu_descriptor_find(struct cpu *cpu, uint16_t selector, uint32_t *linear)
{
    uint32_t base, limit;
    if (selector & 4) {
        if (!(cpu->ldtr.attr & SEG_ATTR_P))
            return false;
        base = cpu->ldtr.base;
        limit = cpu->ldtr.limit;
    } else {
        if (!(selector & ~3))
            return false;
        base = cpu->gdtr.base;
        limit = cpu->gdtr.limit;
    }
    if ((selector | 7u) > limit)
        return false;
    *linear = base + (selector & ~7u);
    return true;
}

struct descriptor cpu_descriptor_read(struct cpu *cpu, uint16_t selector, unsigned vector,
                                      unsigned ext)
{
    uint32_t linear;
    if (!cpu_descriptor_find(cpu, selector, &linear))
        cpu_raise(cpu, vector, (selector & ~3u) | ext);
    uint64_t raw = mmu_load_system(cpu, linear, 8);
    return (struct descriptor){.lo = (uint32_t)raw, .hi = (uint32_t)(raw >> 32)};
}

void cpu_descriptor_set_accessed(struct cpu *cpu, uint16_t selector, struct descriptor *d)
{
    uint32_t linear;
    if (d->hi & (TYPE_ACCESSED << 8) || !cpu_descriptor_find(cpu, selector, &linear))
        return;
    d->hi |= TYPE_ACCESSED << 8;
    mmu_store_system(cpu, linear + 5, 1, (d->hi >> 8) & 0xff);
}

void cpu_descriptor_unpack(struct descriptor d, uint16_t selector, struct segment *out)
{
    out->base = (d.lo >> 16) | ((d.hi & 0xff) << 16) | (d.hi & 0xff000000u);
    out->limit = (d.lo & 0xffff) | (d.hi & 0xf0000);
    out->attr = (uint16_t)(((d.hi >> 8) & 0xff) | ((d.hi >> 12) & 0xf00));
    if (out->attr & SEG_ATTR_G)
        out->limit = out->limit << 12 | 0xfff;
    out->selector = selector;
}

void cpu_segment_set_paragraph(struct cpu *cpu, enum cpu_seg seg, uint16_t selector)
{
    struct segment *s = &cpu->seg[seg];
    s->selector = selector;
    s->base = (uint32_t)selector << 4;
    if (cpu_v86(cpu)) {
        s->limit = 0xffff;
        s->attr = 0xf3;
    } else if (seg == SEG_CS || !(s->attr & SEG_ATTR_P)) {
        // Limit, granularity and D stay what protected mode loaded ("big real mode"); the access
        // rights are those of any real-mode segment (SDM vol. 3, 9.9.2). So with a null selector.
        s->attr = (uint16_t)((s->attr & 0xf00) | 0x93);
    }
}

struct segment cpu_segment_fetch(struct cpu *cpu, enum cpu_seg seg, uint16_t selector)
{
    struct segment out = cpu->seg[seg];
    unsigned rpl = selector & 3u, error = selector & ~3u;
    if (cpu_paragraphs(cpu)) {
        struct segment old = cpu->seg[seg];
        cpu_segment_set_paragraph(cpu, seg, selector);
        out = cpu->seg[seg];
        cpu->seg[seg] = old;
        return out;
    }
    if (!(selector & ~3)) {
        if (seg == SEG_SS)
            cpu_raise(cpu, EXC_GP, 0);
        return (struct segment){.selector = selector};
    }
    struct descriptor d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    unsigned dpl = descriptor_dpl(d), type = descriptor_type(d);
    if (seg == SEG_SS) {
        if (rpl != cpu->cpl || dpl != cpu->cpl || !descriptor_is_writable_data(d))
            cpu_raise(cpu, EXC_GP, error);
        if (!descriptor_present(d))
            cpu_raise(cpu, EXC_SS, error);
    } else {
        if (!descriptor_is_segment(d) || (type & (TYPE_CODE | TYPE_RW)) == TYPE_CODE)
            cpu_raise(cpu, EXC_GP, error);
        bool conforming = (type & (TYPE_CODE | TYPE_EC)) == (TYPE_CODE | TYPE_EC);
        if (!conforming && (rpl > dpl || cpu->cpl > dpl))
            cpu_raise(cpu, EXC_GP, error);
        if (!descriptor_present(d))
            cpu_raise(cpu, EXC_NP, error);
    }
    cpu_descriptor_set_accessed(cpu, selector, &d);
    cpu_descriptor_unpack(d, selector, &out);
    return out;
}

void cpu_load_segment(struct cpu *cpu, enum cpu_seg seg, uint16_t selector)
{
    cpu->seg[seg] = cpu_segment_fetch(cpu, seg, selector);
}

void cpu_load_ldtr(struct cpu *cpu, uint16_t selector)
{
    if (!(selector & ~3)) {
        cpu->ldtr = (struct segment){.selector = selector};
        return;
    }
    if (selector & 4)
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    struct descriptor d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    if (descriptor_is_segment(d) || descriptor_type(d) != TYPE_LDT)
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(d))
        cpu_raise(cpu, EXC_NP, selector & ~3u);
    cpu_descriptor_unpack(d, selector, &cpu->ldtr);
}

void cpu_load_tr(struct cpu *cpu, uint16_t selector)
{
    uint32_t linear;
    if (!(selector & ~3))
        cpu_raise(cpu, EXC_GP, 0);
    if (selector & 4)
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    struct descriptor d = cpu_descriptor_read(cpu, selector, EXC_GP, 0);
    unsigned type = descriptor_type(d);
    if (descriptor_is_segment(d) || (type != TYPE_TSS16 && type != TYPE_TSS32))
        cpu_raise(cpu, EXC_GP, selector & ~3u);
    if (!descriptor_present(d))
        cpu_raise(cpu, EXC_NP, selector & ~3u);
    d.hi |= 2u << 8; // busy
    if (cpu_descriptor_find(cpu, selector, &linear))
        mmu_store_system(cpu, linear + 5, 1, (d.hi >> 8) & 0xff);
    cpu_descriptor_unpack(d, selector, &cpu->tr);
}
