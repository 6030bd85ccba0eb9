// String instructions. Registers advance element by element, so a fault or a pause in the middle of
// a REP leaves a state to go on from. In 4 GB segments of 32 bits a REP goes page by page: MOVS and
// STOS copy and fill, CMPS, SCAS and LODS skip to the element that decides, which is then executed.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/machine/machine.h"

enum {
    POLL_EVERY = 64, // elements between looks at cpu->poll
    // A REP that has come this far asks for a look at timers and interrupts by itself: about 1 ms.
    PAUSE_ELEMENTS = 1 << 16,
    PAUSE_CHUNKS = 1 << 12,
};

static inline void advance(struct cpu *cpu, const struct insn *insn, unsigned reg, uint32_t bytes)
{
    uint32_t step = cpu->eflags & FLAG_DF ? 0u - bytes : bytes;
    reg_write(cpu, reg, insn->addr_size, cpu->gpr[reg] + step);
}

static inline uint32_t index_offset(const struct cpu *cpu, const struct insn *insn, unsigned reg)
{
    return wrap_address(insn, cpu->gpr[reg]);
}

static inline uint32_t source_load(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    return seg_load(cpu, insn->mem.seg, index_offset(cpu, insn, REG_ESI), size);
}

static bool repeated(const struct insn *insn)
{
    return insn->prefixes & (PREFIX_REP | PREFIX_REPNE);
}

// Run `element` once, or ECX times. `compare`: stop by ZF, too.
static inline enum outcome repeat(struct cpu *cpu, const struct insn *insn,
                                  void (*element)(struct cpu *, const struct insn *), bool compare)
{
    if (!repeated(insn)) {
        element(cpu, insn);
        return DONE;
    }
    uint32_t wanted = insn->prefixes & PREFIX_REPNE ? 0 : FLAG_ZF;
    for (unsigned n = 1;; n++) {
        uint32_t count = reg_read(cpu, REG_ECX, insn->addr_size);
        if (count == 0)
            return DONE;
        element(cpu, insn);
        reg_write(cpu, REG_ECX, insn->addr_size, count - 1);
        if (compare && (cpu->eflags & FLAG_ZF) != wanted)
            return DONE;
        if (n == PAUSE_ELEMENTS)
            cpu->poll = 1;
        if (count > 1 &&
            ((n % POLL_EVERY == 0 && cpu->poll) || (cpu->eflags & FLAG_TF) || cpu->debug_hits))
            return UNFINISHED; // single steps are elements
    }
}

// May a REP go by pages: upwards, 32-bit addresses, the segment a plain 4 GB one?
static bool bulk_segment(const struct cpu *cpu, unsigned seg)
{
    const struct segment *s = &cpu->seg[seg];
    // Page-aligned, so that no element lies across the end of the segment but at a page's edge.
    return s->limit == 0xffffffffu && (s->base & (MMU_PAGE - 1)) == 0 &&
           (s->attr & (SEG_ATTR_P | TYPE_CODE | TYPE_EC | TYPE_RW)) == (SEG_ATTR_P | TYPE_RW);
}

static bool bulk_allowed(const struct cpu *cpu, const struct insn *insn)
{
    return repeated(insn) && insn->addr_size == 4 && !(cpu->eflags & FLAG_TF) && !cpu->debug_hits &&
           bulk_segment(cpu, SEG_ES);
}

// The run of elements from `linear` on, in the direction of DF, that lies in one page of plain RAM:
// its lowest byte, and in *count how many there are, at least 1. NULL: go by elements. Faults as
// the first element would.
static uint8_t *bulk_run(struct cpu *cpu, uint32_t linear, unsigned size, uint32_t *count,
                         enum mmu_intent intent)
{
    bool down = cpu->eflags & FLAG_DF;
    uint32_t at = linear & (MMU_PAGE - 1);
    uint32_t room = down ? at / size + 1 : (MMU_PAGE - at) / size;
    if (at + size > MMU_PAGE || room == 0)
        return NULL; // the element crosses into the next page
    if (*count > room)
        *count = room;
    uint32_t avail = size;
    uint8_t *p = intent == MMU_WRITE ? mmu_span_store(cpu, linear, &avail)
                                     : mmu_span(cpu, linear, &avail, intent);
    return p && down ? p - (*count - 1) * size : p;
}

static void bulk_advance(struct cpu *cpu, uint32_t count, unsigned size, bool source, bool target)
{
    uint32_t by = cpu->eflags & FLAG_DF ? 0u - count * size : count * size;
    if (source)
        cpu->gpr[REG_ESI] += by;
    if (target)
        cpu->gpr[REG_EDI] += by;
    cpu->gpr[REG_ECX] -= count;
}

// --- MOVS ---

static void movs_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint32_t v = source_load(cpu, insn, size);
    seg_store(cpu, SEG_ES, index_offset(cpu, insn, REG_EDI), size, v);
    advance(cpu, insn, REG_ESI, size);
    advance(cpu, insn, REG_EDI, size);
}

// Copy element by element in the direction of DF: what is written is read again where the ranges
// overlap.
static void copy_elements(uint8_t *to, const uint8_t *from, uint32_t bytes, unsigned size,
                          bool down)
{
    ptrdiff_t ahead = down ? from - to : to - from; // how far the writes run ahead of the reads
    if (ahead <= 0 || (uint32_t)ahead >= bytes) {
        memmove(to, from, bytes);
        return;
    }
    for (uint32_t i = 0; i < bytes; i += size) {
        uint32_t at = down ? bytes - size - i : i;
        host_store(to + at, size, host_load(from + at, size));
    }
}

// Copy what the two pages allow. False if not even one element can be copied this way.
static bool movs_bulk(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    uint32_t count = cpu->gpr[REG_ECX];
    uint32_t from = cpu->seg[insn->mem.seg].base + cpu->gpr[REG_ESI];
    uint32_t to = cpu->seg[SEG_ES].base + cpu->gpr[REG_EDI];
    const uint8_t *source = bulk_run(cpu, from, size, &count, MMU_READ);
    uint8_t *target = source ? bulk_run(cpu, to, size, &count, MMU_WRITE) : NULL;
    // a second limit may have moved the lower end of the first run
    source = target ? bulk_run(cpu, from, size, &count, MMU_READ) : NULL;
    if (!source)
        return false;
    copy_elements(target, source, count * size, size, cpu->eflags & FLAG_DF);
    mmu_span_stored(cpu, target, count * size);
    bulk_advance(cpu, count, size, true, true);
    return true;
}

// A REP by pages, and by elements where a page will not do.
static enum outcome repeat_bulk(struct cpu *cpu, const struct insn *insn,
                                bool (*bulk)(struct cpu *, const struct insn *, unsigned),
                                void (*element)(struct cpu *, const struct insn *))
{
    for (unsigned n = 1; cpu->gpr[REG_ECX]; n++) {
        if (!bulk(cpu, insn, insn->opnd[0].size)) {
            element(cpu, insn);
            cpu->gpr[REG_ECX]--;
        }
        if (n == PAUSE_CHUNKS)
            cpu->poll = 1;
        if ((cpu->poll || cpu->debug_hits) && cpu->gpr[REG_ECX])
            return UNFINISHED;
    }
    return DONE;
}

enum outcome interp_op_movs(struct cpu *cpu, const struct insn *insn)
{
    if (!bulk_allowed(cpu, insn) || !bulk_segment(cpu, insn->mem.seg))
        return repeat(cpu, insn, movs_element, false);
    return repeat_bulk(cpu, insn, movs_bulk, movs_element);
}

// --- STOS ---

static void stos_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    seg_store(cpu, SEG_ES, index_offset(cpu, insn, REG_EDI), size, acc_read(cpu, size));
    advance(cpu, insn, REG_EDI, size);
}

static void fill(uint8_t *to, uint32_t bytes, unsigned size, uint32_t v)
{
    uint64_t pattern = size == 1   ? v * 0x0101010101010101ull
                       : size == 2 ? v * 0x0001000100010001ull
                                   : v * 0x0000000100000001ull;
    uint32_t i = 0;
    for (; i + 8 <= bytes; i += 8)
        memcpy(to + i, &pattern, 8);
    memcpy(to + i, &pattern, bytes - i);
}

static bool stos_bulk(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    (void)insn;
    uint32_t count = cpu->gpr[REG_ECX];
    uint8_t *to = bulk_run(cpu, cpu->seg[SEG_ES].base + cpu->gpr[REG_EDI], size, &count, MMU_WRITE);
    if (!to)
        return false;
    fill(to, count * size, size, acc_read(cpu, size));
    mmu_span_stored(cpu, to, count * size);
    bulk_advance(cpu, count, size, false, true);
    return true;
}

enum outcome interp_op_stos(struct cpu *cpu, const struct insn *insn)
{
    if (!bulk_allowed(cpu, insn))
        return repeat(cpu, insn, stos_element, false);
    return repeat_bulk(cpu, insn, stos_bulk, stos_element);
}

// --- LODS, SCAS, CMPS ---

static void lods_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    reg_write(cpu, REG_EAX, size, source_load(cpu, insn, size));
    advance(cpu, insn, REG_ESI, size);
}

// Which operand is read first shows in CR2 when both fault. On Zen: ES:EDI, but with REPE CMPSB the
// other.
static bool cmps_source_first(const struct insn *insn)
{
    return (insn->prefixes & PREFIX_REP) && insn->opnd[0].size == 1;
}

// Which of `count` elements is the first whose equality with its partner is `equal`; count if none
// is. `step` is 0 where b is one value for all of them.
static uint32_t find_element(const uint8_t *a, const uint8_t *b, unsigned step, uint32_t count,
                             unsigned size, bool equal, bool down)
{
    if (!equal && !down && step) {
        uint32_t bytes = count * size, i = 0;
        uint64_t x, y;
        for (; i + 8 <= bytes; i += 8) {
            memcpy(&x, a + i, 8);
            memcpy(&y, b + i, 8);
            if (x != y)
                break;
        }
        while (i < bytes && a[i] == b[i])
            i++;
        return i / size;
    }
    if (equal && !down && size == 1 && !step) {
        const uint8_t *at = memchr(a, *b, count);
        return at ? (uint32_t)(at - a) : count;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (down ? count - 1 - i : i) * size;
        if ((host_load(a + at, size) == host_load(b + (step ? at : 0), size)) == equal)
            return i;
    }
    return count;
}

// Skip all elements of a compare that are certain not to be its last. False: nothing was skipped.
static bool compare_bulk(struct cpu *cpu, const struct insn *insn, bool source)
{
    unsigned size = insn->opnd[0].size;
    uint32_t count = cpu->gpr[REG_ECX];
    uint32_t from = cpu->seg[insn->mem.seg].base + cpu->gpr[REG_ESI];
    uint32_t to = cpu->seg[SEG_ES].base + cpu->gpr[REG_EDI];
    uint32_t value = acc_read(cpu, size);
    uint8_t constant[4];
    memcpy(constant, &value, 4);
    if (source && cmps_source_first(insn) && !bulk_run(cpu, from, size, &count, MMU_READ))
        return false;
    if (source && !bulk_run(cpu, to, size, &count, MMU_READ))
        return false;
    if (source && !bulk_run(cpu, from, size, &count, MMU_READ))
        return false;
    const uint8_t *a = bulk_run(cpu, to, size, &count, MMU_READ);
    const uint8_t *b = source && a ? bulk_run(cpu, from, size, &count, MMU_READ) : constant;
    if (!a || !b || count < 2)
        return false;
    bool equal = insn->prefixes & PREFIX_REPNE;
    if (cpu->eflags & FLAG_DF) { // the last element is the lowest
        a += size;
        b += source ? size : 0;
    }
    uint32_t n = find_element(a, b, source, count - 1, size, equal, cpu->eflags & FLAG_DF);
    bulk_advance(cpu, n, size, source, true);
    return n != 0;
}

static enum outcome compare(struct cpu *cpu, const struct insn *insn,
                            void (*element)(struct cpu *, const struct insn *), bool source)
{
    if (!bulk_allowed(cpu, insn) || (source && !bulk_segment(cpu, insn->mem.seg)))
        return repeat(cpu, insn, element, true);
    uint32_t wanted = insn->prefixes & PREFIX_REPNE ? 0 : FLAG_ZF;
    for (unsigned n = 1; cpu->gpr[REG_ECX]; n++) {
        if (cpu->gpr[REG_ECX] > 1)
            compare_bulk(cpu, insn, source);
        element(cpu, insn);
        cpu->gpr[REG_ECX]--;
        if ((cpu->eflags & FLAG_ZF) != wanted)
            return DONE;
        if (n == PAUSE_CHUNKS)
            cpu->poll = 1;
        if ((cpu->poll || cpu->debug_hits) && cpu->gpr[REG_ECX])
            return UNFINISHED;
    }
    return DONE;
}

enum outcome interp_op_lods(struct cpu *cpu, const struct insn *insn)
{
    if (!bulk_allowed(cpu, insn) || !bulk_segment(cpu, insn->mem.seg))
        return repeat(cpu, insn, lods_element, false);
    unsigned size = insn->opnd[0].size;
    for (unsigned n = 1; cpu->gpr[REG_ECX]; n++) {
        uint32_t count = cpu->gpr[REG_ECX];
        if (count > 1 &&
            bulk_run(cpu, cpu->seg[insn->mem.seg].base + cpu->gpr[REG_ESI], size, &count, MMU_READ))
            bulk_advance(cpu, count - 1, size, true,
                         false); // only the last one stays in the accumulator
        lods_element(cpu, insn);
        cpu->gpr[REG_ECX]--;
        if (n == PAUSE_CHUNKS)
            cpu->poll = 1;
        if ((cpu->poll || cpu->debug_hits) && cpu->gpr[REG_ECX])
            return UNFINISHED;
    }
    return DONE;
}

static void scas_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint32_t flags, b = seg_load(cpu, SEG_ES, index_offset(cpu, insn, REG_EDI), size);
    flags_sub(acc_read(cpu, size), b, 0, size, &flags);
    flags_assign(cpu, FLAGS_ARITH, flags);
    advance(cpu, insn, REG_EDI, size);
}

enum outcome interp_op_scas(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, scas_element, false);
}

static void cmps_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    bool source_first = cmps_source_first(insn);
    uint32_t flags, a = 0;
    if (source_first)
        a = source_load(cpu, insn, size);
    uint32_t b = seg_load(cpu, SEG_ES, index_offset(cpu, insn, REG_EDI), size);
    if (!source_first)
        a = source_load(cpu, insn, size);
    flags_sub(a, b, 0, size, &flags);
    flags_assign(cpu, FLAGS_ARITH, flags);
    advance(cpu, insn, REG_ESI, size);
    advance(cpu, insn, REG_EDI, size);
}

enum outcome interp_op_cmps(struct cpu *cpu, const struct insn *insn)
{
    return compare(cpu, insn, cmps_element, true);
}

// --- INS, OUTS ---

static void ins_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint16_t port = (uint16_t)cpu->gpr[REG_EDX];
    uint32_t to = index_offset(cpu, insn, REG_EDI);
    uint32_t linear = seg_linear(cpu, SEG_ES, to, size, true);
    mmu_check_alignment(cpu, linear, size); // before the device is touched
    mmu_probe(cpu, linear, size, MMU_WRITE);
    cpu_debug_port(cpu, port, size);
    linear_store(cpu, linear, size, machine_port_read(cpu->machine, port, size));
    advance(cpu, insn, REG_EDI, size);
}

// The permission to use the port is checked even if a REP has nothing to do.
enum outcome interp_op_ins(struct cpu *cpu, const struct insn *insn)
{
    cpu_check_port(cpu, (uint16_t)cpu->gpr[REG_EDX], insn->opnd[0].size);
    return repeat(cpu, insn, ins_element, false);
}

static void outs_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint16_t port = (uint16_t)cpu->gpr[REG_EDX];
    uint32_t v = source_load(cpu, insn, size);
    cpu_debug_port(cpu, port, size);
    machine_port_write(cpu->machine, port, size, v);
    advance(cpu, insn, REG_ESI, size);
}

enum outcome interp_op_outs(struct cpu *cpu, const struct insn *insn)
{
    cpu_check_port(cpu, (uint16_t)cpu->gpr[REG_EDX], insn->opnd[0].size);
    return repeat(cpu, insn, outs_element, false);
}
