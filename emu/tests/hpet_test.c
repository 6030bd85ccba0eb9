// The high precision event timers, driven through their registers.
#include <string.h>

#include "emu/tests/apic_drive.h"

static const uint32_t HPET = 0xFED00000;
enum { CONFIG = 0x10, STATUS = 0x20, COUNTER = 0xF0, T0 = 0x100, T1 = 0x120, T2 = 0x140 };
enum { COMPARATOR = 8, LEVEL = 2, ENABLE = 4, PERIODIC = 8, SET = 0x40, NARROW = 0x100 };

static uint32_t get(struct machine *m, uint32_t reg)
{
    return (uint32_t)mmu_load(m->cpu, HPET + reg, 4);
}

static void set(struct machine *m, uint32_t reg, uint32_t value)
{
    mmu_store(m->cpu, HPET + reg, 4, value);
}

static void set64(struct machine *m, uint32_t reg, uint64_t value)
{
    mmu_store(m->cpu, HPET + reg, 8, value);
}

static void test_registers(void)
{
    struct machine *m = bench_machine(-1);
    CHECK(get(m, 0) == 0x8086A201 && get(m, 4) == 10000000, "identity %08x, period %u", get(m, 0),
          get(m, 4));
    CHECK(get(m, T0) == 0x30 && get(m, T2 + 4) == 0x00FF0000, "timer 0 %x, routes %x", get(m, T0),
          get(m, T2 + 4));
    CHECK(mmu_load(m->cpu, HPET + T1 + COMPARATOR, 8) == UINT64_MAX, "comparator at reset");
    set(m, T0, 0xFFFFFFFF);
    CHECK(get(m, T0) == 0x3F7E, "timer 0's bits: %x", get(m, T0));
    set(m, T0, 0);
    set64(m, COUNTER, 0x1122334455667788);
    pass_ns(m, 1000);
    CHECK(mmu_load(m->cpu, HPET + COUNTER, 8) == 0x1122334455667788, "it counts when it must not");
    set(m, COUNTER + 4, 0);
    set(m, COUNTER, 0);
    set(m, CONFIG, 1);
    pass_ns(m, 1000000);
    CHECK(get(m, COUNTER) >= 100000 && get(m, COUNTER) <= 100010, "%u ticks in a ms",
          get(m, COUNTER));
    set(m, CONFIG, 0);
    uint32_t stood = get(m, COUNTER);
    pass_ns(m, 1000000);
    set(m, CONFIG, 1);
    CHECK(get(m, COUNTER) - stood < 10, "the counter goes on while it stands");
    CHECK((mmu_load(m->cpu, HPET + 2, 2) & 0xffff) == 0x8086, "16 bits of the identity");
    CHECK(get(m, 0x160) == 0 && get(m, 0x3FC) == 0 && get(m, 0x30) == 0, "absent registers");
    set(m, 0x160, 0xFFFFFFFF);
    set(m, 0x3FC, 0xFFFFFFFF);
    machine_destroy(m);
    case_end("hpet.registers");
}

static bool took(struct machine *m, unsigned vector)
{
    if (!m->cpu->intr)
        return false;
    unsigned v = machine_intr_acknowledge(m);
    outb(m, 0x20, 0x20);
    if (v >= 0x28)
        outb(m, 0xA0, 0x20);
    return v == vector;
}

static unsigned count(struct machine *m, uint64_t ns, unsigned vector)
{
    unsigned n = 0;
    for (uint64_t i = 0; i < ns; i += 10000) {
        pass_ns(m, 10000);
        n += took(m, vector);
    }
    return n;
}

static void test_legacy(void)
{
    struct machine *m = bench_machine(-1);
    init_pics(m);
    outb(m, 0x43, 0x34), outb(m, 0x40, 0xA9), outb(m, 0x40, 4); // the 8254 at 1 kHz
    CHECK(count(m, 10000000, 0x20) >= 9, "the 8254 does not run");
    set(m, T0, ENABLE);
    set64(m, T0 + COMPARATOR, 500000); // 5 ms
    set(m, CONFIG, 3);
    took(m, 0x20);
    CHECK(count(m, 4900000, 0x20) == 0, "early, or the 8254");
    CHECK(count(m, 200000, 0x20) == 1, "timer 0 is not IRQ 0");
    CHECK(count(m, 20000000, 0x20) == 0, "twice, or the 8254");
    // Periodic: the comparator and then the period.
    set(m, T0, ENABLE | PERIODIC | SET);
    set(m, T0 + COMPARATOR, get(m, COUNTER) + 100000);
    CHECK(!(get(m, T0) & SET), "SET does not end itself");
    set(m, T0 + COMPARATOR, 50000);
    unsigned n = count(m, 10200000, 0x20);
    CHECK(n == 19, "%u interrupts in 10.2 ms: the first after 1 ms, then every 500 us", n);
    m->skipped_ns += 10250000; // the host was late by 20 periods: they are made up, one by one
    machine_timers_run(m);
    CHECK(took(m, 0x20) && !m->cpu->intr, "late");
    n = 1 + count(m, 5000000, 0x20);
    CHECK(n == 30 || n == 31, "%u in 5 ms after it was late by 20", n);
    CHECK(get(m, T0 + COMPARATOR) - get(m, COUNTER) <= 50000, "the comparator is not ahead");
    set(m, T0, 0);
    CHECK(count(m, 5000000, 0x20) == 0, "disabled");
    // Timer 1 is IRQ 8, by level here.
    set(m, T1, ENABLE | LEVEL);
    set(m, T1 + COMPARATOR, get(m, COUNTER) + 1000);
    set(m, T1 + COMPARATOR + 4, 0);
    pass_ns(m, 20000);
    CHECK(get(m, STATUS) == 2 && took(m, 0x28), "timer 1: status %x", get(m, STATUS));
    set(m, STATUS, 2);
    CHECK(get(m, STATUS) == 0, "the status does not clear");
    // Back to the 8254.
    set(m, CONFIG, 1);
    n = count(m, 10000000, 0x20);
    CHECK(n >= 9 && n <= 11, "%u interrupts of the 8254 in 10 ms", n);
    // What is on is over with a reset.
    char why[256];
    set(m, CONFIG, 3);
    machine_reset(m, why, sizeof why);
    CHECK(get(m, CONFIG) == 0 && get(m, COUNTER) == 0 && !m->legacy_replaced, "reset");
    machine_destroy(m);
    case_end("hpet.legacy");
}

// A match that falls into a write of a register, on the host's clock, which goes on meanwhile.
static void test_while_written(void)
{
    struct machine *m = bench_machine(-1);
    m->config.icount = false;
    m->start_ns = clock_host_ns();
    init_pics(m);
    set(m, T0, ENABLE);
    set(m, CONFIG, 3);
    unsigned n = 0, lost = 0;
    for (unsigned i = 0; i < 100000 && n < 300; i++) {
        uint32_t at = get(m, COUNTER) + 300; // 3 us
        set64(m, T0 + COMPARATOR, at);
        bool in_time = (int32_t)(get(m, COUNTER) - at) < 0;
        while ((int32_t)(get(m, COUNTER) - at) < 10)
            set(m, T0, ENABLE);
        machine_timers_run(m);
        bool came = took(m, 0x20);
        n += in_time;
        lost += in_time && !came;
    }
    CHECK(n == 300 && lost == 0, "%u of %u matches did not interrupt", lost, n);
    machine_destroy(m);
    case_end("hpet.while_written");
}

static void test_routes(void)
{
    struct machine *m = apic_machine();
    set(m, CONFIG, 1);
    set_ioapic(m, 0x10 + 2 * 20, 0x54); // pin 20, by edge
    set(m, T2, 20 << 9 | ENABLE);
    set64(m, T2 + COMPARATOR, get(m, COUNTER) + 1000);
    pass_ns(m, 10100);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x54, "timer 2 at pin 20");
    eoi(m);
    set_ioapic(m, 0x10 + 2 * 21, 0x8055); // pin 21, by level
    set(m, T2, 21 << 9 | ENABLE | LEVEL);
    set64(m, T2 + COMPARATOR, get(m, COUNTER) + 1000);
    pass_ns(m, 10100);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x55, "timer 2 at pin 21");
    eoi(m);
    CHECK(m->cpu->intr && get(m, STATUS) == 4, "by level, it does not stay: status %x",
          get(m, STATUS));
    machine_intr_acknowledge(m);
    set(m, STATUS, 4);
    eoi(m);
    CHECK(!m->cpu->intr, "cleared, and it asks");
    set(m, T2, 21 << 9 | LEVEL); // not enabled: the status alone
    set64(m, T2 + COMPARATOR, get(m, COUNTER) + 1000);
    pass_ns(m, 10100);
    CHECK(!m->cpu->intr && get(m, STATUS) == 4, "not enabled: status %x", get(m, STATUS));
    set(m, T2, 31 << 9 | ENABLE | LEVEL); // a pin that there is not
    set(m, T2, 3 << 9 | ENABLE | LEVEL);
    CHECK(!m->cpu->intr, "a route that is not offered");
    set(m, STATUS, 7);
    // 32 bits: the counter's upper half does not count, and it comes round.
    set(m, CONFIG, 0);
    set64(m, COUNTER, 0x5FFFFFF00);
    set(m, T2, 20 << 9 | ENABLE | NARROW);
    set(m, T2 + COMPARATOR, 0x10);
    set(m, T2 + COMPARATOR + 4, 0x77);
    CHECK(get(m, T2 + COMPARATOR + 4) == 0, "a comparator of 32 bits has an upper half");
    set(m, CONFIG, 1);
    pass_ns(m, 0x110 * 10 + 10);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x54, "over the end of 32 bits");
    eoi(m);
    pass_ns(m, 42000000000);
    CHECK(!m->cpu->intr, "round too early");
    pass_ns(m, 1000000000);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x54, "not round again");
    eoi(m);
    // Periods of one tick hold nobody up.
    set(m, T2, 20 << 9 | ENABLE | PERIODIC | SET | NARROW);
    set(m, T2 + COMPARATOR, get(m, COUNTER) + 1);
    set(m, T2 + COMPARATOR, 1);
    unsigned many = 0;
    for (unsigned i = 0; i < 100; i++) {
        pass_ns(m, 100000);
        if (m->cpu->intr)
            many += machine_intr_acknowledge(m) == 0x54;
        eoi(m);
    }
    CHECK(many >= 99, "%u of 100 with a period of one tick", many);
    set(m, T2, 0);
    machine_destroy(m);
    case_end("hpet.routes");
}

static void test_absent(void)
{
    char why[256];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .no_hpet = true};
    struct machine *m = machine_create(&config, why, sizeof why);
    CHECK(m && get(m, 0) == 0xFFFFFFFF, "-no-hpet, and it is there");
    if (m)
        machine_destroy(m);
    case_end("hpet.absent");
}

int main(void)
{
    test_registers();
    test_legacy();
    test_while_written();
    test_routes();
    test_absent();
    return verdict_failures != 0;
}
