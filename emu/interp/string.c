// String instructions. Registers advance element by element, so a fault or a pause in the middle of
// a REP leaves a state to go on from. REP MOVS and REP STOS upwards in 4 GB segments go page by
// page.
#include "emu/interp/flags.h"
#include "emu/interp/handler.h"
#include "emu/interp/operand.h"
#include "emu/machine/machine.h"

enum { POLL_EVERY = 64 }; // elements between looks at cpu->poll

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
        if (count > 1 && ((n % POLL_EVERY == 0 && cpu->poll) || (cpu->eflags & FLAG_TF)))
            return UNFINISHED; // single steps are elements
    }
}

// May a REP go by pages: upwards, 32-bit addresses, the segment a plain 4 GB one?
static bool bulk_segment(const struct cpu *cpu, unsigned seg)
{
    const struct segment *s = &cpu->seg[seg];
    return s->limit == 0xffffffffu &&
           (s->attr & (SEG_ATTR_P | TYPE_CODE | TYPE_EC | TYPE_RW)) == (SEG_ATTR_P | TYPE_RW);
}

static bool bulk_allowed(const struct cpu *cpu, const struct insn *insn)
{
    return repeated(insn) && insn->addr_size == 4 && !(cpu->eflags & (FLAG_DF | FLAG_TF)) &&
           bulk_segment(cpu, SEG_ES);
}

// How many bytes of whole elements to do in one go at most.
static uint32_t bulk_bytes(const struct cpu *cpu, unsigned size)
{
    uint32_t count = cpu->gpr[REG_ECX];
    return count > MMU_PAGE / size ? MMU_PAGE : count * size;
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

// Copy upwards element by element: what is written is read again where the ranges overlap.
static void copy_elements(uint8_t *to, const uint8_t *from, uint32_t bytes, unsigned size)
{
    ptrdiff_t distance = to - from;
    if (distance <= 0 || (uint32_t)distance >= bytes) {
        memmove(to, from, bytes);
        return;
    }
    for (uint32_t i = 0; i < bytes; i += size)
        host_store(to + i, size, host_load(from + i, size));
}

// Copy what the two pages allow. 0 if not even one element can be copied this way.
static uint32_t movs_bulk(struct cpu *cpu, const struct insn *insn, unsigned size)
{
    uint32_t want = bulk_bytes(cpu, size), readable = want, writable = want;
    uint32_t from = cpu->seg[insn->mem.seg].base + cpu->gpr[REG_ESI];
    uint32_t to = cpu->seg[SEG_ES].base + cpu->gpr[REG_EDI];
    const uint8_t *source = mmu_span(cpu, from, &readable, MMU_READ);
    if (!source || readable < size)
        return 0;
    uint8_t *target = mmu_span(cpu, to, &writable, MMU_WRITE);
    uint32_t bytes = readable < writable ? readable : writable;
    bytes -= bytes % size;
    if (!target || bytes == 0)
        return 0;
    copy_elements(target, source, bytes, size);
    cpu->gpr[REG_ESI] += bytes;
    cpu->gpr[REG_EDI] += bytes;
    cpu->gpr[REG_ECX] -= bytes / size;
    return bytes;
}

enum outcome interp_op_movs(struct cpu *cpu, const struct insn *insn)
{
    if (!bulk_allowed(cpu, insn) || !bulk_segment(cpu, insn->mem.seg))
        return repeat(cpu, insn, movs_element, false);
    while (cpu->gpr[REG_ECX]) {
        if (!movs_bulk(cpu, insn, insn->opnd[0].size)) {
            movs_element(cpu, insn);
            cpu->gpr[REG_ECX]--;
        }
        if (cpu->poll && cpu->gpr[REG_ECX])
            return UNFINISHED;
    }
    return DONE;
}

// --- STOS ---

static void stos_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    seg_store(cpu, SEG_ES, index_offset(cpu, insn, REG_EDI), size, acc_read(cpu, size));
    advance(cpu, insn, REG_EDI, size);
}

static uint32_t stos_bulk(struct cpu *cpu, unsigned size)
{
    uint32_t bytes = bulk_bytes(cpu, size), v = acc_read(cpu, size);
    uint8_t *to = mmu_span(cpu, cpu->seg[SEG_ES].base + cpu->gpr[REG_EDI], &bytes, MMU_WRITE);
    bytes -= bytes % size;
    if (!to || bytes == 0)
        return 0;
    if (size == 1)
        memset(to, (int)v, bytes);
    else
        for (uint32_t i = 0; i < bytes; i += size)
            host_store(to + i, size, v);
    cpu->gpr[REG_EDI] += bytes;
    cpu->gpr[REG_ECX] -= bytes / size;
    return bytes;
}

enum outcome interp_op_stos(struct cpu *cpu, const struct insn *insn)
{
    if (!bulk_allowed(cpu, insn))
        return repeat(cpu, insn, stos_element, false);
    while (cpu->gpr[REG_ECX]) {
        if (!stos_bulk(cpu, insn->opnd[0].size)) {
            stos_element(cpu, insn);
            cpu->gpr[REG_ECX]--;
        }
        if (cpu->poll && cpu->gpr[REG_ECX])
            return UNFINISHED;
    }
    return DONE;
}

// --- LODS, SCAS, CMPS ---

static void lods_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    reg_write(cpu, REG_EAX, size, source_load(cpu, insn, size));
    advance(cpu, insn, REG_ESI, size);
}

enum outcome interp_op_lods(struct cpu *cpu, const struct insn *insn)
{
    return repeat(cpu, insn, lods_element, false);
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
    return repeat(cpu, insn, scas_element, true);
}

static void cmps_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    // Which operand is read first shows in CR2 when both fault. On Zen: ES:EDI, but with REPE the
    // other.
    bool source_first = (insn->prefixes & PREFIX_REP) && size == 1;
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
    return repeat(cpu, insn, cmps_element, true);
}

// --- INS, OUTS ---

static void ins_element(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->opnd[0].size;
    uint16_t port = (uint16_t)cpu->gpr[REG_EDX];
    uint32_t to = index_offset(cpu, insn, REG_EDI);
    uint32_t linear = seg_linear(cpu, SEG_ES, to, size, true);
    mmu_probe(cpu, linear, size, MMU_WRITE); // before the device is touched
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
    machine_port_write(cpu->machine, port, size, source_load(cpu, insn, size));
    advance(cpu, insn, REG_ESI, size);
}

enum outcome interp_op_outs(struct cpu *cpu, const struct insn *insn)
{
    cpu_check_port(cpu, (uint16_t)cpu->gpr[REG_EDX], insn->opnd[0].size);
    return repeat(cpu, insn, outs_element, false);
}
