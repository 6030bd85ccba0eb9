// The virtio transport, driven through its registers and through rings in the guest's memory, with
// a device that sends back what it gets: both interfaces, indirect tables, event indices, and a
// table of rings that break the rules.
#include "emu/tests/verdict.h"
#include "emu/tests/virtio_driver.h"

enum { SLOT = 9, ECHO_BYTES = 4096, QUEUE_SIZE = 128, TEXT = 0x10000, ANSWER = 0x20000 };
enum { TABLE = 0x30000 };

struct echo {
    struct virtio *v;
    unsigned notified, resets, started, writes, chains;
    bool is_slow; // keeps chains until finish()
    struct virtio_chain kept;
};

static void finish(struct echo *e, struct virtio_chain *c)
{
    uint8_t bytes[ECHO_BYTES];
    uint32_t n = (uint32_t)(c->out_bytes < c->in_bytes ? c->out_bytes : c->in_bytes);
    n = n < sizeof bytes ? n : sizeof bytes;
    if (virtio_chain_read(e->v, c, 0, bytes, n) && virtio_chain_write(e->v, c, 0, bytes, n))
        virtio_give(e->v, 0, c, n);
}

static void echo_notify(void *opaque, unsigned queue)
{
    struct echo *e = opaque;
    struct virtio_chain c;
    e->notified++;
    while (virtio_take(e->v, queue, &c)) {
        e->chains++;
        if (e->is_slow)
            e->kept = c;
        else
            finish(e, &c);
    }
    virtio_signal(e->v, queue);
}

static void echo_reset(void *opaque)
{
    struct echo *e = opaque;
    e->resets++;
}

static void echo_started(void *opaque)
{
    struct echo *e = opaque;
    e->started++;
}

static void echo_config_written(void *opaque, unsigned offset, unsigned size)
{
    struct echo *e = opaque;
    (void)offset, (void)size;
    e->writes++;
}

static struct virtio_kind echo_kind(void)
{
    return (struct virtio_kind){.name = "echo",
                                .id = VIRTIO_ID_BLOCK,
                                .class = 0x010000,
                                .features = 1 << 5 | 1 << 9,
                                .slot = SLOT,
                                .queues = 2,
                                .queue_size = {QUEUE_SIZE, 8},
                                .config_bytes = 24,
                                .notify = echo_notify,
                                .reset = echo_reset,
                                .started = echo_started,
                                .config_written = echo_config_written};
}

static struct machine *echo_machine(struct echo *e)
{
    struct machine *m = bench_machine(-1);
    struct virtio_kind kind = echo_kind();
    *e = (struct echo){0};
    e->v = virtio_create(m, &kind, e);
    if (!e->v)
        exit(1);
    e->v->messages = 1000; // its complaints are meant
    virtio_config(e->v)[3] = 0x77;
    virtio_config(e->v)[8] = 0xf0;
    virtio_config_writable(e->v)[8] = 0x0f;
    return m;
}

static void end(struct machine *m, struct echo *e)
{
    machine_destroy(m);
    virtio_destroy(e->v);
}

static void put_text(struct machine *m, uint32_t at, const char *text)
{
    for (; *text; text++)
        store(m, at++, 1, (uint8_t)*text);
}

static bool has_text(struct machine *m, uint32_t at, const char *text)
{
    for (; *text; text++)
        if (load(m, at++, 1) != (uint8_t)*text)
            return false;
    return true;
}

// "hello, rings" in two pieces, and back into three.
static void offer_hello(struct driver *d, uint16_t first)
{
    put_text(d->m, TEXT, "hello,");
    put_text(d->m, TEXT + 100, " rings");
    for (uint32_t i = 0; i < 64; i += 4)
        store(d->m, ANSWER + i, 4, 0);
    put_descriptor(d, first, TEXT, 6, D_NEXT, (uint16_t)(first + 1));
    put_descriptor(d, first + 1u, TEXT + 100, 6, D_NEXT, (uint16_t)(first + 2));
    put_descriptor(d, first + 2u, ANSWER, 3, D_NEXT | D_WRITE, (uint16_t)(first + 3));
    put_descriptor(d, first + 3u, ANSWER + 16, 0, D_NEXT | D_WRITE, (uint16_t)(first + 4));
    put_descriptor(d, first + 4u, ANSWER + 32, 20, D_WRITE, 0);
    driver_offer(d, first);
}

static bool got_hello(struct driver *d, uint16_t first)
{
    uint32_t head, written;
    return driver_take_used(d, &head, &written) && head == first && written == 12 &&
           has_text(d->m, ANSWER, "hel") && has_text(d->m, ANSWER + 32, "lo, rings");
}

static void test_function(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    unsigned devfn = PCI_DEVFN(SLOT, 0);
    CHECK(config_read(m, devfn, 0, 4) == 0x10011af4 && config_read(m, devfn, 0x2c, 4) == 0x21af4 &&
              config_read(m, devfn, 8, 4) == 0x01000000,
          "identity %08x %08x", config_read(m, devfn, 0, 4), config_read(m, devfn, 0x2c, 4));
    config_write(m, devfn, PCI_BAR0, 4, 0xffffffff);
    config_write(m, devfn, PCI_BAR0 + 16, 4, 0xffffffff);
    CHECK(config_read(m, devfn, PCI_BAR0, 4) == 0xffffffc1 &&
              config_read(m, devfn, PCI_BAR0 + 16, 4) == 0xffffc000,
          "BARs %08x %08x", config_read(m, devfn, PCI_BAR0, 4),
          config_read(m, devfn, PCI_BAR0 + 16, 4));
    CHECK(config_read(m, devfn, PCI_STATUS, 2) & 0x10, "no capabilities");
    unsigned seen = 0, at = config_read(m, devfn, PCI_CAPABILITIES, 1), n = 0;
    for (; at && n < 10; at = config_read(m, devfn, at + 1, 1), n++) {
        CHECK(config_read(m, devfn, at, 1) == 9, "not a vendor's capability");
        seen |= 1u << config_read(m, devfn, at + 3, 1);
    }
    CHECK(seen == 0x3e && n == 5, "capabilities %x, %u of them", seen, n);
    end(m, &e);

    struct virtio_kind kind = echo_kind();
    m = bench_machine(-1);
    kind.slot = 0;
    kind.id = VIRTIO_ID_NET;
    kind.no_legacy = true;
    struct virtio *first = virtio_create(m, &kind, &e);
    kind.no_legacy = false;
    kind.no_modern = true;
    struct virtio *second = virtio_create(m, &kind, &e);
    CHECK(first && second, "no slot is free");
    CHECK(config_read(m, PCI_DEVFN(3, 0), 0, 4) == 0x10411af4 &&
              config_read(m, PCI_DEVFN(3, 0), 8, 1) == 1 &&
              config_read(m, PCI_DEVFN(3, 0), PCI_BAR0, 4) == 0,
          "a modern device");
    CHECK(config_read(m, PCI_DEVFN(4, 0), 0, 4) == 0x10001af4 &&
              config_read(m, PCI_DEVFN(4, 0), PCI_CAPABILITIES, 1) == 0,
          "a legacy device");
    machine_destroy(m);
    virtio_destroy(first), virtio_destroy(second);
    case_end("virtio.function");
}

static void test_registers(bool modern)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_find(m, SLOT, modern);
    CHECK(e.resets == 1 && driver_status(&d) == 3, "status %02x after %u resets", driver_status(&d),
          e.resets);
    uint64_t offered = driver_offered(&d), own = 1 << 5 | 1 << 9 | 3u << 28;
    CHECK(offered == (modern ? own | 1ull << 32 : own), "offers %llx", (unsigned long long)offered);
    CHECK(driver_config(&d, 0, 4) == 0x77000000 && driver_config(&d, 3, 1) == 0x77, "config");
    driver_set_config(&d, 8, 1, 0x3a);
    driver_set_config(&d, 3, 1, 0x11);
    CHECK(driver_config(&d, 8, 1) == 0xfa && driver_config(&d, 3, 1) == 0x77 && e.writes == 1,
          "config after writes: %02x, %u heard", driver_config(&d, 8, 1), e.writes);
    CHECK(driver_accept(&d, 1 << 5), "features");
    driver_make_queue(&d, 32);
    if (modern) {
        CHECK(get_modern(&d, 18, 2) == 2 && get_modern(&d, 24, 2) == 32 &&
                  get_modern(&d, 28, 2) == 1 && get_modern(&d, 40, 4) == d.avail &&
                  get_modern(&d, 26, 2) == 0xffff,
              "queue registers");
        put_modern(&d, 22, 2, 1);
        CHECK(get_modern(&d, 24, 2) == 8 && get_modern(&d, 30, 2) == 1, "queue 1");
        put_modern(&d, 22, 2, 2);
        CHECK(get_modern(&d, 24, 2) == 0, "queue 2, which there is not");
    } else {
        CHECK(get_legacy(&d, 8, 4) == d.desc >> 12 && d.size == QUEUE_SIZE, "queue registers");
        put_legacy(&d, 14, 2, 2);
        CHECK(get_legacy(&d, 12, 2) == 0, "queue 2, which there is not");
    }
    driver_start(&d);
    CHECK(e.started == 1 && virtio_is_started(e.v) &&
              virtio_features(e.v) == (1 << 5 | (modern ? 1ull << 32 : 0)),
          "negotiated %llx", (unsigned long long)virtio_features(e.v));
    CHECK(driver_isr(&d) == 0, "an interrupt");
    virtio_config_changed(e.v);
    CHECK(driver_sees_line(&d) && driver_isr(&d) == 2 && driver_isr(&d) == 0 &&
              !driver_sees_line(&d),
          "no interrupt for the configuration");
    CHECK(!modern || get_modern(&d, 21, 1) == 1, "generation");
    driver_set_status(&d, 0);
    CHECK(driver_status(&d) == 0 && !virtio_is_started(e.v) && e.resets == 2, "reset");
    CHECK((modern ? get_modern(&d, 28, 2) : get_legacy(&d, 8, 4)) == 0, "a queue outlives reset");
    end(m, &e);
    case_end(modern ? "virtio.modern_registers" : "virtio.legacy_registers");
}

static void test_features(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_find(m, SLOT, true);
    CHECK(!driver_accept(&d, 1 << 7), "a feature that was not offered");
    d = driver_find(m, SLOT, true);
    driver_set_status(&d, 11);
    CHECK(!(driver_status(&d) & STATUS_FEATURES_OK), "a modern driver without VERSION_1");
    d = driver_find(m, SLOT, true);
    CHECK(driver_accept(&d, 1 << 9), "features");
    put_modern(&d, 8, 4, 0), put_modern(&d, 12, 4, 0);
    CHECK(virtio_features(e.v) == (1ull << 32 | 1 << 9), "features change after FEATURES_OK");
    end(m, &e);
    case_end("virtio.features");
}

static void test_rings(bool modern)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_bring_up(m, SLOT, modern, 0);
    offer_hello(&d, 7);
    CHECK(driver_used_index(&d) == 0, "without being told");
    driver_kick(&d);
    CHECK(got_hello(&d, 7), "no answer");
    CHECK(driver_sees_line(&d) && driver_isr(&d) == 1 && driver_isr(&d) == 0, "no interrupt");
    store(m, d.avail, 2, 1); // no interrupts, please
    // More than the indices hold, so that they go round; some at a time.
    unsigned bad = 0;
    for (unsigned i = 0; i < 70000; i++) {
        put_descriptor(&d, 0, TEXT, 4, D_NEXT, 1), put_descriptor(&d, 1, ANSWER, 4, D_WRITE, 0);
        driver_offer(&d, 0);
        uint32_t head, written;
        if (i % 50 == 49) {
            driver_kick(&d);
            for (unsigned n = 0; n < 50; n++)
                bad += !driver_take_used(&d, &head, &written) || head != 0 || written != 4;
        }
    }
    CHECK(bad == 0 && d.index == (uint16_t)70001, "%u of 70000 are wrong", bad);
    CHECK(driver_isr(&d) == 0, "an interrupt that was not wanted");
    store(m, d.avail, 2, 0);
    offer_hello(&d, 7), driver_kick(&d);
    CHECK(got_hello(&d, 7) && driver_isr(&d) == 1, "and again");
    // A device that takes its time; a reset between.
    e.is_slow = true;
    offer_hello(&d, 7), driver_kick(&d);
    CHECK(driver_used_index(&d) == d.seen, "given too early");
    finish(&e, &e.kept), virtio_signal(e.v, 0);
    CHECK(got_hello(&d, 7) && driver_isr(&d) == 1, "given late");
    offer_hello(&d, 7), driver_kick(&d);
    d = driver_bring_up(m, SLOT, modern, 0);
    finish(&e, &e.kept), virtio_signal(e.v, 0);
    CHECK(driver_used_index(&d) == 0 && driver_isr(&d) == 0, "a chain from before a reset");
    e.is_slow = false;
    // Not without the right to master the bus.
    config_write(m, d.devfn, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    offer_hello(&d, 1), driver_kick(&d);
    CHECK(driver_used_index(&d) == 0, "it masters the bus against its command register");
    config_write(m, d.devfn, PCI_COMMAND, 2,
                 PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    driver_kick(&d);
    CHECK(got_hello(&d, 1), "after that");
    CHECK(!virtio_is_broken(e.v), "broken");
    end(m, &e);
    case_end(modern ? "virtio.modern_rings" : "virtio.legacy_rings");
}

static void test_indirect(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_bring_up(m, SLOT, true, VIRTIO_F_INDIRECT_DESC);
    uint32_t head, written;
    put_text(m, TEXT, "abcdefgh");
    // Backwards through the table, behind a direct piece.
    put_descriptor_at(&d, TABLE, 0, TEXT + 4, 2, D_NEXT, 2);
    put_descriptor_at(&d, TABLE, 2, TEXT + 6, 2, D_NEXT, 1);
    put_descriptor_at(&d, TABLE, 1, ANSWER, 8, D_WRITE, 0);
    put_descriptor(&d, 3, TEXT, 4, D_NEXT, 4);
    put_descriptor(&d, 4, TABLE, 48, D_INDIRECT, 0);
    driver_offer(&d, 3), driver_kick(&d);
    CHECK(driver_take_used(&d, &head, &written) && head == 3 && written == 8 &&
              has_text(m, ANSWER, "abcdefgh"),
          "an indirect table");
    // As long as a chain may be.
    for (unsigned i = 0; i < VIRTIO_PIECES_MAX; i++)
        put_descriptor_at(&d, TABLE, i, i < 255 ? TEXT + i : ANSWER, i < 255 ? 1 : 255,
                          i < 255 ? D_NEXT : D_WRITE, (uint16_t)(i + 1));
    put_descriptor(&d, 4, TABLE, 16 * VIRTIO_PIECES_MAX, D_INDIRECT, 0);
    driver_offer(&d, 4), driver_kick(&d);
    CHECK(driver_take_used(&d, &head, &written) && head == 4 && written == 255, "256 pieces");
    end(m, &e);
    case_end("virtio.indirect");
}

static void test_events(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_bring_up(m, SLOT, true, VIRTIO_F_EVENT_IDX);
    uint32_t used_event = d.avail + 4 + 2u * d.size, avail_event = d.used + 4 + 8u * d.size;
    uint32_t head, written;
    put_descriptor(&d, 0, TEXT, 4, D_NEXT, 1), put_descriptor(&d, 1, ANSWER, 4, D_WRITE, 0);
    // An interrupt when entry 3 is used, none before, none after until asked again.
    store(m, used_event, 2, 3);
    unsigned interrupts = 0;
    for (unsigned i = 0; i < 10; i++) {
        driver_offer(&d, 0), driver_kick(&d);
        bool now = driver_isr(&d) == 1;
        CHECK(now == (i == 3), "interrupt %d for entry %u", now, i);
        interrupts += now;
        CHECK(load(m, avail_event, 2) == i + 1, "avail_event %u after %u", load(m, avail_event, 2),
              i + 1);
        CHECK(driver_take_used(&d, &head, &written), "no entry %u", i);
    }
    CHECK(interrupts == 1, "%u interrupts", interrupts);
    // Several at a time that jump over the event, around the end of the index.
    for (; d.index != 0xfffe;) {
        driver_offer(&d, 0), driver_kick(&d);
        driver_take_used(&d, &head, &written);
    }
    store(m, used_event, 2, 0xffff);
    for (unsigned i = 0; i < 5; i++)
        driver_offer(&d, 0);
    driver_kick(&d);
    CHECK(driver_isr(&d) == 1, "no interrupt beyond the end of the index");
    store(m, used_event, 2, 2); // that was entry 2 already
    driver_offer(&d, 0), driver_kick(&d);
    CHECK(driver_isr(&d) == 0 && !virtio_is_broken(e.v), "an interrupt for an event of the past");
    end(m, &e);
    case_end("virtio.events");
}

static void test_pci_access(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    unsigned devfn = PCI_DEVFN(SLOT, 0), at = config_read(m, devfn, PCI_CAPABILITIES, 1);
    while (at && config_read(m, devfn, at + 3, 1) != 5)
        at = config_read(m, devfn, at + 1, 1);
    CHECK(at != 0, "no such capability");
    // Status := 1, by bytes, with all BARs unmapped.
    config_write(m, devfn, at + 4, 1, 4);
    config_write(m, devfn, at + 8, 4, 20);
    config_write(m, devfn, at + 12, 4, 1);
    config_write(m, devfn, at + 16, 1, 1);
    CHECK(e.v->status == 1, "status %02x", e.v->status);
    CHECK(config_read(m, devfn, at + 16, 1) == 1, "reads %02x", config_read(m, devfn, at + 16, 1));
    config_write(m, devfn, at + 8, 4, CONFIG_AT);
    config_write(m, devfn, at + 12, 4, 4);
    CHECK(config_read(m, devfn, at + 16, 4) == 0x77000000, "the device's configuration");
    // Beyond the BAR, another BAR, an odd length: nothing happens.
    static const uint32_t wrong[][3] = {{4, 0x4000, 4},      {4, 0xfffffffc, 4}, {0, 20, 1},
                                        {4, 20, 3},          {4, 20, 0},         {4, 21, 4},
                                        {4, 20, 0x10000001}, {0xff, 20, 1}};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config_write(m, devfn, at + 4, 1, wrong[i][0]);
        config_write(m, devfn, at + 8, 4, wrong[i][1]);
        config_write(m, devfn, at + 12, 4, wrong[i][2]);
        config_write(m, devfn, at + 16, 4, 0x03030303);
        config_read(m, devfn, at + 16, 4);
        CHECK(e.v->status == 1 && e.resets == 0, "wrong access %u", i);
    }
    end(m, &e);
    case_end("virtio.pci_access");
}

// --- rings that break the rules: the device says so and stays usable ---

static void far_index(struct driver *d)
{
    store(d->m, d->avail + 2, 2, d->size + 1u);
}
static void head_beyond(struct driver *d)
{
    driver_offer(d, d->size);
}
static void next_beyond(struct driver *d)
{
    put_descriptor(d, 0, TEXT, 4, D_NEXT, 0xffff);
    driver_offer(d, 0);
}
static void loop(struct driver *d)
{
    put_descriptor(d, 0, TEXT, 4, D_NEXT, 1);
    put_descriptor(d, 1, TEXT, 4, D_NEXT, 0);
    driver_offer(d, 0);
}
static void loop_of_nothing(struct driver *d)
{
    put_descriptor(d, 0, TEXT, 0, D_NEXT, 0);
    driver_offer(d, 0);
}
static void read_behind_write(struct driver *d)
{
    put_descriptor(d, 0, ANSWER, 4, D_WRITE | D_NEXT, 1);
    put_descriptor(d, 1, TEXT, 4, 0, 0);
    driver_offer(d, 0);
}
static void above_4_gb(struct driver *d)
{
    put_descriptor(d, 0, 1ull << 32, 4, 0, 0);
    driver_offer(d, 0);
}
static void across_4_gb(struct driver *d)
{
    put_descriptor(d, 0, 0xfffffff0, 0x20, 0, 0);
    driver_offer(d, 0);
}
static void around_64_bits(struct driver *d)
{
    put_descriptor(d, 0, UINT64_MAX - 3, 0xffffffff, 0, 0);
    driver_offer(d, 0);
}
static void read_nowhere(struct driver *d)
{
    put_descriptor(d, 0, 0x80000000, 4, D_NEXT, 1);
    put_descriptor(d, 1, ANSWER, 4, D_WRITE, 0);
    driver_offer(d, 0);
}
static void write_nowhere(struct driver *d)
{
    put_descriptor(d, 0, TEXT, 4, D_NEXT, 1);
    put_descriptor(d, 1, 0x80000000, 4, D_WRITE, 0);
    driver_offer(d, 0);
}
static void write_registers(struct driver *d) // of its own
{
    put_descriptor(d, 0, TEXT, 4, D_NEXT, 1);
    put_descriptor(d, 1, DRIVER_MMIO + 20, 4, D_WRITE, 0);
    driver_offer(d, 0);
}
static void indirect_nothing(struct driver *d)
{
    put_descriptor(d, 0, TABLE, 0, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_odd(struct driver *d)
{
    put_descriptor(d, 0, TABLE, 24, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_next(struct driver *d)
{
    put_descriptor_at(d, TABLE, 0, TEXT, 4, 0, 0);
    put_descriptor(d, 0, TABLE, 16, D_INDIRECT | D_NEXT, 1);
    driver_offer(d, 0);
}
static void indirect_indirect(struct driver *d)
{
    put_descriptor_at(d, TABLE, 0, TABLE, 16, D_INDIRECT, 0);
    put_descriptor(d, 0, TABLE, 16, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_beyond(struct driver *d)
{
    put_descriptor_at(d, TABLE, 0, TEXT, 4, D_NEXT, 1);
    put_descriptor(d, 0, TABLE, 16, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_loop(struct driver *d)
{
    put_descriptor_at(d, TABLE, 0, TEXT, 4, D_NEXT, 0);
    put_descriptor(d, 0, TABLE, 16, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_nowhere(struct driver *d)
{
    put_descriptor(d, 0, 0x90000000, 16, D_INDIRECT, 0);
    driver_offer(d, 0);
}
static void indirect_above(struct driver *d)
{
    put_descriptor(d, 0, 0xfffffffffffffff0, 0xfffffff0, D_INDIRECT, 0);
    driver_offer(d, 0);
}

static void test_hostile(void)
{
    static const struct {
        const char *name;
        void (*spoil)(struct driver *d);
    } cases[] = {
        {"far_index", far_index},
        {"head_beyond", head_beyond},
        {"next_beyond", next_beyond},
        {"loop", loop},
        {"loop_of_nothing", loop_of_nothing},
        {"read_behind_write", read_behind_write},
        {"above_4_gb", above_4_gb},
        {"across_4_gb", across_4_gb},
        {"around_64_bits", around_64_bits},
        {"read_nowhere", read_nowhere},
        {"write_nowhere", write_nowhere},
        {"write_registers", write_registers},
        {"indirect_nothing", indirect_nothing},
        {"indirect_odd", indirect_odd},
        {"indirect_next", indirect_next},
        {"indirect_indirect", indirect_indirect},
        {"indirect_beyond", indirect_beyond},
        {"indirect_loop", indirect_loop},
        {"indirect_nowhere", indirect_nowhere},
        {"indirect_above", indirect_above},
    };
    char name[64];
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct echo e;
        struct machine *m = echo_machine(&e);
        struct driver d = driver_bring_up(m, SLOT, true, VIRTIO_F_INDIRECT_DESC);
        cases[i].spoil(&d);
        driver_kick(&d);
        CHECK(driver_status(&d) & STATUS_NEEDS_RESET, "not noticed");
        CHECK(driver_isr(&d) == 2, "the driver is not told");
        CHECK(driver_used_index(&d) == 0, "something was given");
        unsigned chains = e.chains;
        offer_hello(&d, 20), driver_kick(&d);
        CHECK(e.chains == chains && driver_used_index(&d) == 0, "it goes on while broken");
        d = driver_bring_up(m, SLOT, true, VIRTIO_F_INDIRECT_DESC);
        offer_hello(&d, 20), driver_kick(&d);
        CHECK(got_hello(&d, 20) && !(driver_status(&d) & STATUS_NEEDS_RESET), "a reset is no help");
        end(m, &e);
        snprintf(name, sizeof name, "virtio.hostile_%s", cases[i].name);
        case_end(name);
    }
}

// Queues that cannot be, by the registers.
static void test_hostile_queues(void)
{
    static const struct {
        uint16_t size;
        uint64_t desc, avail, used;
        bool good;
    } cases[] = {
        {64, 0x40000, 0x41000, 0x42000, true},     {3, 0x40000, 0x41000, 0x42000, false},
        {0, 0x40000, 0x41000, 0x42000, false},     {256, 0x40000, 0x41000, 0x42000, false},
        {64, 0x40008, 0x41000, 0x42000, false},    {64, 0x40000, 0x41001, 0x42000, false},
        {64, 0x40000, 0x41000, 0x42002, false},    {64, 1ull << 32, 0x41000, 0x42000, false},
        {64, 0xfffffff0, 0x41000, 0x42000, false}, {64, 0x40000, 0xfffffffe, 0x42000, false},
        {64, 0x40000, 0x41000, 0xfffffffc, false}, {64, 0x40000, ~1ull, ~3ull, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct echo e;
        struct machine *m = echo_machine(&e);
        struct driver d = driver_find(m, SLOT, true);
        driver_accept(&d, 0);
        put_modern(&d, 24, 2, cases[i].size);
        put_modern(&d, 32, 8, cases[i].desc);
        put_modern(&d, 40, 8, cases[i].avail);
        put_modern(&d, 48, 8, cases[i].used);
        put_modern(&d, 28, 2, 1);
        driver_start(&d);
        for (unsigned n = 0; n < 70; n++)
            driver_kick(&d);
        bool broken = driver_status(&d) & STATUS_NEEDS_RESET;
        CHECK(broken == !cases[i].good && (get_modern(&d, 28, 2) == 1) == cases[i].good, "queue %u",
              i);
        end(m, &e);
    }
    // In memory that is not there: found when it is looked at.
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_find(m, SLOT, false);
    put_legacy(&d, 8, 4, 0xfff00);
    driver_start(&d);
    put_legacy(&d, 16, 2, 0);
    CHECK(driver_status(&d) & STATUS_NEEDS_RESET, "a legacy queue in no memory");
    put_legacy(&d, 16, 2, 1), put_legacy(&d, 16, 2, 0xffff);
    driver_set_status(&d, 0);
    put_legacy(&d, 8, 4, 0xffffffff);
    CHECK(driver_status(&d) & STATUS_NEEDS_RESET, "a legacy queue above 4 GB");
    end(m, &e);
    case_end("virtio.hostile_queues");
}

// The used ring where the available ring is: each chain that is given makes another one available.
static void test_feedback(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_find(m, SLOT, true);
    driver_accept(&d, 0);
    d.size = 64, d.desc = DRIVER_RINGS, d.avail = d.used = DRIVER_RINGS + 0x1000, d.index = 0;
    put_modern(&d, 24, 2, 64);
    put_modern(&d, 32, 8, d.desc), put_modern(&d, 40, 8, d.avail), put_modern(&d, 48, 8, d.used);
    put_modern(&d, 28, 2, 1);
    driver_start(&d);
    put_descriptor(&d, 0, TEXT, 4, D_NEXT, 1), put_descriptor(&d, 1, ANSWER, 4, D_WRITE, 0);
    for (unsigned i = 0; i < 300; i++)
        store(m, d.avail + 4 + 2 * i, 2, 0);
    driver_offer(&d, 0);
    driver_kick(&d);
    CHECK(e.chains <= 64, "%u chains of one", e.chains);
    end(m, &e);
    case_end("virtio.feedback");
}

// More chains than descriptors: the same ones again and again, which a slow device keeps.
static void test_flood(void)
{
    struct echo e;
    struct machine *m = echo_machine(&e);
    struct driver d = driver_bring_up(m, SLOT, true, 0);
    e.is_slow = true;
    put_descriptor(&d, 0, TEXT, 4, 0, 0);
    for (unsigned n = 0; n < 3; n++) {
        for (unsigned i = 0; i < 64; i++)
            driver_offer(&d, 0);
        driver_kick(&d);
    }
    CHECK(e.chains == 64 && (driver_status(&d) & STATUS_NEEDS_RESET), "%u chains of 64", e.chains);
    end(m, &e);
    case_end("virtio.flood");
}

int main(void)
{
    test_function();
    test_registers(true);
    test_registers(false);
    test_features();
    test_rings(true);
    test_rings(false);
    test_indirect();
    test_events();
    test_pci_access();
    test_hostile();
    test_hostile_queues();
    test_feedback();
    test_flood();
    return verdict_failures != 0;
}
