// The board's accesses, choices and tables. The contract is in fuzz_board.h.
#include "emu/tests/fuzz_board.h"

#include <stdlib.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/machine/call.h"
#include "emu/machine/clock.h"
#include "emu/mmu/mmu_state.h"

enum { INTERLUDES_MAX = 2, RAM_LOW_END = 0x9F000, TARGETS_MAX = 256 };
enum { FIRED_MAX = 20000, LATE_MAX = 100 };
enum { HOST_PASS_MAX_NS = 20000, WAITS_MAX = 600 }; // waits of 100 ms at most
enum { CONFIG_ADDRESS = 0xCF8, CONFIG_DATA = 0xCFC };

// --- which registers were reached ---

struct target {
    const void *ops; // of a port range or of registers in memory
    bool reads, writes, was_read, was_written;
    uint32_t first;
};
static struct target targets[TARGETS_MAX];
static unsigned ntargets;

static struct target *find_target(const void *ops, uint32_t first)
{
    for (unsigned i = 0; i < ntargets; i++)
        if (targets[i].ops == ops)
            return &targets[i];
    if (ntargets == TARGETS_MAX)
        return NULL;
    targets[ntargets] = (struct target){.ops = ops, .first = first};
    return &targets[ntargets++];
}

static void note(const void *ops, uint32_t at, bool write)
{
    struct target *t = find_target(ops, at);
    if (t) {
        t->was_read |= !write;
        t->was_written |= write;
    }
}

void board_note_tables(const struct board *b)
{
    const struct machine *m = b->m;
    for (unsigned i = 0; i < m->nranges; i++) {
        const struct port_range *r = &m->ranges[i];
        struct target *t = r->ops ? find_target(r->ops, r->first) : NULL;
        if (t) {
            t->reads = r->ops->read != NULL;
            t->writes = r->ops->write != NULL;
        }
    }
    for (unsigned i = 0; i < m->mmu->nio; i++) {
        const struct mmio_region *r = &m->mmu->io[i];
        struct target *t = find_target(r->ops, r->base);
        if (t) {
            t->reads = r->ops->read != NULL;
            t->writes = r->ops->write != NULL;
        }
    }
}

bool board_unused(char text[BOARD_TEXT])
{
    for (unsigned i = 0; i < ntargets; i++) {
        const struct target *t = &targets[i];
        bool unread = t->reads && !t->was_read, unwritten = t->writes && !t->was_written;
        if (unread || unwritten) {
            snprintf(text, BOARD_TEXT, "the registers first seen at %x were never %s", t->first,
                     unread ? "read" : "written");
            return true;
        }
    }
    return false;
}

unsigned board_targets(void)
{
    return ntargets;
}

static void note_port(const struct board *b, uint16_t port, bool write)
{
    unsigned owner = b->m->port_owner[port];
    if (owner)
        note(b->m->ranges[owner - 1].ops, port, write);
}

static void note_registers(const struct board *b, uint32_t phys, bool write)
{
    const struct mmu *mmu = b->m->mmu;
    uint32_t id = mmu->read_map[phys >> 12];
    if (id && (!write || mmu->write_map[phys >> 12] == id))
        return; // memory is in front of it
    for (unsigned i = 0; i < mmu->nio; i++)
        if (phys - mmu->io[i].base < mmu->io[i].bytes) {
            note(mmu->io[i].ops, phys, write);
            return;
        }
}

// --- choices ---

uint32_t board_any(struct board *b) // xorshift64*
{
    b->rng ^= b->rng >> 12;
    b->rng ^= b->rng << 25;
    b->rng ^= b->rng >> 27;
    return (uint32_t)(b->rng * 0x2545F4914F6CDD1Dull >> 32);
}

uint32_t board_below(struct board *b, uint32_t n)
{
    return n ? board_any(b) % n : 0;
}

bool board_chance(struct board *b, uint32_t one_in)
{
    return one_in && board_below(b, one_in) == 0;
}

uint32_t board_value(struct board *b)
{
    switch (board_below(b, 8)) {
    case 0: return 0;
    case 1: return 0xffffffff;
    case 2: return 1u << board_below(b, 32);
    case 3: return (1u << board_below(b, 32)) - 1;
    case 4:
    case 5: return board_below(b, 256);
    case 6: return board_below(b, 4) << 12 | 0xE0000000;
    default: return board_any(b);
    }
}

unsigned board_size(struct board *b)
{
    return 1u << board_below(b, 3);
}

uint32_t board_ram(struct board *b, uint32_t bytes, uint32_t align)
{
    uint32_t end = board_chance(b, 4) ? (uint32_t)b->m->config.ram_bytes : RAM_LOW_END;
    uint32_t start = end == RAM_LOW_END ? 0x1000 : 0x100000;
    uint32_t at = start + board_below(b, end - start - bytes);
    return at / align * align;
}

// Most addresses lead somewhere: low memory, registers, a view of a region, edges.
uint32_t board_address(struct board *b)
{
    const struct mmu *mmu = b->m->mmu;
    uint32_t ram = (uint32_t)b->m->config.ram_bytes;
    switch (board_below(b, 8)) {
    case 0: return board_below(b, ram + 0x10000);
    case 1: return 0xA0000 + board_below(b, 0x60000);
    case 2: return 0xFFFF0000 + board_below(b, 0x10000);
    case 3: return ram - board_below(b, 64);
    case 4:
    case 5:
        if (mmu->nio) {
            const struct mmio_region *r = &mmu->io[board_below(b, mmu->nio)];
            uint32_t reach = board_chance(b, 2) && r->bytes > 1024 ? 1024 : r->bytes;
            return r->base + (board_below(b, reach) & (board_chance(b, 4) ? ~0u : ~3u));
        }
        return board_any(b);
    case 6:
        if (mmu->nviews) {
            const struct mmu_view *v = &mmu->view[board_below(b, mmu->nviews)];
            return board_chance(b, 4) ? v->phys + v->bytes - board_below(b, 16)
                                      : v->phys + board_below(b, v->bytes);
        }
        return board_any(b);
    default: return board_chance(b, 2) ? board_any(b) : 0u - board_below(b, 16);
    }
}

uint32_t board_dma_address(struct board *b)
{
    if (board_chance(b, 12))
        return board_address(b);
    return board_ram(b, 0x1000, 1u << board_below(b, 5));
}

// --- accesses ---

static uint16_t any_port(struct board *b)
{
    const struct machine *m = b->m;
    for (unsigned tries = 0; m->nranges && tries < 4; tries++) {
        const struct port_range *r = &m->ranges[board_below(b, m->nranges)];
        if (r->ops)
            return (uint16_t)(r->first + board_below(b, r->last - r->first + 1u));
    }
    return (uint16_t)board_any(b);
}

// Until the disks' threads have done all that was asked of them.
static void wait_for_disks(struct board *b)
{
    struct machine *m = b->m;
    for (unsigned i = 0; i < WAITS_MAX && m->expected > b->cables; i++) {
        calls_wait(m->calls);
        calls_make(m);
    }
    b->lost |= m->expected > b->cables;
}

// At most FIRED_MAX timers: one that the guest has set to fire every nanosecond may do so, and is
// always late on the host's clock.
void board_pass(struct board *b, uint64_t ns)
{
    struct machine *m = b->m;
    bool on_host = !m->config.icount;
    if (on_host && ns > HOST_PASS_MAX_NS)
        ns = HOST_PASS_MAX_NS;
    if (on_host && board_chance(b, 4))
        wait_for_disks(b);
    uint64_t end = machine_now_ns(m) + ns, fired_end = m->timers_fired + FIRED_MAX;
    bool acknowledges = board_chance(b, 2);
    while (machine_now_ns(m) < end && m->timers_fired < fired_end) {
        m->cpu->halted = m->cpu->quit = m->cpu->shutdown = m->cpu->nmi = false;
        calls_make(m); // frames that have arrived, requests that have ended
        machine_begin_step(m);
        b->late = !on_host && machine_timer_next_ns(m) <= machine_now_ns(m) ? b->late + 1 : 0;
        b->stuck |= b->late > LATE_MAX;
        machine_finish_step(m, (int64_t)(end - machine_now_ns(m)));
        if (acknowledges && m->cpu->intr)
            machine_intr_acknowledge(m);
    }
    machine_timers_run(m);
}

static void touch(struct board *b)
{
    uint32_t at = board_address(b);
    unsigned size = 1u << board_below(b, 4);
    struct mmu_rmw rmw;
    b->accesses++;
    switch (board_below(b, 3)) {
    case 0:
        note_registers(b, at, false);
        mmu_load(b->m->cpu, at, size);
        break;
    case 1:
        note_registers(b, at, true);
        mmu_store(b->m->cpu, at, size, (uint64_t)board_any(b) << 32 | board_value(b));
        break;
    default: {
        uint64_t old = mmu_rmw_begin(b->m->cpu, at, size, &rmw);
        mmu_rmw_end(b->m->cpu, &rmw, old + 1);
        break;
    }
    }
}

void board_interlude(struct board *b)
{
    if (b->interludes >= INTERLUDES_MAX)
        return;
    b->interludes++;
    switch (board_below(b, 8)) {
    case 0:
    case 1:
    case 2: board_out(b, any_port(b), board_size(b), board_value(b)); break;
    case 3:
    case 4: board_in(b, any_port(b), board_size(b)); break;
    case 5:
    case 6: touch(b); break;
    default: board_pass(b, 1 + board_below(b, 20000)); break;
    }
    b->interludes--;
}

// What becomes of an access: true if it is to be made (again).
static bool deviate(struct board *b, unsigned *size, uint64_t *value)
{
    if (!board_chance(b, b->deviation))
        return true;
    switch (board_below(b, 6)) {
    case 0: return false;
    case 1: *value = board_value(b); return true;
    case 2: *value ^= 1ull << board_below(b, 8 * *size); return true;
    case 3: *size = board_size(b); return true;
    default: board_interlude(b); return true;
    }
}

void board_out(struct board *b, uint16_t port, unsigned size, uint32_t value)
{
    uint64_t v = value;
    if (!deviate(b, &size, &v))
        return;
    b->accesses++;
    note_port(b, port, true);
    machine_port_write(b->m, port, size,
                       size == 4 ? (uint32_t)v : (uint32_t)v & ((1u << 8 * size) - 1));
}

uint32_t board_in(struct board *b, uint16_t port, unsigned size)
{
    uint64_t v = 0;
    if (!deviate(b, &size, &v))
        return board_value(b);
    b->accesses++;
    note_port(b, port, false);
    return machine_port_read(b->m, port, size);
}

void board_store(struct board *b, uint32_t phys, unsigned size, uint64_t value)
{
    if (!deviate(b, &size, &value))
        return;
    b->accesses++;
    note_registers(b, phys, true);
    mmu_store(b->m->cpu, phys, size, value);
}

uint64_t board_load(struct board *b, uint32_t phys, unsigned size)
{
    uint64_t v = 0;
    if (!deviate(b, &size, &v))
        return board_value(b);
    b->accesses++;
    note_registers(b, phys, false);
    return mmu_load(b->m->cpu, phys, size);
}

// A fault unwinds to where the engine began, which is here.
bool board_msr_write(struct board *b, uint32_t number, uint64_t value)
{
    unsigned size = 8;
    if (!deviate(b, &size, &value))
        return false;
    b->accesses++;
    if (setjmp(b->m->cpu->unwind))
        return false;
    cpu_write_msr(b->m->cpu, number, value);
    return true;
}

bool board_msr_read(struct board *b, uint32_t number)
{
    b->accesses++;
    if (setjmp(b->m->cpu->unwind))
        return false;
    cpu_read_msr(b->m->cpu, number);
    return true;
}

void board_poke(struct board *b, uint32_t phys, const void *bytes, size_t n)
{
    mmu_phys_write(b->m->mmu, phys, bytes, n); // where there is no memory, nothing happens
}

void board_poke_number(struct board *b, uint32_t phys, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    if (board_chance(b, b->deviation))
        value = board_value(b);
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    board_poke(b, phys, bytes, size);
}

// --- PCI ---

void board_config_write(struct board *b, unsigned devfn, unsigned offset, unsigned size,
                        uint32_t value)
{
    board_out(b, CONFIG_ADDRESS, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
    board_out(b, (uint16_t)(CONFIG_DATA + (offset & 3)), size, value);
}

uint32_t board_config_read(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
    board_out(b, CONFIG_ADDRESS, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
    return board_in(b, (uint16_t)(CONFIG_DATA + (offset & 3)), size);
}

static void place_bars(struct board *b, struct board_function *f, uint32_t *port, uint32_t *memory)
{
    for (unsigned i = 0; i < BOARD_BARS; i++) {
        unsigned offset = i == 6 ? 0x30 : 0x10 + 4 * i;
        uint32_t old = board_config_read(b, f->devfn, offset, 4);
        board_config_write(b, f->devfn, offset, 4, i == 6 ? 0xfffffffe : 0xffffffff);
        uint32_t mask = board_config_read(b, f->devfn, offset, 4);
        f->bar[i].io = i != 6 && (old & 1);
        f->bar[i].bytes = mask ? ~(mask & (f->bar[i].io ? ~3u : ~15u)) + 1 : 0;
        if (f->bar[i].io)
            f->bar[i].bytes &= 0xffff;
        if (!f->bar[i].bytes)
            continue;
        uint32_t *next = f->bar[i].io ? port : memory;
        f->bar[i].address = *next = (*next + f->bar[i].bytes - 1) & ~(f->bar[i].bytes - 1);
        *next += f->bar[i].bytes;
        board_config_write(b, f->devfn, offset, 4, f->bar[i].address | (i == 6));
        if (!f->bar[i].io && (mask & 4)) // 64 bits: the next one is the upper half
            board_config_write(b, f->devfn, 0x10 + 4 * ++i, 4, 0);
    }
    board_config_write(b, f->devfn, 4, 2, 7);
}

void board_enumerate(struct board *b)
{
    uint32_t port = 0xC000, memory = 0xE0000000, deviation = b->deviation;
    b->deviation = 0;
    b->nfunctions = 0;
    for (unsigned devfn = 0; devfn < 256 && b->nfunctions < BOARD_FUNCTIONS; devfn++) {
        uint32_t id = board_config_read(b, devfn, 0, 4);
        if (id == 0xffffffff)
            continue;
        struct board_function *f = &b->function[b->nfunctions++];
        *f = (struct board_function){
            .devfn = (uint8_t)devfn, .vendor = (uint16_t)id, .device = (uint16_t)(id >> 16)};
        place_bars(b, f, &port, &memory);
    }
    b->deviation = deviation;
}

const struct board_function *board_find(const struct board *b, uint16_t vendor, uint16_t device,
                                        unsigned n)
{
    for (unsigned i = 0; i < b->nfunctions; i++) {
        const struct board_function *f = &b->function[i];
        if (f->vendor == vendor && (!device || f->device == device) && n-- == 0)
            return f;
    }
    return NULL;
}

void board_bar_write(struct board *b, const struct board_function *f, unsigned bar, uint32_t offset,
                     unsigned size, uint32_t value)
{
    if (bar >= BOARD_BARS || !f->bar[bar].bytes)
        return;
    if (f->bar[bar].io)
        board_out(b, (uint16_t)(f->bar[bar].address + offset), size, value);
    else
        board_store(b, f->bar[bar].address + offset, size, value);
}

uint32_t board_bar_read(struct board *b, const struct board_function *f, unsigned bar,
                        uint32_t offset, unsigned size)
{
    if (bar >= BOARD_BARS || !f->bar[bar].bytes)
        return 0xffffffff;
    if (f->bar[bar].io)
        return board_in(b, (uint16_t)(f->bar[bar].address + offset), size);
    return (uint32_t)board_load(b, f->bar[bar].address + offset, size);
}
