// Random bytes as code, random descriptors, page tables and modes: the interpreter must neither
// crash nor hang nor break its own invariants, whatever a guest does. Worth most under `make asan`.
//
// interp_fuzz [-n RUNS] [-s SEED]: RUNS machines (3000; 200000 if the program's name ends in
// -full). There are no devices: ports answer from here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/machine/machine.h"
#include "emu/tests/system_world.h"

// The machine's side, which the interpreter calls.
uint32_t machine_port_read(struct machine *m, uint16_t port, unsigned size)
{
    (void)m;
    return port * 0x01010101u >> (32 - 8 * size);
}

void machine_port_write(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
    (void)m;
    (void)port;
    (void)size;
    (void)value;
}

uint64_t machine_now_tsc(const struct machine *m)
{
    (void)m;
    return 1;
}

static uint64_t seed = 1;

static uint32_t random32(void)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(z >> 32);
}

static bool chance(unsigned percent)
{
    return random32() % 100 < percent;
}

// Mostly an address within RAM.
static uint32_t random_address(void)
{
    return chance(85) ? random32() % WORLD_RAM : random32();
}

// Bytes that often are something: prefixes, the 0F map, system opcodes.
static void random_code(uint8_t *to, unsigned n)
{
    static const uint8_t likely[] = {0x0f, 0x66, 0x67, 0xf3, 0xcf, 0xcd, 0x8e, 0xff,
                                     0x00, 0x01, 0x22, 0x20, 0xea, 0x9a, 0xcb, 0x07,
                                     0x17, 0x1f, 0x9d, 0xfb, 0xa4, 0xa5, 0x6d, 0xc8};
    for (unsigned i = 0; i < n; i++)
        to[i] = chance(30) ? likely[random32() % sizeof likely] : (uint8_t)random32();
}

static void random_tables(struct world *w)
{
    for (unsigned i = 0; i < 12; i++) {
        unsigned selector = random32() % 31 * 8 | (chance(30) ? 4 : 0);
        uint32_t attr = (random32() & 0x00f0ff00u) | (chance(80) ? 0x8000 : 0);
        world_descriptor(w, selector, random_address(), random32(), attr);
    }
    for (unsigned i = 0; i < 12; i++)
        world_gate(w, random32() % (chance(50) ? 20 : 256), (uint16_t)(random32() % 0x80),
                   chance(70) ? WORLD_CODE + random32() % 0x1000 : random32(),
                   (random32() & 0xff00) | (chance(80) ? 0x8000 : 0));
    for (unsigned i = 0; i < 40; i++)
        world_put32(w, WORLD_TABLE + random32() % 1024 * 4,
                    (random_address() & ~0xfffu) | random32() % 0x1000);
    if (chance(10))
        world_put32(w, WORLD_DIRECTORY + random32() % 1024 * 4, random32());
}

static void random_state(struct cpu *cpu)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        cpu->gpr[i] = chance(70) ? random_address() : random32() % 256;
    cpu->eflags = FLAG_ONE | (random32() & (FLAGS_ARITH | FLAG_DF | FLAG_IF | FLAG_IOPL));
    if (chance(5))
        cpu->eflags |= FLAG_TF | FLAG_RF;
    if (chance(5))
        cpu->eflags |= FLAG_NT;
    if (chance(40))
        cpu->cr0 |= CR0_PG;
    if (chance(30))
        cpu->cr4 |= CR4_PSE;
    if (chance(10))
        cpu->cr0 &= ~(uint32_t)CR0_WP;
    if (chance(60))
        cpu->ldtr =
            (struct segment){.base = WORLD_LDT, .limit = 0xff, .selector = SEL_LDT, .attr = 0x82};
    if (chance(20)) {
        struct segment *s = &cpu->seg[random32() % SEG_COUNT];
        s->base = random_address();
        s->limit = random_address();
    }
    if (chance(15)) { // real mode, or V86
        for (unsigned i = 0; i < SEG_COUNT; i++)
            cpu->seg[i] = (struct segment){.base = (i + 1) << 12,
                                           .limit = 0xffff,
                                           .selector = (uint16_t)((i + 1) << 8),
                                           .attr = 0x93};
        cpu->eip = random32() & 0xffff;
        if (chance(50)) {
            cpu->eflags |= FLAG_VM;
            cpu->cpl = 3;
            for (unsigned i = 0; i < SEG_COUNT; i++)
                cpu->seg[i].attr = 0xf3;
        } else {
            cpu->cr0 &= ~(CR0_PE | CR0_PG);
            cpu->cpl = 0;
        }
    }
}

// What must hold after any run. NULL, or what does not.
static const char *broken(const struct cpu *cpu, enum cpu_exit why)
{
    if (cpu->cpl > 3)
        return "CPL above 3";
    if (!(cpu->eflags & FLAG_ONE))
        return "bit 1 of EFLAGS clear";
    if ((cpu->cr0 & CR0_PG) && !(cpu->cr0 & CR0_PE))
        return "PG without PE";
    if (!cpu_protected(cpu) && cpu->cpl != 0)
        return "CPL not 0 in real mode";
    if (cpu_v86(cpu) && cpu_protected(cpu) && cpu->cpl != 3)
        return "CPL not 3 in V86 mode";
    if (why == EXIT_BUDGET && cpu->left != 0)
        return "budget not used exactly";
    if (why == EXIT_QUIT || (why == EXIT_HALT) != cpu->halted ||
        (why == EXIT_SHUTDOWN) != cpu->shutdown)
        return "exit reason does not fit the state";
    return NULL;
}

int main(int argc, char **argv)
{
    static struct world w;
    static uint8_t code[0x1000];
    size_t n = strlen(argv[0]);
    unsigned long runs = n > 5 && strcmp(argv[0] + n - 5, "-full") == 0 ? 200000 : 3000;
    uint64_t insns = 0, exceptions = 0, exits[8] = {0};
    const char *why = "out of memory";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            runs = strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
    }
    if (!world_create(&w, &why)) {
        printf("FAIL fuzz: %s\n", why);
        return 1;
    }
    for (unsigned long run = 0; run < runs; run++) {
        uint64_t used = seed;
        world_reset(&w, chance(50) ? 0 : 3);
        random_tables(&w);
        random_state(w.cpu);
        random_code(code, sizeof code);
        world_put(&w, 0x7000, code, sizeof code);
        uint64_t before = w.cpu->exceptions, begin = cpu_icount(w.cpu);
        world_put(&w, WORLD_CODE, code, sizeof code);
        w.cpu->intr = chance(10);
        cpu_set_budget(w.cpu, 300);
        enum cpu_exit exit = EXIT_POLL;
        for (unsigned slice = 0; slice < 20 && exit == EXIT_POLL; slice++) {
            w.cpu->poll = 0;
            if (cpu_intr_deliverable(w.cpu))
                cpu_deliver_interrupt(w.cpu, random32() & 0xff);
            exit = engine_interp.run(w.cpu);
        }
        insns += cpu_icount(w.cpu) - begin;
        exceptions += w.cpu->exceptions - before;
        exits[exit]++;
        const char *what = broken(w.cpu, exit);
        if (what) {
            printf("FAIL fuzz: run %lu (-s %llu -n 1): %s\n", run, (unsigned long long)used, what);
            return 1;
        }
    }
    printf("%lu runs, %llu instructions, %llu exceptions; ended by budget %llu, poll %llu, halt "
           "%llu, shutdown %llu\n",
           runs, (unsigned long long)insns, (unsigned long long)exceptions,
           (unsigned long long)exits[EXIT_BUDGET], (unsigned long long)exits[EXIT_POLL],
           (unsigned long long)exits[EXIT_HALT], (unsigned long long)exits[EXIT_SHUTDOWN]);
    printf("ok fuzz interp\n");
    world_destroy(&w);
    return 0;
}
