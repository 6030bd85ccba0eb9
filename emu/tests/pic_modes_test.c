// The less travelled modes of the 8259A pair and of the 8254, by their datasheets; the usual ones
// are in pic_pit_test.c.
#include <string.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { MASTER = 0x20, SLAVE = 0xA0, HZ = 1193182 };

static void init_chip(struct machine *m, uint16_t chip, uint8_t icw1, uint8_t icw4)
{
    outb(m, chip, icw1);
    outb(m, chip + 1, chip == MASTER ? 0x20 : 0x28);
    outb(m, chip + 1, chip == MASTER ? 4 : 2);
    outb(m, chip + 1, icw4);
    outb(m, chip + 1, 0);
}

static struct machine *with_pics(uint8_t icw4)
{
    struct machine *m = bench_machine(-1);
    init_chip(m, MASTER, 0x11, icw4);
    init_chip(m, SLAVE, 0x11, 1);
    machine_set_irq(m, 0, false); // the timer's output is up since power-on
    return m;
}

static uint8_t isr(struct machine *m, uint16_t chip)
{
    outb(m, chip, 0x0B);
    return inb(m, chip);
}

static uint8_t irr(struct machine *m, uint16_t chip)
{
    outb(m, chip, 0x0A);
    return inb(m, chip);
}

static void pulse(struct machine *m, unsigned irq)
{
    machine_set_irq(m, irq, false);
    machine_set_irq(m, irq, true);
}

static void test_set_priority(void)
{
    struct machine *m = with_pics(1);
    outb(m, MASTER, 0xC4); // IR4 is the lowest: 5 6 7 0 1 2 3 4
    static const uint8_t order[] = {5, 6, 7, 0, 1, 3, 4};
    for (unsigned irq = 0; irq < 8; irq++)
        if (irq != 2)
            pulse(m, irq);
    for (unsigned i = 0; i < sizeof order; i++) {
        unsigned v = machine_intr_acknowledge(m);
        CHECK(v == 0x20u + order[i], "set priority: %02x is number %u", v, i);
        outb(m, MASTER, 0x20);
    }
    pulse(m, 1);
    pulse(m, 6);
    machine_intr_acknowledge(m); // 6
    CHECK(!m->cpu->intr, "IR1 is above IR6 although it comes after it");
    outb(m, MASTER, 0xE6); // specific EOI, and 6 is the lowest
    CHECK(isr(m, MASTER) == 0 && machine_intr_acknowledge(m) == 0x21, "rotate on specific EOI");
    pulse(m, 6);
    CHECK(!m->cpu->intr, "IR6 interrupts IR1: it should be the lowest");
    machine_destroy(m);
    case_end("pic.set_priority");
}

static void test_rotate_aeoi(void)
{
    struct machine *m = with_pics(3);
    outb(m, MASTER, 0x80); // rotate in automatic EOI mode
    unsigned v[4];
    pulse(m, 3);
    v[0] = machine_intr_acknowledge(m); // 3 becomes the lowest
    pulse(m, 3);
    pulse(m, 5);
    v[1] = machine_intr_acknowledge(m);
    v[2] = machine_intr_acknowledge(m);
    CHECK(v[0] == 0x23 && v[1] == 0x25 && v[2] == 0x23, "rotating: %x %x %x", v[0], v[1], v[2]);
    outb(m, MASTER, 0x00); // no longer; 3 stays the lowest
    pulse(m, 6);
    pulse(m, 4);
    v[0] = machine_intr_acknowledge(m);
    v[1] = machine_intr_acknowledge(m);
    pulse(m, 4);
    pulse(m, 6);
    v[2] = machine_intr_acknowledge(m);
    CHECK(v[0] == 0x24 && v[1] == 0x26 && v[2] == 0x24, "not rotating: %x %x %x", v[0], v[1], v[2]);
    machine_destroy(m);
    case_end("pic.rotate_aeoi");
}

static void test_nested_slave(void)
{
    for (unsigned special = 0; special < 2; special++) {
        struct machine *m = with_pics(special ? 0x11 : 0x01);
        pulse(m, 12);
        CHECK(machine_intr_acknowledge(m) == 0x2C, "IRQ 12");
        pulse(m, 9); // higher within the slave
        CHECK(m->cpu->intr == (special != 0), "IRQ 9 into IRQ 12's handler, special %u", special);
        if (special) {
            CHECK(machine_intr_acknowledge(m) == 0x29, "IRQ 9 is not next");
            CHECK(isr(m, SLAVE) == 0x12 && isr(m, MASTER) == 4, "in service: %02x %02x",
                  isr(m, SLAVE), isr(m, MASTER));
            outb(m, SLAVE, 0x20);
            CHECK(isr(m, SLAVE) == 0x10, "the slave's EOI ends the wrong one");
        }
        pulse(m, 4);
        CHECK(!m->cpu->intr, "IRQ 4 is above the slave");
        machine_destroy(m);
    }
    case_end("pic.nested_slave");
}

static void test_slave_spurious(void)
{
    struct machine *m = with_pics(1);
    pulse(m, 10);
    outb(m, MASTER, 0x0C); // the master's INTA by a poll, then the request goes away
    CHECK(inb(m, MASTER) == 0x82, "poll");
    outb(m, SLAVE, 0x0C);
    CHECK(inb(m, SLAVE) == 0x82, "poll of the slave");
    outb(m, SLAVE, 0x20), outb(m, MASTER, 0x20);
    CHECK(!m->cpu->intr && isr(m, SLAVE) == 0 && isr(m, MASTER) == 0, "after the polls");
    // By the bus: the slave is asked and has nothing any more.
    outb(m, SLAVE + 1, 0xFF);
    pulse(m, 10);
    CHECK(!m->cpu->intr, "masked");
    outb(m, SLAVE + 1, 0);
    CHECK(m->cpu->intr, "unmasked");
    machine_set_irq(m, 10, false);
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x27 && isr(m, MASTER) == 0, "with both gone: vector %02x", v);
    machine_destroy(m);
    case_end("pic.slave_spurious");
}

static void test_icw1(void)
{
    struct machine *m = with_pics(3);
    outb(m, MASTER, 0xC2);     // 2 the lowest
    outb(m, MASTER, 0x68);     // special mask mode
    outb(m, MASTER, 0x0B);     // ISR is read
    outb(m, MASTER + 1, 0x55); // masks
    machine_set_irq(m, 3, true);
    outb(m, MASTER, 0x10); // ICW1 alone: no ICW4 to come
    CHECK(inb(m, MASTER + 1) == 0, "the mask is not cleared: %02x", inb(m, MASTER + 1));
    outb(m, MASTER + 1, 0x40);
    outb(m, MASTER + 1, 0x04);
    outb(m, MASTER + 1, 0x02); // this is the mask
    CHECK(inb(m, MASTER + 1) == 0x02, "ICW4 was waited for: the mask is %02x", inb(m, MASTER + 1));
    CHECK(inb(m, MASTER) == 0 && !m->cpu->intr, "a pin that was up asks without an edge: IRR %02x",
          inb(m, MASTER));
    pulse(m, 3);
    CHECK(inb(m, MASTER) == 0x08, "IRR is not what is read after ICW1: %02x", inb(m, MASTER));
    pulse(m, 0);
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x40, "the priorities are not those of the beginning: %02x", v);
    CHECK(isr(m, MASTER) == 1, "automatic EOI outlives ICW1");
    machine_destroy(m);
    case_end("pic.icw1");
}

static void test_level_mode(void)
{
    struct machine *m = with_pics(1);
    init_chip(m, MASTER, 0x19, 1); // LTIM
    machine_set_irq(m, 6, true);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x26, "number %u", i);
        outb(m, MASTER, 0x20);
    }
    machine_set_irq(m, 6, false);
    CHECK(!m->cpu->intr && irr(m, MASTER) == 0, "it does not end");
    outb(m, 0x4D1, 0xFF); // the slave's, by ELCR: 8 and 13 cannot
    CHECK(inb(m, 0x4D1) == 0xDE, "ELCR %02x", inb(m, 0x4D1));
    machine_set_irq(m, 11, true);
    machine_intr_acknowledge(m);
    outb(m, SLAVE, 0x20), outb(m, MASTER, 0x20);
    CHECK(m->cpu->intr, "IRQ 11 by level");
    outb(m, 0x4D1, 0);
    machine_intr_acknowledge(m);
    outb(m, SLAVE, 0x20), outb(m, MASTER, 0x20);
    CHECK(!m->cpu->intr, "IRQ 11 by edge again");
    machine_destroy(m);
    case_end("pic.level_mode");
}

static void test_special_mask_eoi(void)
{
    struct machine *m = with_pics(1);
    pulse(m, 3);
    machine_intr_acknowledge(m);
    outb(m, MASTER + 1, 0x08);
    outb(m, MASTER, 0x68);
    pulse(m, 5);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x25, "IR5 into IR3's handler");
    outb(m, MASTER, 0x20); // a masked level is left alone
    CHECK(isr(m, MASTER) == 0x08, "after the first EOI: %02x", isr(m, MASTER));
    outb(m, MASTER, 0x20);
    CHECK(isr(m, MASTER) == 0x08, "after the second EOI: %02x", isr(m, MASTER));
    outb(m, MASTER, 0x63);
    CHECK(isr(m, MASTER) == 0, "after the specific EOI: %02x", isr(m, MASTER));
    machine_destroy(m);
    case_end("pic.special_mask_eoi");
}

// --- 8254, channel 2: gate and output are at port 61h ---

static struct machine *at_tick(void)
{
    struct machine *m = bench_machine(-1);
    outb(m, 0x61, 1);
    return m;
}

// The time at which exactly `ticks` more have happened.
static void ticks(struct machine *m, uint64_t n)
{
    uint64_t now = machine_now_ns(m), at = now * HZ / 1000000000 + n;
    uint64_t ns = (at * 1000000000 + HZ - 1) / HZ;
    if (ns > now)
        pass_ns(m, ns - now);
}

static void program(struct machine *m, uint8_t control, uint16_t value)
{
    outb(m, 0x43, (uint8_t)(0x80 | control));
    outb(m, 0x42, (uint8_t)value);
    outb(m, 0x42, (uint8_t)(value >> 8));
}

static bool out(struct machine *m)
{
    return inb(m, 0x61) & 0x20;
}

static uint8_t status(struct machine *m)
{
    outb(m, 0x43, 0xE8);
    return inb(m, 0x42);
}

static uint16_t value(struct machine *m)
{
    outb(m, 0x43, 0x80);
    uint8_t low = inb(m, 0x42);
    return (uint16_t)(low | inb(m, 0x42) << 8);
}

static void test_pit_status(void)
{
    struct machine *m = at_tick();
    for (unsigned mode = 0; mode < 8; mode++) {
        uint8_t control = (uint8_t)(0x30 | mode << 1);
        outb(m, 0x43, 0x80 | control);
        CHECK(status(m) == (control | 0x40 | (mode ? 0x80 : 0)), "mode %u: status %02x", mode,
              status(m));
    }
    program(m, 0x32, 50); // mode 1: the count is not loaded before the trigger
    ticks(m, 10);
    CHECK(status(m) & 0x40, "mode 1: null count is over without a trigger");
    outb(m, 0x61, 0), outb(m, 0x61, 1);
    ticks(m, 2);
    CHECK(!(status(m) & 0x40), "mode 1: null count after the trigger");
    // One-byte accesses: the other byte is zero; the latch gives one byte.
    outb(m, 0x43, 0x94);
    outb(m, 0x42, 100);
    ticks(m, 1 + 30);
    uint8_t low = inb(m, 0x42);
    CHECK(low == 70, "low byte only: %u", low);
    outb(m, 0x43, 0xA4);
    outb(m, 0x42, 2);
    ticks(m, 1 + 256);
    CHECK(inb(m, 0x42) == 1, "high byte only: %u", inb(m, 0x42));
    // Latched twice: the first holds, also against a read-back; status comes before it.
    program(m, 0x34, 1000);
    ticks(m, 1 + 100);
    outb(m, 0x43, 0x80);
    ticks(m, 100);
    outb(m, 0x43, 0xC8);
    CHECK(inb(m, 0x42) == 0xB4, "status");
    low = inb(m, 0x42);
    CHECK((low | inb(m, 0x42) << 8) == 900, "the second latch was taken");
    // A new control word drops what was latched.
    outb(m, 0x43, 0x80);
    program(m, 0x34, 500);
    ticks(m, 1 + 100);
    low = inb(m, 0x42);
    CHECK((low | inb(m, 0x42) << 8) == 400, "latched before the control word");
    CHECK(inb(m, 0x43) == 0xFF, "the control register reads");
    machine_destroy(m);
    case_end("pit.status");
}

static void test_pit_writes(void)
{
    struct machine *m = at_tick();
    program(m, 0x30, 100); // mode 0
    ticks(m, 1 + 50);
    outb(m, 0x42, 40); // its first byte stops the count
    ticks(m, 500);
    CHECK(!out(m), "mode 0 went on after the first byte of a new count");
    outb(m, 0x42, 0);
    ticks(m, 1 + 39);
    CHECK(!out(m), "mode 0: early after a new count");
    ticks(m, 1);
    CHECK(out(m), "mode 0: late after a new count");
    ticks(m, 10);
    CHECK(value(m) == 0xFFF6, "mode 0 goes round: %04x", value(m));
    outb(m, 0x42, 10), outb(m, 0x42, 0);
    CHECK(!out(m), "mode 0: the output stays up with a new count");
    program(m, 0x31, 0x0050); // BCD
    ticks(m, 1 + 60);
    CHECK(value(m) == 0x9990, "mode 0 goes round in BCD: %04x", value(m));

    program(m, 0x38, 100); // mode 4: the first byte does nothing, the second starts again
    ticks(m, 1 + 90);
    outb(m, 0x42, 50);
    CHECK(value(m) == 10, "mode 4 and the first byte: %u", value(m));
    outb(m, 0x42, 0);
    ticks(m, 1 + 49);
    CHECK(out(m), "mode 4: early strobe");
    ticks(m, 1);
    CHECK(!out(m), "mode 4: no strobe");
    ticks(m, 1);
    CHECK(out(m), "mode 4: the strobe does not end");

    program(m, 0x34, 100); // mode 2: a new count from the next period on
    ticks(m, 1 + 30);
    outb(m, 0x42, 200), outb(m, 0x42, 0);
    CHECK(value(m) == 70, "mode 2: the new count at once: %u", value(m));
    ticks(m, 69);
    CHECK(!out(m), "mode 2: the period's last tick");
    ticks(m, 1);
    CHECK(out(m) && value(m) == 200, "mode 2: the new period begins with %u", value(m));

    program(m, 0x32, 100); // mode 1: a new count from the next trigger on
    outb(m, 0x61, 0), outb(m, 0x61, 1);
    ticks(m, 1 + 50);
    outb(m, 0x42, 200), outb(m, 0x42, 0);
    ticks(m, 49);
    CHECK(!out(m), "mode 1: over too early");
    ticks(m, 1);
    CHECK(out(m), "mode 1: a new count made it longer");
    outb(m, 0x61, 0), outb(m, 0x61, 1);
    ticks(m, 1 + 199);
    CHECK(!out(m), "mode 1: the new count is not used");
    ticks(m, 1);
    CHECK(out(m), "mode 1: too long");
    machine_destroy(m);
    case_end("pit.writes");
}

static void test_pit_square(void)
{
    struct machine *m = at_tick();
    program(m, 0x36, 7); // mode 3, odd: 4 up, 3 down; the count goes 6 4 2 0, 6 4 2
    static const uint16_t expected[] = {6, 4, 2, 0, 6, 4, 2, 6};
    for (unsigned i = 0; i < 8; i++) {
        ticks(m, 1);
        CHECK(value(m) == expected[i] && out(m) == (i < 4 || i == 7),
              "tick %u: count %u, output %d", i, value(m), out(m));
    }
    program(m, 0x36, 100); // the gate: up at once, and the whole anew
    ticks(m, 1 + 60);
    CHECK(!out(m), "the second half");
    outb(m, 0x61, 0);
    CHECK(out(m), "the gate went down, the output not up");
    ticks(m, 1000);
    outb(m, 0x61, 1);
    ticks(m, 1);
    CHECK(value(m) == 100, "after the gate: %u", value(m));
    ticks(m, 49);
    CHECK(out(m), "the first half is short");
    ticks(m, 1);
    CHECK(!out(m), "the first half is long");
    outb(m, 0x42, 10), outb(m, 0x42, 0); // a new count from the next half on
    ticks(m, 49);
    CHECK(!out(m), "the second half is short");
    ticks(m, 1);
    CHECK(out(m) && value(m) == 10, "the new count: %u", value(m));
    ticks(m, 5);
    CHECK(!out(m), "the new first half is long");
    program(m, 0x34, 100); // mode 2 and its gate
    ticks(m, 1 + 99);
    CHECK(!out(m), "mode 2: the last tick");
    outb(m, 0x61, 0);
    CHECK(out(m), "mode 2: the gate went down, the output not up");
    outb(m, 0x61, 1);
    ticks(m, 1);
    CHECK(value(m) == 100, "mode 2 after the gate: %u", value(m));
    machine_destroy(m);
    case_end("pit.square");
}

static void test_pit_triggered_strobe(void)
{
    struct machine *m = at_tick();
    program(m, 0x3A, 100);
    ticks(m, 300);
    CHECK(out(m), "mode 5 without a trigger");
    outb(m, 0x61, 0), outb(m, 0x61, 1);
    ticks(m, 1 + 60);
    outb(m, 0x61, 0); // the gate's level does not matter
    outb(m, 0x61, 1); // a second trigger: all anew
    ticks(m, 1 + 99);
    CHECK(out(m), "mode 5: early");
    ticks(m, 1);
    CHECK(!out(m), "mode 5: no strobe");
    ticks(m, 1);
    CHECK(out(m), "mode 5: the strobe does not end");
    outb(m, 0x61, 0);
    ticks(m, 20);
    CHECK(value(m) == 0xFFEB, "mode 5 goes round: %04x", value(m));
    machine_destroy(m);
    case_end("pit.triggered_strobe");
}

// The host was late by many periods: each tick is made, once the one before it has been taken.
static void test_pit_late(void)
{
    struct machine *m = with_pics(1);
    outb(m, 0x43, 0x34), outb(m, 0x40, 0xA9), outb(m, 0x40, 4); // 1 kHz
    m->skipped_ns += 30500000;
    machine_timers_run(m);
    unsigned n = 0;
    for (unsigned i = 0; i < 1000; i++) { // 10 ms
        if (m->cpu->intr) {
            machine_intr_acknowledge(m);
            outb(m, MASTER, 0x20);
            n++;
        }
        pass_ns(m, 10000);
    }
    CHECK(n >= 39 && n <= 41, "%u ticks in 40.5 ms of 1 kHz", n);
    machine_destroy(m);
    case_end("pit.made_up");
}

int main(void)
{
    test_set_priority();
    test_rotate_aeoi();
    test_nested_slave();
    test_slave_spurious();
    test_icw1();
    test_level_mode();
    test_special_mask_eoi();
    test_pit_status();
    test_pit_writes();
    test_pit_square();
    test_pit_triggered_strobe();
    test_pit_late();
    return verdict_failures != 0;
}
