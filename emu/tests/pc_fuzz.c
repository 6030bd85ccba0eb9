// Random traffic on the PC's board: configuration space, ports, registers and regions where BARs
// have put them, DMA, time, resets. Nothing may crash, hang or escape; the sanitizers (`make asan`,
// `make fuzz`) look on, and now and then the physical map and the bridges are looked at.
//
//   pc_fuzz [-t SECONDS] [-s SEED]
#include <string.h>
#include <time.h>

#include "emu/device/pci.h"
#include "emu/mmu/mmu_state.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { STEPS = 200000, STEPS_A_CHECK = 5000 };

static uint64_t state;

static uint32_t any(void) // xorshift64*
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * 0x2545F4914F6CDD1Dull >> 32);
}

static uint32_t below(uint32_t n)
{
    return any() % n;
}

// A value as drivers and attackers write them.
static uint32_t any_value(void)
{
    switch (below(6)) {
    case 0: return 0;
    case 1: return 0xffffffff;
    case 2: return 1u << below(32);
    case 3: return below(256);
    case 4: return below(4) << 12 | 0xE0000000;
    default: return any();
    }
}

static unsigned any_size(void)
{
    return 1u << below(3);
}

static uint16_t any_port(void)
{
    static const uint16_t known[] = {0x20,  0x40,  0x60,  0x64,  0x70,  0x92,  0xA0,   0xB2,
                                     0xF0,  0x170, 0x1F0, 0x376, 0x3B0, 0x3C0, 0x3D0,  0x3F0,
                                     0x3F8, 0x4D0, 0x510, 0x514, 0x518, 0xCF8, 0xCFC,  0xAFE0,
                                     0x1CE, 0x80,  0x61,  0x00,  0xC0,  0x402, 0xC000, 0xB000};
    return below(8) ? (uint16_t)(known[below(sizeof known / sizeof *known)] + below(16))
                    : (uint16_t)any();
}

// Most addresses lead somewhere: low memory, a BAR, the end.
static uint32_t any_phys(struct machine *m)
{
    switch (below(5)) {
    case 0: return below(0x210000);
    case 1: return 0xA0000 + below(0x60000);
    case 2: return 0xFFFF0000 + below(0x10000);
    case 3:
        if (m->mmu->nio)
            return m->mmu->io[below(m->mmu->nio)].base + below(64);
        return any();
    default:
        if (m->mmu->nviews)
            return m->mmu->view[below(m->mmu->nviews)].phys + below(0x2000);
        return any();
    }
}

static void config_step(struct machine *m)
{
    static const uint8_t slots[] = {0, 8, 9, 11, 16, 24};
    uint32_t devfn = below(4) ? slots[below(sizeof slots)] : below(256);
    uint32_t offset = below(4) ? below(0x40) : below(0x100);
    if (devfn == 8 + 3 && below(2)) // power management's base and enable
        offset = below(2) ? 0x40 : 0x80;
    machine_port_write(m, 0xCF8, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
    uint16_t port = (uint16_t)(0xCFC + (offset & 3));
    if (below(3))
        machine_port_write(m, port, any_size(), below(3) ? any_value() : 7);
    else
        machine_port_read(m, port, any_size());
}

static void memory_step(struct machine *m)
{
    uint32_t at = any_phys(m);
    unsigned size = 1u << below(4);
    struct mmu_rmw rmw;
    switch (below(4)) {
    case 0: mmu_load(m->cpu, at, size); break;
    case 1: mmu_store(m->cpu, at, size, (uint64_t)any() << 32 | any_value()); break;
    case 2: {
        uint64_t old = mmu_rmw_begin(m->cpu, at, size, &rmw);
        mmu_rmw_end(m->cpu, &rmw, old + 1);
        break;
    }
    default: {
        uint8_t bytes[64] = {0};
        if (below(2))
            machine_dma_write(m, at, bytes, below(sizeof bytes) + 1);
        else
            machine_dma_read(m, at, bytes, below(sizeof bytes) + 1);
        break;
    }
    }
}

static void step(struct machine *m)
{
    char why[256];
    switch (below(16)) {
    case 0:
    case 1:
    case 2: config_step(m); break;
    case 3:
    case 4:
    case 5:
    case 6: memory_step(m); break;
    case 7: pass_ns(m, below(100000)); break;
    case 8: machine_key(m, (uint16_t)any(), below(2)); break;
    case 9: machine_mouse(m, (int)any(), (int)any(), (int)any(), (uint8_t)any()); break;
    case 10: machine_port_read(m, any_port(), any_size()); break;
    default: machine_port_write(m, any_port(), any_size(), any_value()); break;
    }
    m->cpu->quit = m->cpu->halted = false;
    if (m->reset_asked && below(8) == 0 && machine_reset(m, why, sizeof why))
        CHECK(false, "reset: %s", why);
    m->cpu->eflags = FLAG_ONE;
}

// The map leads into the store only, and all that is mapped has its place back.
static void check_map(struct machine *m, uint64_t done)
{
    const struct mmu *mmu = m->mmu;
    for (uint32_t page = 0; page < MMU_PHYS_PAGES; page++) {
        uint32_t r = mmu->read_map[page], w = mmu->write_map[page];
        CHECK((uint64_t)r * MMU_PAGE <= mmu->store_used &&
                  (uint64_t)w * MMU_PAGE <= mmu->store_used,
              "step %llu: page %x leads to %x, %x", (unsigned long long)done, page, r, w);
        CHECK(page >= 0xA0000 >> 12 || (r == page + 1 && w == r), "step %llu: RAM page %x is gone",
              (unsigned long long)done, page);
    }
    machine_port_write(m, 0xCF8, 4, 0x80000000u);
    uint32_t id = machine_port_read(m, 0xCFC, 4);
    CHECK(id == 0x12378086, "step %llu: the host bridge is %08x", (unsigned long long)done, id);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, steps = STEPS;
    time_t end = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-t") == 0)
            end = time(NULL) + atoi(argv[i + 1]);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
    }
    state = seed * 0x9E3779B97F4A7C15ull | 1;
    struct machine *m = bench_machine(-1);
    uint64_t done = 0;
    for (; (end ? time(NULL) < end : done < steps) && !verdict_bad; done++) {
        step(m);
        if (done % STEPS_A_CHECK == 0)
            check_map(m, done);
    }
    check_map(m, done);
    machine_destroy(m);
    printf("pc_fuzz: %llu steps, seed %llu\n", (unsigned long long)done, (unsigned long long)seed);
    case_end("pc.fuzz");
    return verdict_failures != 0;
}
