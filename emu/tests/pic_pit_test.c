// The 8259A pair and the 8254, driven through their ports.
#include <string.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { MASTER = 0x20, SLAVE = 0xA0 };

static struct machine *with_pics(uint8_t icw4)
{
    struct machine *m = bench_machine(-1);
    outb(m, MASTER, 0x11);
    outb(m, MASTER + 1, 0x20);
    outb(m, MASTER + 1, 0x04);
    outb(m, MASTER + 1, icw4);
    outb(m, SLAVE, 0x11);
    outb(m, SLAVE + 1, 0x28);
    outb(m, SLAVE + 1, 0x02);
    outb(m, SLAVE + 1, 0x01);
    outb(m, MASTER + 1, 0x00);
    outb(m, SLAVE + 1, 0x00);
    return m;
}

static uint8_t irr(struct machine *m, uint16_t chip)
{
    outb(m, chip, 0x0A);
    return inb(m, chip);
}

static uint8_t isr(struct machine *m, uint16_t chip)
{
    outb(m, chip, 0x0B);
    return inb(m, chip);
}

static void test_priority(void)
{
    struct machine *m = with_pics(1);
    CHECK(!m->cpu->intr, "INT is up with no request");
    machine_set_irq(m, 3, true);
    machine_set_irq(m, 1, true);
    CHECK(irr(m, MASTER) == 0x0A, "IRR %02x", irr(m, MASTER));
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x21, "first vector %02x", v);
    CHECK(isr(m, MASTER) == 0x02 && irr(m, MASTER) == 0x08, "ISR %02x IRR %02x", isr(m, MASTER),
          irr(m, MASTER));
    CHECK(!m->cpu->intr, "IRQ3 interrupts IRQ1's handler");
    machine_set_irq(m, 0, false); // the timer's output is up since power-on
    machine_set_irq(m, 0, true);
    CHECK(m->cpu->intr, "IRQ0 does not interrupt IRQ1's handler");
    v = machine_intr_acknowledge(m);
    CHECK(v == 0x20, "nested vector %02x", v);
    outb(m, MASTER, 0x20); // ends IRQ0
    CHECK(isr(m, MASTER) == 0x02, "after one EOI ISR is %02x", isr(m, MASTER));
    outb(m, MASTER, 0x61); // specific, IRQ1
    CHECK(m->cpu->intr, "IRQ3 is not offered after the EOI");
    v = machine_intr_acknowledge(m);
    CHECK(v == 0x23, "last vector %02x", v);
    machine_destroy(m);
    case_end("pic.priority");
}

static void test_mask_and_edge(void)
{
    struct machine *m = with_pics(1);
    outb(m, MASTER + 1, 0x10);
    CHECK(inb(m, MASTER + 1) == 0x10, "the mask does not read back");
    machine_set_irq(m, 4, true);
    CHECK(!m->cpu->intr && irr(m, MASTER) == 0x10, "a masked request: INT %d IRR %02x",
          m->cpu->intr, irr(m, MASTER));
    outb(m, MASTER + 1, 0x00);
    CHECK(m->cpu->intr, "unmasking does not raise INT");
    CHECK(machine_intr_acknowledge(m) == 0x24, "wrong vector");
    outb(m, MASTER, 0x20);
    CHECK(!m->cpu->intr, "an edge input that stays up asks twice");
    machine_set_irq(m, 4, false);
    machine_set_irq(m, 4, true);
    CHECK(m->cpu->intr, "the next edge is lost");
    machine_intr_acknowledge(m);
    outb(m, MASTER, 0x20);
    outb(m, 0x4D0, 0x20); // IRQ5 by level
    CHECK(inb(m, 0x4D0) == 0x20, "ELCR does not read back");
    outb(m, 0x4D0, 0x27);
    CHECK(inb(m, 0x4D0) == 0x20, "IRQ0-2 can be made level");
    machine_set_irq(m, 5, true);
    CHECK(machine_intr_acknowledge(m) == 0x25, "wrong vector for IRQ5");
    outb(m, MASTER, 0x20);
    CHECK(m->cpu->intr, "a level input that stays up does not ask again");
    machine_set_irq(m, 5, false);
    CHECK(!m->cpu->intr, "a level input that fell still asks");
    machine_destroy(m);
    case_end("pic.mask_edge_level");
}

static void test_spurious(void)
{
    struct machine *m = with_pics(1);
    machine_set_irq(m, 4, true);
    machine_set_irq(m, 4, false);
    CHECK(!m->cpu->intr, "INT stays up when the request is gone");
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x27, "spurious vector %02x", v);
    CHECK(isr(m, MASTER) == 0, "a spurious interrupt is in service: %02x", isr(m, MASTER));
    machine_destroy(m);
    case_end("pic.spurious");
}

static void test_cascade(void)
{
    struct machine *m = with_pics(1);
    machine_set_irq(m, 12, true);
    CHECK(m->cpu->intr && irr(m, MASTER) == 0x04 && irr(m, SLAVE) == 0x10,
          "IRQ12 does not reach the master");
    machine_set_irq(m, 8, true);
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x28, "vector %02x, not IRQ8's", v);
    CHECK(isr(m, MASTER) == 0x04 && isr(m, SLAVE) == 0x01, "ISR %02x %02x", isr(m, MASTER),
          isr(m, SLAVE));
    outb(m, SLAVE, 0x20);
    CHECK(!m->cpu->intr, "the slave's next interrupts before the master's EOI");
    outb(m, MASTER, 0x20);
    CHECK(m->cpu->intr, "IRQ12 is lost behind IRQ8");
    v = machine_intr_acknowledge(m);
    CHECK(v == 0x2C, "vector %02x, not IRQ12's", v);
    machine_destroy(m);
    case_end("pic.cascade");
}

static void test_modes(void)
{
    struct machine *m = with_pics(3); // automatic EOI
    machine_set_irq(m, 3, true);
    machine_intr_acknowledge(m);
    CHECK(isr(m, MASTER) == 0, "automatic EOI leaves ISR %02x", isr(m, MASTER));
    machine_destroy(m);

    m = with_pics(1);
    machine_set_irq(m, 3, true);
    machine_intr_acknowledge(m);
    outb(m, MASTER, 0xA0); // EOI and rotate: IRQ3 is the lowest now, IRQ4 the highest
    machine_set_irq(m, 3, false);
    machine_set_irq(m, 3, true);
    machine_set_irq(m, 0, false);
    machine_set_irq(m, 0, true);
    machine_set_irq(m, 4, true);
    unsigned a = machine_intr_acknowledge(m);
    outb(m, MASTER, 0x20);
    unsigned b = machine_intr_acknowledge(m);
    outb(m, MASTER, 0x20);
    unsigned c = machine_intr_acknowledge(m);
    CHECK(a == 0x24 && b == 0x20 && c == 0x23, "rotated order %02x %02x %02x", a, b, c);
    machine_destroy(m);

    m = with_pics(1);
    machine_set_irq(m, 1, true);
    machine_intr_acknowledge(m);
    machine_set_irq(m, 6, true);
    CHECK(!m->cpu->intr, "IRQ6 interrupts IRQ1");
    outb(m, MASTER + 1, 0x02);
    outb(m, MASTER, 0x68); // special mask mode
    CHECK(m->cpu->intr, "special mask mode holds IRQ6 back");
    outb(m, MASTER, 0x48);
    CHECK(!m->cpu->intr, "special mask mode does not end");
    machine_destroy(m);

    m = with_pics(1);
    outb(m, MASTER, 0x0C); // poll
    uint8_t none = inb(m, MASTER);
    machine_set_irq(m, 6, true);
    outb(m, MASTER, 0x0C);
    uint8_t six = inb(m, MASTER);
    CHECK(!(none & 0x80) && six == 0x86, "poll answers %02x and %02x", none, six);
    CHECK(isr(m, MASTER) == 0x40, "poll does not acknowledge: ISR %02x", isr(m, MASTER));
    machine_destroy(m);
    case_end("pic.modes");
}

// --- 8254 ---

enum { HZ = 1193182 };

static uint64_t ticks_ns(uint64_t ticks)
{
    return (ticks * 1000000000u + HZ - 1) / HZ;
}

static void set_channel(struct machine *m, unsigned n, uint8_t control, uint16_t count)
{
    outb(m, 0x43, (uint8_t)(n << 6 | control));
    outb(m, (uint16_t)(0x40 + n), (uint8_t)count);
    outb(m, (uint16_t)(0x40 + n), (uint8_t)(count >> 8));
}

static uint16_t read_count(struct machine *m, unsigned n)
{
    outb(m, 0x43, (uint8_t)(n << 6));
    uint8_t low = inb(m, (uint16_t)(0x40 + n));
    return (uint16_t)(low | inb(m, (uint16_t)(0x40 + n)) << 8);
}

static uint8_t read_status(struct machine *m, unsigned n)
{
    outb(m, 0x43, (uint8_t)(0xE0 | 2u << n));
    return inb(m, (uint16_t)(0x40 + n));
}

static void test_pit_mode0(void)
{
    struct machine *m = with_pics(1);
    set_channel(m, 0, 0x30, 1000);
    CHECK(!(read_status(m, 0) & 0x80), "mode 0: the output is up at once");
    pass_ns(m, ticks_ns(500));
    uint16_t c = read_count(m, 0);
    CHECK(c >= 499 && c <= 502, "mode 0: the count is %u after 500 ticks", c);
    CHECK(!m->cpu->intr, "mode 0: an early interrupt");
    pass_ns(m, ticks_ns(502));
    CHECK((read_status(m, 0) & 0x80) && m->cpu->intr, "mode 0: no interrupt after 1,002 ticks");
    CHECK(machine_intr_acknowledge(m) == 0x20, "mode 0: not IRQ0");
    outb(m, MASTER, 0x20);
    pass_ns(m, ticks_ns(100000));
    CHECK(!m->cpu->intr, "mode 0: a second interrupt");
    machine_destroy(m);
    case_end("pit.mode0");
}

static unsigned count_interrupts(struct machine *m, uint64_t ns)
{
    unsigned n = 0;
    for (uint64_t end = machine_now_ns(m) + ns; machine_now_ns(m) < end;) {
        pass_ns(m, 10000);
        if (m->cpu->intr) {
            machine_intr_acknowledge(m);
            outb(m, MASTER, 0x20);
            n++;
        }
    }
    return n;
}

static void test_pit_periodic(void)
{
    for (unsigned mode = 2; mode <= 3; mode++) {
        struct machine *m = with_pics(1);
        set_channel(m, 0, (uint8_t)(0x30 | mode << 1), 1193);
        unsigned n = count_interrupts(m, 100000000);
        CHECK(n >= 99 && n <= 101, "mode %u: %u interrupts in 100 ms at 1 kHz", mode, n);
        outb(m, 0x40, 2386 & 0xff); // half the rate
        outb(m, 0x40, 2386 >> 8);
        n = count_interrupts(m, 100000000);
        CHECK(n >= 49 && n <= 51, "mode %u: %u interrupts in 100 ms at 500 Hz", mode, n);
        set_channel(m, 0, (uint8_t)(0x30 | mode << 1), 0); // 65,536: 18.2 Hz
        n = count_interrupts(m, 1000000000);
        CHECK(n >= 17 && n <= 19, "mode %u: %u interrupts in 1 s with count 0", mode, n);
        machine_destroy(m);
    }
    case_end("pit.periodic");
}

static void test_pit_counts(void)
{
    struct machine *m = with_pics(1);
    set_channel(m, 0, 0x34, 1000); // mode 2
    pass_ns(m, ticks_ns(10301));
    uint16_t c = read_count(m, 0);
    CHECK(c >= 698 && c <= 701, "mode 2: count %u, 700 expected", c);
    set_channel(m, 0, 0x36, 1000); // mode 3: by twos
    pass_ns(m, ticks_ns(101));
    c = read_count(m, 0);
    CHECK((c & 1) == 0 && c >= 798 && c <= 802, "mode 3: count %u, 800 expected", c);
    CHECK(read_status(m, 0) == (0x80 | 0x36), "mode 3: status %02x in the first half",
          read_status(m, 0));
    pass_ns(m, ticks_ns(500));
    CHECK(read_status(m, 0) == 0x36, "mode 3: status %02x in the second half", read_status(m, 0));
    set_channel(m, 0, 0x31, 0x1000); // mode 0, BCD: a thousand
    pass_ns(m, ticks_ns(1 + 1));
    c = read_count(m, 0);
    CHECK(c == 0x0999 || c == 0x1000 || c == 0x0998, "BCD: count %04x", c);
    pass_ns(m, ticks_ns(1000));
    CHECK(read_status(m, 0) & 0x80, "BCD: not done after a thousand ticks");
    outb(m, 0x43, 0x34);
    CHECK(read_status(m, 0) & 0x40, "no null count before a count is written");
    // A latch holds while the counter runs on.
    set_channel(m, 0, 0x34, 50000);
    pass_ns(m, ticks_ns(1000));
    outb(m, 0x43, 0x00);
    pass_ns(m, ticks_ns(1000));
    c = inb(m, 0x40);
    c = (uint16_t)(c | inb(m, 0x40) << 8);
    CHECK(c >= 48998 && c <= 49002, "latched count %u", c);
    CHECK(read_count(m, 0) < 48010, "the count did not run on: %u", read_count(m, 0));
    // Read-back of count and status of channels 0 and 2 at once: status comes first.
    set_channel(m, 2, 0x36, 4000);
    outb(m, 0x43, 0xC0 | 2 | 8);
    CHECK(inb(m, 0x40) == (0x80 | 0x34), "read-back: status of channel 0");
    CHECK((inb(m, 0x42) & 0x3f) == 0x36, "read-back: status of channel 2");
    machine_destroy(m);
    case_end("pit.counts");
}

static void test_pit_gate(void)
{
    struct machine *m = with_pics(1);
    outb(m, 0x61, 0);
    set_channel(m, 2, 0x30, 1000); // mode 0, gate down
    pass_ns(m, ticks_ns(3000));
    CHECK(!(inb(m, 0x61) & 0x20), "mode 0 counts with the gate down");
    outb(m, 0x61, 1);
    pass_ns(m, ticks_ns(400));
    outb(m, 0x61, 0);
    pass_ns(m, ticks_ns(5000));
    CHECK(!(inb(m, 0x61) & 0x20), "mode 0 runs on after the gate fell");
    outb(m, 0x61, 1);
    pass_ns(m, ticks_ns(598));
    CHECK(!(inb(m, 0x61) & 0x20), "mode 0 is early by ticks before the pause");
    pass_ns(m, ticks_ns(6));
    CHECK(inb(m, 0x61) & 0x20, "mode 0 is not done");

    outb(m, 0x61, 0);
    set_channel(m, 2, 0x32, 1000); // mode 1: one-shot
    pass_ns(m, ticks_ns(2000));
    CHECK(inb(m, 0x61) & 0x20, "mode 1: the output is down before the trigger");
    outb(m, 0x61, 1);
    pass_ns(m, ticks_ns(500));
    CHECK(!(inb(m, 0x61) & 0x20), "mode 1: the output is up after the trigger");
    outb(m, 0x61, 0);
    outb(m, 0x61, 1); // again: the whole time anew
    pass_ns(m, ticks_ns(900));
    CHECK(!(inb(m, 0x61) & 0x20), "mode 1: the second trigger is ignored");
    pass_ns(m, ticks_ns(110));
    CHECK(inb(m, 0x61) & 0x20, "mode 1: no end");

    outb(m, 0x61, 1);
    set_channel(m, 2, 0x38, 100); // mode 4: one low tick
    CHECK(inb(m, 0x61) & 0x20, "mode 4: the output starts down");
    unsigned low = 0;
    for (unsigned i = 0; i < 300; i++) {
        pass_ns(m, 838);
        low += !(inb(m, 0x61) & 0x20);
    }
    CHECK(low == 1, "mode 4: down for %u ticks", low);
    outb(m, 0x61, 0);
    set_channel(m, 2, 0x3A, 100); // mode 5: the same from a trigger
    pass_ns(m, ticks_ns(300));
    outb(m, 0x61, 1);
    low = 0;
    for (unsigned i = 0; i < 300; i++) {
        pass_ns(m, 838);
        low += !(inb(m, 0x61) & 0x20);
    }
    CHECK(low == 1, "mode 5: down for %u ticks", low);
    uint8_t before = inb(m, 0x61) & 0x10;
    unsigned changes = 0;
    for (unsigned i = 0; i < 100; i++) {
        pass_ns(m, 5000);
        uint8_t now = inb(m, 0x61) & 0x10;
        changes += now != before;
        before = now;
    }
    CHECK(changes >= 30 && changes <= 36, "the refresh bit changed %u times in 500 us", changes);
    machine_destroy(m);
    case_end("pit.gate");
}

// The host came late: mode 4's strobe is over when the timer is looked at, or when the guest writes
// the next count. The request must not be lost: a kernel that sleeps until it would never wake.
static void test_pit_late(void)
{
    for (unsigned way = 0; way < 2; way++) {
        struct machine *m = bench_machine(-1);
        outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1);
        outb(m, 0x21, 0xfe);
        set_channel(m, 0, 0x38, 100);
        CHECK(!m->cpu->intr, "a request at once");
        m->skipped_ns += 1000000;
        if (way == 0)
            machine_timers_run(m);
        else
            set_channel(m, 0, 0x38, 60000);
        CHECK(m->cpu->intr, "the request of mode 4 was lost (%s)", way ? "a write" : "the timer");
        machine_destroy(m);
    }
    case_end("pit.late");
}

// Mode 3's low half gets a new and longer count when the machine is younger than that: its period
// began before the clock did. The timer must not fire for ever at one time (pc_fuzz, seed 10557).
static void test_pit_young(void)
{
    enum { STEPS = 100 };
    struct machine *m = with_pics(1);
    set_channel(m, 0, 0x36, 100);
    outb(m, 0x40, 0), outb(m, 0x40, 0); // 65,536
    uint64_t end = machine_now_ns(m) + 100000000;
    for (unsigned i = 0; i < STEPS && machine_now_ns(m) < end; i++)
        machine_step(m, (int64_t)(end - machine_now_ns(m)));
    CHECK(machine_now_ns(m) >= end, "only %llu ns passed in %d steps",
          (unsigned long long)machine_now_ns(m), STEPS);
    machine_destroy(m);
    case_end("pit.young");
}

int main(void)
{
    test_priority();
    test_mask_and_edge();
    test_spurious();
    test_cascade();
    test_modes();
    test_pit_mode0();
    test_pit_periodic();
    test_pit_counts();
    test_pit_gate();
    test_pit_late();
    test_pit_young();
    return verdict_failures != 0;
}
