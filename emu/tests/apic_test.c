// The local APIC and the I/O APIC, driven through their registers and MSRs.
#include <string.h>

#include "emu/tests/apic_drive.h"

static void test_reset(void)
{
    struct machine *m = bench_machine(-1);
    CHECK(lapic(m, 0x30) == 0x00050014, "version %08x", lapic(m, 0x30));
    CHECK(lapic(m, 0xF0) == 0xFF, "SVR %08x", lapic(m, 0xF0));
    CHECK(lapic(m, 0xE0) == 0xFFFFFFFF && lapic(m, 0xD0) == 0, "DFR %08x LDR %08x", lapic(m, 0xE0),
          lapic(m, 0xD0));
    for (uint32_t lvt = 0x320; lvt <= 0x370; lvt += 16)
        CHECK(lapic(m, lvt) == (lvt == 0x350 ? 0x700 : 0x10000), "LVT %x is %08x", lvt,
              lapic(m, lvt));
    // While the SVR does not enable it, LVT entries stay masked.
    set_lapic(m, 0x320, 0x31);
    CHECK(lapic(m, 0x320) == 0x10031, "LVT timer %08x without SVR", lapic(m, 0x320));
    set_lapic(m, 0xF0, 0x1FF);
    set_lapic(m, 0x320, 0xFFFFFFFF);
    CHECK(lapic(m, 0x320) == 0x700FF, "LVT timer's bits: %08x", lapic(m, 0x320));
    set_lapic(m, 0x350, 0xFFFFFFFF);
    CHECK(lapic(m, 0x350) == 0x1A7FF, "LINT0's bits: %08x", lapic(m, 0x350));
    set_lapic(m, 0x350, 0x700);
    set_lapic(m, 0xF0, 0xFF);
    CHECK(lapic(m, 0x350) == 0x10700, "LINT0 %08x when the SVR disables", lapic(m, 0x350));
    // Bytes of a register read; other sizes than 32 bits do not write.
    CHECK((mmu_load(m->cpu, LAPIC + 0x32, 1) & 0xff) == 0x05, "a byte of the version");
    mmu_store(m->cpu, LAPIC + 0x80, 1, 0x55);
    CHECK(lapic(m, 0x80) == 0, "a byte was written to TPR");
    machine_destroy(m);
    case_end("lapic.reset");
}

static void test_priority(void)
{
    struct machine *m = apic_machine();
    self_ipi(m, 0x41);
    self_ipi(m, 0x61);
    self_ipi(m, 0x62);
    CHECK(m->cpu->intr, "no INTR");
    CHECK(lapic(m, 0x220) == 2 && lapic(m, 0x230) == 6, "IRR %x %x", lapic(m, 0x220),
          lapic(m, 0x230));
    unsigned v = machine_intr_acknowledge(m);
    CHECK(v == 0x62, "vector %02x before %02x", v, 0x62);
    CHECK(lapic(m, 0x130) == 4 && lapic(m, 0x230) == 2, "ISR %x IRR %x", lapic(m, 0x130),
          lapic(m, 0x230));
    CHECK(lapic(m, 0xA0) == 0x60, "PPR %x", lapic(m, 0xA0));
    CHECK(!m->cpu->intr, "one of its own class interrupts");
    self_ipi(m, 0x75);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x75, "a higher class does not interrupt");
    eoi(m);
    CHECK(lapic(m, 0x130) == 4, "the EOI ends the wrong one");
    eoi(m);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x61, "61h is not next");
    eoi(m);
    set_lapic(m, 0x80, 0x45); // TPR
    CHECK(!m->cpu->intr && lapic(m, 0xA0) == 0x45, "TPR does not hold 41h back; PPR %x",
          lapic(m, 0xA0));
    set_lapic(m, 0x80, 0x3F);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x41, "41h is lost");
    CHECK(lapic(m, 0xA0) == 0x40, "PPR %x while 41h is served, TPR 3Fh", lapic(m, 0xA0));
    eoi(m);
    eoi(m); // one too many
    CHECK(!m->cpu->intr && lapic(m, 0xA0) == 0x3F, "after all, PPR is %x", lapic(m, 0xA0));
    machine_destroy(m);
    case_end("lapic.priority");
}

static void test_errors(void)
{
    struct machine *m = apic_machine();
    set_lapic(m, 0x370, 0x55); // LVT error
    self_ipi(m, 0x0F);
    CHECK(lapic(m, 0x280) == 0, "ESR shows it before it is written");
    set_lapic(m, 0x280, 0);
    CHECK(lapic(m, 0x280) == 0x20, "ESR %x after vector 0Fh was sent", lapic(m, 0x280));
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x55, "no error interrupt");
    eoi(m);
    set_lapic(m, 0x280, 0);
    CHECK(lapic(m, 0x280) == 0, "ESR does not forget");
    lapic(m, 0x3F0);
    set_lapic(m, 0x280, 0);
    CHECK(lapic(m, 0x280) == 0x80, "ESR %x after register 3F0h", lapic(m, 0x280));
    CHECK(machine_intr_acknowledge(m) == 0x55, "no second error interrupt");
    eoi(m);
    set_lapic(m, 0x370, 5); // an error whose own vector is wrong goes round in no circle
    lapic(m, 0x3F0);
    set_lapic(m, 0x280, 0);
    CHECK(lapic(m, 0x280) == 0xC0 && !m->cpu->intr, "ESR %x", lapic(m, 0x280));
    machine_destroy(m);
    case_end("lapic.errors");
}

static void send(struct machine *m, uint32_t destination, uint32_t command)
{
    set_lapic(m, 0x310, destination << 24);
    set_lapic(m, 0x300, command);
}

static bool came(struct machine *m, unsigned vector)
{
    if (!m->cpu->intr)
        return false;
    unsigned v = machine_intr_acknowledge(m);
    eoi(m);
    return v == vector;
}

static void test_destinations(void)
{
    struct machine *m = apic_machine();
    send(m, 0, 0x4050);
    CHECK(came(m, 0x50), "physical, 0");
    send(m, 1, 0x4050);
    CHECK(!m->cpu->intr, "physical, 1: nobody");
    send(m, 0xFF, 0x4051);
    CHECK(came(m, 0x51), "physical, all");
    send(m, 0, 0x84052);
    CHECK(came(m, 0x52), "shorthand: all");
    send(m, 0, 0xC4053);
    CHECK(!m->cpu->intr, "shorthand: all but self");
    set_lapic(m, 0xD0, 0x04000000);
    send(m, 0x06, 0x4854);
    CHECK(came(m, 0x54), "flat logical, 06h to 04h");
    send(m, 0x03, 0x4854);
    CHECK(!m->cpu->intr, "flat logical, 03h to 04h");
    send(m, 0x04, 0x4955); // lowest priority
    CHECK(came(m, 0x55), "lowest priority");
    set_lapic(m, 0xE0, 0x0FFFFFFF);
    set_lapic(m, 0xD0, 0x24000000);
    send(m, 0x2C, 0x4856);
    CHECK(came(m, 0x56), "cluster 2, 0Ch to 4");
    send(m, 0x1C, 0x4856);
    CHECK(!m->cpu->intr, "cluster 1 to 2");
    send(m, 0xF4, 0x4857);
    CHECK(came(m, 0x57), "all clusters");
    set_lapic(m, 0x20, 0x05000000);
    send(m, 5, 0x4058);
    CHECK(came(m, 0x58) && lapic(m, 0x20) == 0x05000000, "another ID");
    // INIT and start-up: to others nothing; to itself, the machine starts again.
    send(m, 1, 0x4500);
    send(m, 1, 0x4612);
    send(m, 0, 0xC4500);
    send(m, 5, 0x8500); // its end
    send(m, 5, 0x4612); // start-up of one that runs
    CHECK(!m->reset_asked && !m->cpu->intr, "INIT of others");
    send(m, 5, 0x4500);
    CHECK(m->reset_asked, "INIT of itself");
    send(m, 5, 0x4400);
    CHECK(m->cpu->nmi, "NMI to itself");
    CHECK(!(lapic(m, 0x300) & 0x1000), "the delivery is pending for ever");
    machine_destroy(m);
    case_end("lapic.destinations");
}

static void test_timer(void)
{
    struct machine *m = apic_machine();
    set_lapic(m, 0x3E0, 0xB); // by 1
    set_lapic(m, 0x320, 0x40);
    set_lapic(m, 0x380, 1000000);
    pass_ns(m, 400000);
    uint32_t c = lapic(m, 0x390);
    CHECK(c >= 599000 && c <= 600000, "count %u of a million after 400 us", c);
    CHECK(!m->cpu->intr, "one-shot: early");
    pass_ns(m, 600001);
    CHECK(came(m, 0x40) && lapic(m, 0x390) == 0, "one-shot: late");
    pass_ns(m, 5000000);
    CHECK(!m->cpu->intr, "one-shot: twice");
    set_lapic(m, 0x3E0, 0x2); // by 8
    set_lapic(m, 0x380, 1000000);
    pass_ns(m, 4000000);
    c = lapic(m, 0x390);
    CHECK(c >= 499900 && c <= 500000, "count %u, by 8, after 4 ms", c);
    set_lapic(m, 0x3E0, 0x0); // by 2, in the midst of it
    pass_ns(m, 500000);
    c = lapic(m, 0x390);
    CHECK(c >= 249800 && c <= 250000, "count %u, by 2, after 500 us more", c);
    set_lapic(m, 0x320, 0x10040); // masked: it counts on, and nobody hears of it
    pass_ns(m, 1000000);
    CHECK(lapic(m, 0x390) == 0 && !m->cpu->intr, "masked: count %u", lapic(m, 0x390));
    set_lapic(m, 0x320, 0x40);
    pass_ns(m, 1000000);
    CHECK(!m->cpu->intr, "what ended while masked comes after all");
    set_lapic(m, 0x320, 0x20041); // periodic
    set_lapic(m, 0x3E0, 0xB);
    set_lapic(m, 0x380, 100000);
    unsigned n = 0;
    for (unsigned i = 0; i < 1000; i++) {
        pass_ns(m, 10000);
        n += came(m, 0x41);
    }
    CHECK(n >= 99 && n <= 100, "periodic: %u in 100 periods", n);
    m->skipped_ns += 1234567; // the host was late: one for all, and then in step again
    machine_timers_run(m);
    CHECK(came(m, 0x41) && !m->cpu->intr, "periodic and late");
    set_lapic(m, 0x380, 0);
    pass_ns(m, 1000000);
    CHECK(!m->cpu->intr && lapic(m, 0x390) == 0, "an initial count of 0 does not stop it");
    set_lapic(m, 0x320, 0x20041); // periods of 1 ns hold nobody up
    set_lapic(m, 0x380, 1);
    pass_ns(m, 1000);
    CHECK(m->cpu->intr, "periods of 1 ns");
    machine_destroy(m);
    case_end("lapic.timer");
}

// The host's clock goes on between two looks at it: a shot of a tick is over before it is armed.
static void test_timer_short(void)
{
    struct machine *m = apic_machine();
    m->config.icount = false;
    m->start_ns = clock_host_ns();
    set_lapic(m, 0x3E0, 0xB); // by 1
    set_lapic(m, 0x320, 0x40);
    unsigned n = 0;
    for (unsigned i = 0; i < 100; i++) {
        set_lapic(m, 0x380, 1);
        machine_timers_run(m);
        n += came(m, 0x40);
    }
    CHECK(n == 100, "%u of 100 shots of one tick came", n);
    set_lapic(m, 0x320, 0x10040); // masked
    set_lapic(m, 0x380, 1);
    machine_timers_run(m);
    set_lapic(m, 0x320, 0x40);
    machine_timers_run(m);
    CHECK(!m->cpu->intr, "what ended while masked comes after all");
    machine_destroy(m);
    case_end("lapic.timer_short");
}

static void test_deadline(void)
{
    struct machine *m = apic_machine();
    write_msr(m, 0x6E0, 1000); // not in that mode: without effect
    CHECK(read_msr(m, 0x6E0) == 0, "a deadline in one-shot mode");
    set_lapic(m, 0x320, 0x40042);
    uint64_t at = machine_now_tsc(m) + 50000;
    write_msr(m, 0x6E0, at);
    CHECK(read_msr(m, 0x6E0) == at, "the deadline does not read back");
    set_lapic(m, 0x380, 100); // ignored
    pass_ns(m, 49000);
    CHECK(!m->cpu->intr && lapic(m, 0x390) == 0, "early");
    pass_ns(m, 1002);
    CHECK(came(m, 0x42) && read_msr(m, 0x6E0) == 0, "late");
    write_msr(m, 0x6E0, 1); // past
    pass_ns(m, 2);
    CHECK(came(m, 0x42), "a deadline that has passed");
    write_msr(m, 0x6E0, machine_now_tsc(m) + 50000);
    write_msr(m, 0x6E0, 0);
    pass_ns(m, 100000);
    CHECK(!m->cpu->intr, "0 does not disarm");
    write_msr(m, 0x6E0, machine_now_tsc(m) + 50000);
    write_msr(m, 0x10, machine_now_tsc(m) + 1000000); // the TSC jumps over it
    pass_ns(m, 2);
    CHECK(came(m, 0x42), "the TSC was set beyond the deadline");
    write_msr(m, 0x10, 0);
    write_msr(m, 0x6E0, 50000);
    set_lapic(m, 0x320, 0x42); // another mode disarms
    pass_ns(m, 100000);
    CHECK(!m->cpu->intr && read_msr(m, 0x6E0) == 0, "one-shot mode does not disarm");
    set_lapic(m, 0x320, 0x40042);
    write_msr(m, 0x6E0, UINT64_MAX); // no harm
    pass_ns(m, 100000);
    CHECK(!m->cpu->intr, "the end of time has come");
    machine_destroy(m);
    case_end("lapic.deadline");
}

static void test_wire(void)
{
    struct machine *m = apic_machine();
    init_pics(m);
    machine_set_irq(m, 5, true);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x25, "ExtINT");
    outb(m, 0x20, 0x20);
    machine_set_irq(m, 5, false);
    set_lapic(m, 0x350, 0x10700);
    machine_set_irq(m, 5, true);
    CHECK(!m->cpu->intr, "LINT0 is masked");
    set_lapic(m, 0x350, 0x700);
    CHECK(m->cpu->intr, "LINT0 is unmasked, the request is lost");
    self_ipi(m, 0x30);
    unsigned a = machine_intr_acknowledge(m), b = machine_intr_acknowledge(m);
    CHECK((a == 0x30 && b == 0x25) || (a == 0x25 && b == 0x30), "both: %x %x", a, b);
    eoi(m);
    outb(m, 0x20, 0x20);
    machine_set_irq(m, 5, false);
    set_lapic(m, 0x350, 0x43); // fixed, by edge
    machine_set_irq(m, 5, true);
    CHECK(came(m, 0x43), "LINT0 as a fixed interrupt");
    CHECK(!m->cpu->intr, "INT is still up, but it is no edge");
    machine_set_irq(m, 5, false);
    set_lapic(m, 0x350, 0x8044); // fixed, by level
    machine_set_irq(m, 5, true);
    CHECK(machine_intr_acknowledge(m) == 0x44 && (lapic(m, 0x350) & 0x4000) &&
              lapic(m, 0x1A0) == 0x10,
          "by level: LINT0 %x TMR %x", lapic(m, 0x350), lapic(m, 0x1A0));
    eoi(m);
    CHECK(m->cpu->intr, "INT is still up: it should ask again");
    machine_intr_acknowledge(m);
    machine_set_irq(m, 5, false);
    eoi(m);
    CHECK(!m->cpu->intr && !(lapic(m, 0x350) & 0x4000), "by level: it does not end");
    set_lapic(m, 0x350, 0x400); // NMI
    CHECK(apic_may_nmi(m), "nobody says that an NMI could come");
    machine_set_irq(m, 5, true);
    CHECK(m->cpu->nmi && !m->cpu->intr, "LINT0 as NMI");
    machine_set_irq(m, 5, false);
    // Disabled, the processor's pins are what they were without it.
    write_msr(m, 0x1B, 0xFEE00100);
    CHECK(!apic_may_nmi(m), "an NMI could come, with the APIC disabled");
    machine_set_irq(m, 5, true);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x25, "the 8259 without the APIC");
    machine_destroy(m);
    case_end("lapic.wire");
}

static void test_base(void)
{
    struct machine *m = bench_machine(-1);
    uint32_t id[4];
    CHECK(read_msr(m, 0x1B) == 0xFEE00900, "at reset %llx", (unsigned long long)read_msr(m, 0x1B));
    CHECK(!write_msr(m, 0x1B, 0xFEE00901) && !write_msr(m, 0x1B, 0xFEE00B00) &&
              !write_msr(m, 0x1B, 1ull << 40 | 0xFEE00900),
          "a reserved bit is taken");
    set_lapic(m, 0x80, 0x20);
    mmu_store(m->cpu, 0x100080, 4, 0x12345678);
    CHECK(write_msr(m, 0x1B, 0x100900), "it does not move");
    CHECK((uint32_t)mmu_load(m->cpu, 0x100080, 4) == 0x20, "not in front of RAM");
    CHECK((uint32_t)mmu_load(m->cpu, LAPIC + 0x80, 4) == 0xFFFFFFFF, "still at the old place");
    CHECK(write_msr(m, 0x1B, 0xFEC00900), "over the I/O APIC"); // which is there first
    CHECK((uint32_t)mmu_load(m->cpu, 0x100080, 4) == 0x12345678, "RAM is gone: %x",
          (uint32_t)mmu_load(m->cpu, 0x100080, 4));
    CHECK(ioapic(m, 1) == 0x00170011, "the I/O APIC is gone");
    cpu_cpuid(m->cpu, 1, 0, id);
    CHECK(id[3] & 1 << 9, "CPUID does not have it");
    write_msr(m, 0x1B, 0xFEE00100);
    cpu_cpuid(m->cpu, 1, 0, id);
    CHECK(!(id[3] & 1 << 9), "CPUID has it disabled");
    CHECK((uint32_t)mmu_load(m->cpu, LAPIC + 0x80, 4) == 0xFFFFFFFF, "disabled, and there");
    write_msr(m, 0x1B, 0xFEE00900);
    CHECK(lapic(m, 0x80) == 0, "enabled again: TPR %x", lapic(m, 0x80));
    machine_destroy(m);
    case_end("lapic.base");
}

static void test_x2apic(void)
{
    struct machine *m = bench_machine(-1);
    CHECK(!read_msr_ok(m, 0x803), "x2APIC's registers in xAPIC mode");
    CHECK(!write_msr(m, 0x1B, 0xFEE00500), "x2APIC mode without the enable bit");
    CHECK(write_msr(m, 0x1B, 0xFEE00D00), "no x2APIC mode");
    CHECK((uint32_t)mmu_load(m->cpu, LAPIC + 0x30, 4) == 0xFFFFFFFF, "the page is still there");
    CHECK(read_msr(m, 0x803) == 0x50014 && read_msr(m, 0x802) == 0 && read_msr(m, 0x80D) == 1,
          "version, ID, LDR");
    CHECK(write_msr(m, 0x80F, 0x1FF), "SVR");
    CHECK(!write_msr(m, 0x80F, 0x11FF) && !write_msr(m, 0x808, 0x100) && !write_msr(m, 0x80B, 1) &&
              !write_msr(m, 0x802, 0) && !write_msr(m, 0x831, 0) && !write_msr(m, 0x80E, 0),
          "a reserved bit or register is taken");
    CHECK(!read_msr_ok(m, 0x80B) && !read_msr_ok(m, 0x83F) && !read_msr_ok(m, 0x8FF),
          "a write-only or absent register reads");
    CHECK(write_msr(m, 0x83F, 0x71) && m->cpu->intr && machine_intr_acknowledge(m) == 0x71,
          "SELF IPI");
    CHECK(read_msr(m, 0x813) == 1 << 17, "ISR %llx", (unsigned long long)read_msr(m, 0x813));
    write_msr(m, 0x80B, 0);
    CHECK(read_msr(m, 0x813) == 0, "EOI");
    write_msr(m, 0x830, 0x4072);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x72, "ICR, to 0");
    write_msr(m, 0x80B, 0);
    write_msr(m, 0x830, 0xFF00004072);
    CHECK(!m->cpu->intr, "ICR, to FFh, who is one of them, not all");
    write_msr(m, 0x830, 0xFFFFFFFF00004073);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x73, "ICR, to all");
    CHECK(read_msr(m, 0x830) == 0xFFFFFFFF00004073, "ICR does not read back");
    CHECK(!write_msr(m, 0x1B, 0xFEE00900), "straight back to xAPIC mode");
    CHECK(write_msr(m, 0x1B, 0xFEE00100) && !write_msr(m, 0x1B, 0xFEE00D00) &&
              write_msr(m, 0x1B, 0xFEE00900),
          "the way back");
    CHECK(lapic(m, 0x30) == 0x50014, "the page does not come back");
    machine_destroy(m);
    case_end("lapic.x2apic");
}

// --- I/O APIC ---

static void test_ioapic_edge(void)
{
    struct machine *m = apic_machine();
    CHECK(ioapic(m, 1) == 0x00170011, "version %08x", ioapic(m, 1));
    set_ioapic(m, 0, 0x0F000000);
    CHECK(ioapic(m, 0) == 0x0F000000 && ioapic(m, 2) == 0x0F000000, "ID");
    CHECK(ioapic(m, 0x10) == 0x10000 && ioapic(m, 0x3E) == 0x10000, "entries at reset");
    set_ioapic(m, 0x40, 0); // behind the last
    set_ioapic(m, 0x16, 0x33);
    CHECK(ioapic(m, 0x16) == 0x33 && ioapic(m, 0x17) == 0, "entry 3: %x", ioapic(m, 0x16));
    machine_set_irq(m, 3, true);
    CHECK(came(m, 0x33), "an edge at pin 3");
    CHECK(!m->cpu->intr, "twice");
    machine_set_irq(m, 3, false);
    set_ioapic(m, 0x16, 0x10033);
    machine_set_irq(m, 3, true); // masked: ignored, not held (datasheet, 3.2.4)
    set_ioapic(m, 0x16, 0x33);
    CHECK(!m->cpu->intr, "an edge at a masked pin was kept");
    machine_set_irq(m, 3, false);
    set_ioapic(m, 0x17, 0x01000000); // to nobody
    machine_set_irq(m, 3, true);
    CHECK(!m->cpu->intr && ioapic(m, 0x17) == 0x01000000, "sent to APIC 1");
    // IRQ 0 is at pin 2.
    set_ioapic(m, 0x10, 0x30);
    set_ioapic(m, 0x14, 0x32);
    machine_set_irq(m, 0, false);
    machine_set_irq(m, 0, true);
    CHECK(came(m, 0x32) && !m->cpu->intr, "IRQ 0 is not at pin 2");
    set_ioapic(m, 0x14, 0x432); // NMI
    CHECK(apic_may_nmi(m), "nobody says that an NMI could come");
    machine_set_irq(m, 0, false);
    machine_set_irq(m, 0, true);
    CHECK(m->cpu->nmi, "no NMI");
    machine_destroy(m);
    case_end("ioapic.edge");
}

static void test_ioapic_level(void)
{
    struct machine *m = apic_machine();
    set_ioapic(m, 0x26, 0xA03B); // pin 11, active low: a matter of the board
    CHECK(!m->cpu->intr, "a pin that is not active asks");
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, true);
    CHECK(m->cpu->intr && ioapic(m, 0x26) == 0xE03B, "entry %x", ioapic(m, 0x26));
    CHECK(machine_intr_acknowledge(m) == 0x3B && lapic(m, 0x190) == 1u << 27, "TMR %x",
          lapic(m, 0x190));
    CHECK(!m->cpu->intr, "asks again before the EOI");
    eoi(m);
    CHECK(m->cpu->intr && ioapic(m, 0x26) == 0xE03B, "does not ask again after the EOI");
    machine_intr_acknowledge(m);
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, false);
    eoi(m);
    CHECK(!m->cpu->intr && ioapic(m, 0x26) == 0xA03B, "does not end: %x", ioapic(m, 0x26));
    set_ioapic(m, 0x26, 0x1803B);
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, true);
    CHECK(!m->cpu->intr, "masked");
    set_ioapic(m, 0x26, 0x803B);
    CHECK(m->cpu->intr, "unmasked: the level is not seen");
    machine_intr_acknowledge(m);
    // A kernel without the version 20h register ends it so: masked by edge, and back.
    set_ioapic(m, 0x26, 0x1003B);
    CHECK(ioapic(m, 0x26) == 0x1003B, "remote IRR by edge: %x", ioapic(m, 0x26));
    set_ioapic(m, 0x26, 0x803B);
    CHECK(ioapic(m, 0x26) == 0xC03B, "the level is not sent again: %x", ioapic(m, 0x26));
    eoi(m);
    machine_intr_acknowledge(m);
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, false);
    eoi(m);
    // Two sources of one line, and an APIC that does not listen yet.
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, true);
    machine_set_irq_from(m, IRQ_PIRQ_A + 1, 11, true);
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, false);
    machine_intr_acknowledge(m);
    eoi(m);
    CHECK(m->cpu->intr, "the second source of the line");
    machine_intr_acknowledge(m);
    machine_set_irq_from(m, IRQ_PIRQ_A + 1, 11, false);
    eoi(m);
    set_lapic(m, 0xF0, 0xFF);
    machine_set_irq_from(m, IRQ_PIRQ_A, 11, true);
    CHECK(!m->cpu->intr && ioapic(m, 0x26) == 0x803B, "taken by an APIC that is off");
    set_lapic(m, 0xF0, 0x1FF);
    CHECK(came(m, 0x3B), "lost until the APIC was on");
    machine_destroy(m);
    case_end("ioapic.level");
}

static void test_ioapic_extint(void)
{
    struct machine *m = apic_machine();
    init_pics(m);
    set_lapic(m, 0x350, 0x10700); // the 8259 comes through pin 0 alone
    machine_set_irq(m, 6, true);
    CHECK(!m->cpu->intr, "LINT0 is masked");
    set_ioapic(m, 0x10, 0x700);
    CHECK(m->cpu->intr, "the 8259 does not come through");
    machine_set_irq(m, 7, true);
    CHECK(machine_intr_acknowledge(m) == 0x26, "IRQ 6");
    CHECK(!m->cpu->intr, "before its EOI");
    outb(m, 0x20, 0x20);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x27, "IRQ 7");
    outb(m, 0x20, 0x20);
    machine_set_irq(m, 6, false);
    machine_set_irq(m, 6, true);
    set_ioapic(m, 0x10, 0x10700);
    CHECK(!m->cpu->intr, "masked");
    machine_destroy(m);
    case_end("ioapic.extint");
}

// Traffic that no program would make: nothing happens but to the guest itself.
static void test_random(void)
{
    static const uint32_t pages[] = {0xFEE00000, 0xFEC00000, 0xFED00000};
    uint64_t seed = 1;
    for (unsigned round = 0; round < 20; round++) {
        struct machine *m = apic_machine();
        init_pics(m);
        for (unsigned i = 0; i < 5000; i++) {
            seed = seed * 6364136223846793005 + 1442695040888963407;
            uint64_t r = seed >> 20;
            unsigned size = 1u << (r & 3);
            uint32_t at = pages[(r >> 2) % 3] + (uint32_t)((r >> 4 & 0xff) << 4);
            at += r >> 12 & 3 ? 0 : (uint32_t)(r >> 14 & 15);
            uint32_t value = (uint32_t)(seed >> 32) >> (r >> 20 & 31);
            if ((r >> 18 & 3) == 0)
                mmu_load(m->cpu, at, size);
            else
                mmu_store(m->cpu, at, size, value);
            switch (value & 31) {
            case 0: pass_ns(m, value >> 8); break;
            case 1: machine_set_irq(m, value >> 5 & 15, value >> 9 & 1); break;
            case 2: write_msr(m, 0x1B, value); break;
            case 3: write_msr(m, 0x800 + (value >> 5 & 0xff), value >> 8); break;
            case 4: write_msr(m, 0x6E0, machine_now_tsc(m) + (value >> 8)); break;
            case 5: write_msr(m, 0x1B, 0xFEE00000 | (value & 0xD00)); break;
            default: break;
            }
            if (m->cpu->intr) {
                unsigned v = machine_intr_acknowledge(m);
                CHECK(v < 256, "vector %x", v);
            }
        }
        CHECK(machine_now_ns(m) < UINT64_MAX / 2, "time has gone astray");
        machine_destroy(m);
    }
    case_end("lapic.random");
}

int main(void)
{
    test_reset();
    test_priority();
    test_errors();
    test_destinations();
    test_timer();
    test_timer_short();
    test_deadline();
    test_wire();
    test_base();
    test_x2apic();
    test_ioapic_edge();
    test_ioapic_level();
    test_ioapic_extint();
    test_random();
    return verdict_failures != 0;
}
