// A machine whose engine only lets time pass, to drive chips from a test: under icount one
// "instruction" is 1 ns.
#ifndef TM_EMU_TESTS_BENCH_ENGINE_H
#define TM_EMU_TESTS_BENCH_ENGINE_H

#include <stdlib.h>

#include "emu/machine/machine_state.h"

static int bench_init(struct cpu *cpu, const char **why)
{
    (void)cpu, (void)why;
    return 0;
}

static void bench_fini(struct cpu *cpu)
{
    (void)cpu;
}

static enum cpu_exit bench_run(struct cpu *cpu)
{
    cpu->left = 0;
    return EXIT_BUDGET;
}

static const struct engine bench_engine = {
    .name = "bench", .init = bench_init, .fini = bench_fini, .run = bench_run};

static inline struct machine *bench_machine(int serial_fd)
{
    char why[256];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = serial_fd,
                                    .debugcon_fd = -1,
                                    .stats = true};
    struct machine *m = machine_create(&config, why, sizeof why);
    if (!m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    m->cpu->eflags = FLAG_ONE; // IF off: requests stay at the pin, where the test looks
    return m;
}

static inline void pass_ns(struct machine *m, uint64_t ns)
{
    uint64_t end = machine_now_ns(m) + ns;
    while (machine_now_ns(m) < end)
        machine_step(m, (int64_t)(end - machine_now_ns(m)));
    machine_timers_run(m);
}

static inline void outb(struct machine *m, uint16_t port, uint8_t value)
{
    machine_port_write(m, port, 1, value);
}

static inline uint8_t inb(struct machine *m, uint16_t port)
{
    return (uint8_t)machine_port_read(m, port, 1);
}

#endif
