// Virtio disks, driven through a queue in the guest's memory: every request, its errors, what makes
// writes durable, rings full of requests, and the worker's thread.
#include <poll.h>
#include <unistd.h>

#include "emu/tests/memory_disk.h"
#include "emu/tests/verdict.h"
#include "emu/tests/virtio_driver.h"

enum { SLOT = 7, SECTORS = 4096, HEADER = 0x10000, DATA = 0x100000, STATUS_AT = 0x11000 };
enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, ZEROES = 13 };
enum { F_FLUSH = 1 << 9, F_WCE = 1 << 11, F_DISCARD = 1 << 13, F_ZEROES = 1 << 14 };
enum { OK = 0, IOERR = 1, UNSUPP = 2, NONE = 0xee };

static struct memory_disk disk;

// A machine with one disk in SLOT. Not under icount its requests are on the worker's thread.
static struct machine *blk_machine(struct drive_config config, bool threaded)
{
    char why[256];
    struct machine_config machine = {.ram_bytes = 4 << 20,
                                     .engine = &bench_engine,
                                     .icount = !threaded,
                                     .serial_fd = -1,
                                     .debugcon_fd = -1};
    config.kind = DRIVE_DISK;
    config.slot = SLOT;
    machine.drives[MACHINE_VIRTIO] = config;
    struct machine *m = machine_create(&machine, why, sizeof why);
    if (!m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    m->cpu->eflags = FLAG_ONE;
    return m;
}

static struct machine *disk_machine(bool read_only, bool threaded)
{
    return blk_machine(
        (struct drive_config){.block = memory_disk_open(&disk, SECTORS * 512, read_only)},
        threaded);
}

static void put_header(struct driver *d, uint32_t at, uint32_t type, uint64_t sector)
{
    store(d->m, at, 4, type);
    store(d->m, at + 4, 4, 0);
    store(d->m, at + 8, 8, sector);
}

// A request in three descriptors from 3n on, with its header and status in places of its own.
static void offer(struct driver *d, unsigned n, uint32_t type, uint64_t sector, uint32_t data,
                  uint32_t bytes)
{
    uint32_t header = HEADER + 16 * n, status = STATUS_AT + n;
    bool writes = type == OUT || type == DISCARD || type == ZEROES;
    put_header(d, header, type, sector);
    store(d->m, status, 1, NONE);
    put_descriptor(d, 3 * n, header, 16, D_NEXT, (uint16_t)(bytes ? 3 * n + 1 : 3 * n + 2));
    put_descriptor(d, 3 * n + 1, data, bytes, writes ? D_NEXT : D_NEXT | D_WRITE,
                   (uint16_t)(3 * n + 2));
    put_descriptor(d, 3 * n + 2, status, 1, D_WRITE, 0);
    driver_offer(d, (uint16_t)(3 * n));
}

static uint8_t status_of(struct driver *d, unsigned n)
{
    return (uint8_t)load(d->m, STATUS_AT + n, 1);
}

// Let the machine's thread take what the worker has ended, until `done` used entries are there; 20
// s at most.
static bool wait_used(struct driver *d, uint16_t used)
{
    for (unsigned i = 0; i < 200 && driver_used_index(d) != used; i++) {
        if (!calls_pend(d->m->calls))
            calls_wait(d->m->calls);
        calls_make(d->m);
    }
    return driver_used_index(d) == used;
}

// One request to its end: its status, NONE if it is not used.
static uint8_t request(struct driver *d, uint32_t type, uint64_t sector, uint32_t data,
                       uint32_t bytes)
{
    uint32_t head, written;
    offer(d, 0, type, sector, data, bytes);
    driver_kick(d);
    if (!wait_used(d, d->index) || !driver_take_used(d, &head, &written) || head != 0 ||
        written != (type == IN && status_of(d, 0) == OK ? bytes + 1 : 1))
        return NONE;
    return status_of(d, 0);
}

static bool same_memory(struct driver *d, uint32_t at, const void *bytes, size_t n)
{
    static uint8_t got[1 << 20];
    return machine_dma_read(d->m, at, got, n) && memcmp(got, bytes, n) == 0;
}

static void fill(struct driver *d, uint32_t at, uint32_t bytes, uint32_t seed)
{
    for (uint32_t i = 0; i < bytes; i += 4)
        store(d->m, at + i, 4, (i + seed) * 2654435761u);
}

static void test_config(void)
{
    struct machine *m = disk_machine(false, false);
    struct driver d = driver_find(m, SLOT, true);
    CHECK(config_read(m, d.devfn, 0, 4) == 0x10011af4, "not there");
    CHECK((driver_offered(&d) & 0xffffff) == 0x4a56, "features %llx",
          (unsigned long long)driver_offered(&d));
    CHECK(driver_config(&d, 0, 4) == SECTORS && driver_config(&d, 4, 4) == 0 &&
              driver_config(&d, 12, 4) == 254 && driver_config(&d, 20, 4) == 512 &&
              driver_config(&d, 32, 1) == 1,
          "configuration");
    machine_destroy(m);
    m = disk_machine(true, false);
    d = driver_find(m, SLOT, true);
    CHECK((driver_offered(&d) & (1 << 5 | F_ZEROES)) == 1 << 5, "read-only: features %llx",
          (unsigned long long)driver_offered(&d));
    machine_destroy(m);
    case_end("virtio_blk.config");
}

static void test_requests(bool modern, bool threaded)
{
    struct machine *m = disk_machine(false, threaded);
    struct driver d = driver_bring_up(m, SLOT, modern, F_FLUSH | F_WCE | F_ZEROES);
    CHECK(request(&d, IN, 100, DATA, 4096) == OK &&
              same_memory(&d, DATA, disk.bytes + 100 * 512, 4096),
          "a read");
    CHECK(driver_isr(&d) == 1, "no interrupt");
    CHECK(request(&d, IN, SECTORS - 2000, DATA, 2000 * 512) == OK &&
              same_memory(&d, DATA, disk.bytes + (SECTORS - 2000) * 512, 2000 * 512),
          "a read of 1 MB up to the end");
    fill(&d, DATA, 1500 * 512, 9);
    CHECK(request(&d, OUT, 2000, DATA, 1500 * 512) == OK &&
              same_memory(&d, DATA, disk.bytes + 2000 * 512, 1500 * 512),
          "a write of 750 KB");
    CHECK(disk.flushes == 0, "flushed with the write cache on");
    CHECK(request(&d, FLUSH, 0, 0, 0) == OK && disk.flushes == 1, "FLUSH: %u", disk.flushes);
    CHECK(request(&d, GET_ID, 0, DATA, 20) == OK && same_memory(&d, DATA, "TM00000\0\0", 9), "ID");
    fill(&d, DATA, 20, 3);
    CHECK(request(&d, GET_ID, 0, DATA, 4) == OK && same_memory(&d, DATA, "TM00", 4) &&
              load(m, DATA + 4, 1) != '0',
          "an ID that is cut off");
    CHECK(request(&d, IN, 5, DATA, 0) == OK, "no sectors at all");
    store(m, DATA, 8, 300), store(m, DATA + 8, 4, 7), store(m, DATA + 12, 4, 1);
    CHECK(request(&d, ZEROES, 0, DATA, 16) == OK && disk.bytes[300 * 512] == 0 &&
              disk.bytes[307 * 512 - 1] == 0 && disk.bytes[307 * 512 + 1] != 0,
          "WRITE_ZEROES");
    store(m, DATA + 12, 4, 2);
    CHECK(request(&d, ZEROES, 0, DATA, 16) == UNSUPP, "flags that there are not");
    store(m, DATA + 12, 4, 0), store(m, DATA, 8, SECTORS - 6);
    CHECK(request(&d, ZEROES, 0, DATA, 16) == IOERR, "zeroes beyond the end");
    CHECK(request(&d, ZEROES, 0, DATA, 32) == UNSUPP, "two ranges");
    CHECK(request(&d, DISCARD, 0, DATA, 16) == UNSUPP, "DISCARD, which was not offered");
    CHECK(request(&d, 99, 0, DATA, 512) == UNSUPP, "a type that there is not");
    CHECK(request(&d, IN, SECTORS - 1, DATA, 1024) == IOERR &&
              request(&d, IN, UINT64_MAX, DATA, 512) == IOERR &&
              request(&d, OUT, UINT64_MAX / 512, DATA, 512) == IOERR &&
              request(&d, IN, 0, DATA, 100) == IOERR,
          "beyond the end, or not whole sectors");
    CHECK(!(driver_status(&d) & STATUS_NEEDS_RESET), "broken");
    machine_destroy(m);
    CHECK(disk.closes == 1, "the image is not closed");
    char name[64];
    snprintf(name, sizeof name, "virtio_blk.requests_%s_%s", modern ? "modern" : "legacy",
             threaded ? "threaded" : "icount");
    case_end(name);
}

// Header, data and status in pieces that do not care where one ends (2.6.4).
static void test_layout(void)
{
    struct machine *m = disk_machine(false, false);
    struct driver d = driver_bring_up(m, SLOT, true, F_FLUSH);
    put_header(&d, HEADER, OUT, 50);
    fill(&d, HEADER + 16, 512, 5);
    put_descriptor(&d, 0, HEADER, 7, D_NEXT, 1);
    put_descriptor(&d, 1, HEADER + 7, 300, D_NEXT, 2);
    put_descriptor(&d, 2, HEADER + 307, 221, D_NEXT, 3);
    put_descriptor(&d, 3, STATUS_AT, 1, D_WRITE, 0);
    driver_offer(&d, 0), driver_kick(&d);
    CHECK(driver_used_index(&d) == 1 && load(m, STATUS_AT, 1) == OK &&
              same_memory(&d, HEADER + 16, disk.bytes + 50 * 512, 512),
          "a write in odd pieces");
    put_header(&d, HEADER, IN, 60);
    put_descriptor(&d, 0, HEADER, 16, D_NEXT, 1);
    put_descriptor(&d, 1, DATA, 1, D_WRITE | D_NEXT, 2);
    put_descriptor(&d, 2, DATA + 1, 512, D_WRITE, 0); // the status is its last byte
    driver_offer(&d, 0), driver_kick(&d);
    CHECK(driver_used_index(&d) == 2 && load(m, DATA + 512, 1) == OK &&
              same_memory(&d, DATA, disk.bytes + 60 * 512, 512),
          "a read whose status follows the data");
    machine_destroy(m);
    case_end("virtio_blk.layout");
}

// When is a write durable? A row: what the driver accepts, what it sets, how the disk begins.
static void test_cache(void)
{
    static const struct {
        uint64_t features;
        int wce; // -1: not written
        bool write_through;
        unsigned flushes;
    } rows[] = {
        {F_FLUSH, -1, false, 0},        {0, -1, false, 1}, // knows no FLUSH: 5.2.6.2
        {F_FLUSH, -1, true, 1},         {F_FLUSH | F_WCE, -1, false, 0},
        {F_FLUSH | F_WCE, 0, false, 1}, {F_FLUSH | F_WCE, 1, true, 0},
        {F_FLUSH | F_WCE, -1, true, 1}, {F_WCE, 1, false, 1},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct machine *m = blk_machine(
            (struct drive_config){.write_through = rows[i].write_through,
                                  .block = memory_disk_open(&disk, SECTORS * 512, false)},
            false);
        struct driver d = driver_bring_up(m, SLOT, true, rows[i].features);
        if (rows[i].wce >= 0)
            driver_set_config(&d, 32, 1, (uint32_t)rows[i].wce);
        CHECK(request(&d, OUT, 10, DATA, 1200 * 512) == OK && disk.flushes == rows[i].flushes,
              "row %u: %u flushes", i, disk.flushes);
        disk.flush_error = EIO;
        CHECK(request(&d, OUT, 10, DATA, 512) == (rows[i].flushes ? IOERR : OK),
              "row %u: a write that is not durable", i);
        driver_set_status(&d, 0);
        CHECK(driver_config(&d, 32, 1) == !rows[i].write_through, "row %u: after a reset", i);
        machine_destroy(m);
    }
    case_end("virtio_blk.write_cache");
}

static void test_errors(bool threaded)
{
    struct machine *m = disk_machine(false, threaded);
    struct driver d = driver_bring_up(m, SLOT, true, F_FLUSH);
    disk.bad_at = 1500 * 512, disk.read_error = EIO, disk.write_error = ENOSPC;
    CHECK(request(&d, IN, 1500, DATA, 512) == IOERR, "EIO");
    CHECK(request(&d, IN, 200, DATA, 1400 * 512) == IOERR, "EIO in the second piece");
    CHECK(request(&d, OUT, 1499, DATA, 1024) == IOERR, "ENOSPC");
    CHECK(request(&d, OUT, 1498, DATA, 1024) == OK, "next to it");
    disk.flush_error = EIO;
    CHECK(request(&d, FLUSH, 0, 0, 0) == IOERR, "a flush that fails");
    disk.flush_error = 0;
    CHECK(request(&d, FLUSH, 0, 0, 0) == IOERR, "what it lost is forgotten");
    machine_destroy(m);
    m = disk_machine(true, threaded);
    d = driver_bring_up(m, SLOT, true, F_FLUSH | 1 << 5);
    CHECK(request(&d, OUT, 5, DATA, 512) == IOERR && request(&d, FLUSH, 0, 0, 0) == OK &&
              request(&d, IN, 5, DATA, 512) == OK && disk.writes == 0,
          "read-only");
    machine_destroy(m);
    case_end(threaded ? "virtio_blk.errors_threaded" : "virtio_blk.errors_icount");
}

// As many requests as the queue holds, more than are under way at a time; then a reset in the
// midst.
static void test_many(bool threaded)
{
    struct machine *m = disk_machine(false, threaded);
    struct driver d = driver_find(m, SLOT, true);
    driver_accept(&d, F_FLUSH);
    driver_make_queue(&d, 256);
    driver_start(&d);
    enum { N = 85 };
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned n = 0; n < N; n++)
            offer(&d, n, n % 3 ? IN : OUT, n * 40 % SECTORS, DATA + n * 4096, 4096);
        driver_kick(&d);
        CHECK(wait_used(&d, d.index), "round %u: %u of %u", round, driver_used_index(&d), d.index);
        for (unsigned n = 0; n < N; n++)
            CHECK(status_of(&d, n) == OK &&
                      same_memory(&d, DATA + n * 4096, disk.bytes + n * 40 % SECTORS * 512, 4096),
                  "round %u: request %u", round, n);
    }
    for (unsigned n = 0; n < N; n++)
        offer(&d, n, n % 5 ? OUT : FLUSH, n * 40, DATA + n * 4096, n % 5 ? 4096 : 0);
    driver_kick(&d);
    driver_set_status(&d, 0);
    uint16_t used = driver_used_index(&d);
    unsigned writes = disk.writes;
    for (unsigned i = 0; i < 3; i++) // nothing comes after a reset
        calls_make(m);
    CHECK(driver_used_index(&d) == used && disk.writes == writes && m->expected == 0,
          "requests outlive a reset");
    d = driver_bring_up(m, SLOT, true, F_FLUSH);
    CHECK(request(&d, IN, 100, DATA, 4096) == OK, "after a reset");
    offer(&d, 0, OUT, 0, DATA, 512 * 2000), driver_kick(&d);
    machine_destroy(m); // with a request under way
    case_end(threaded ? "virtio_blk.many_threaded" : "virtio_blk.many_icount");
}

// Requests that break the rules, and buffers that lie where they should not.
static void test_hostile(bool threaded)
{
    static const struct {
        uint32_t header_bytes, data, data_bytes;
        bool status;
        uint32_t type;
    } rows[] = {
        {8, DATA, 512, true, OUT},          // half a header
        {16, DATA, 0, false, OUT},          // nowhere to put the status
        {16, 0xf0000000, 512, true, OUT},   // data in no memory
        {16, 0xf0000000, 512, true, IN},    //
        {16, 0x3fff00, 512, true, IN},      // data across the end of memory
        {16, 0xf0000000, 16, true, ZEROES}, // a range in no memory
        {16, 0xf0000000, 20, true, GET_ID},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct machine *m = disk_machine(false, threaded);
        struct driver d = driver_bring_up(m, SLOT, true, F_FLUSH | F_ZEROES);
        bool writes = rows[i].type == OUT || rows[i].type == ZEROES;
        put_header(&d, HEADER, rows[i].type, 7);
        put_descriptor(&d, 0, HEADER, rows[i].header_bytes, D_NEXT,
                       rows[i].header_bytes == 8 ? 2 : 1);
        put_descriptor(&d, 1, rows[i].data, rows[i].data_bytes,
                       (uint16_t)((writes ? 0 : D_WRITE) | (rows[i].status ? D_NEXT : 0)), 2);
        put_descriptor(&d, 2, STATUS_AT, 1, D_WRITE, 0);
        driver_offer(&d, 0), driver_kick(&d);
        for (unsigned n = 0; n < 200 && m->expected; n++)
            calls_wait(m->calls), calls_make(m);
        CHECK((driver_status(&d) & STATUS_NEEDS_RESET) && driver_used_index(&d) == 0, "row %u", i);
        d = driver_bring_up(m, SLOT, true, F_FLUSH);
        CHECK(request(&d, IN, 3, DATA, 512) == OK, "row %u: after a reset", i);
        machine_destroy(m);
    }
    // 768 MB in one request, from the same pages again and again: more than a request may have.
    struct machine *m = disk_machine(false, threaded);
    struct driver d = driver_bring_up(m, SLOT, true, VIRTIO_F_INDIRECT_DESC | F_FLUSH);
    put_header(&d, HEADER, OUT, 0);
    put_descriptor_at(&d, 0x20000, 0, HEADER, 16, D_NEXT, 1);
    for (unsigned i = 1; i < 255; i++)
        put_descriptor_at(&d, 0x20000, i, 0, 3 << 20, D_NEXT, (uint16_t)(i + 1));
    put_descriptor_at(&d, 0x20000, 255, STATUS_AT, 1, D_WRITE, 0);
    put_descriptor(&d, 0, 0x20000, 256 * 16, D_INDIRECT, 0);
    driver_offer(&d, 0), driver_kick(&d);
    CHECK(wait_used(&d, 1) && load(m, STATUS_AT, 1) == IOERR, "a request of 768 MB");
    // A read over the ring that it came from: the disk's bytes become available indices.
    d = driver_bring_up(m, SLOT, true, F_FLUSH);
    offer(&d, 0, IN, 0, d.desc & ~0xfffu, 8192), driver_kick(&d);
    for (unsigned n = 0; n < 200 && m->expected; n++)
        calls_wait(m->calls), calls_make(m);
    CHECK(m->expected == 0, "a read over its own ring does not end");
    machine_destroy(m);
    case_end(threaded ? "virtio_blk.hostile_threaded" : "virtio_blk.hostile_icount");
}

// Eight disks, each in a slot and with a file of its own.
static void test_eight(void)
{
    char why[256], paths[8][64];
    struct machine_config machine = {
        .ram_bytes = 4 << 20, .engine = &bench_engine, .serial_fd = -1, .debugcon_fd = -1};
    for (unsigned i = 0; i < 8; i++) {
        snprintf(paths[i], sizeof paths[i], "/tmp/tickmark-virtio-%u-XXXXXX", i);
        int fd = mkstemp(paths[i]);
        if (fd < 0 || ftruncate(fd, 4096 * (i + 1)))
            exit(1);
        close(fd);
        machine.drives[MACHINE_VIRTIO + i] =
            (struct drive_config){.kind = DRIVE_DISK, .image = paths[i], .serial = i ? NULL : "a"};
    }
    struct machine *m = machine_create(&machine, why, sizeof why);
    CHECK(m != NULL, "%s", why);
    for (unsigned i = 0; m && i < 8; i++) {
        struct driver d = driver_bring_up(m, 3 + i, false, F_FLUSH | F_DISCARD);
        CHECK(driver_config(&d, 0, 4) == 8 * (i + 1), "disk %u has %u sectors", i,
              driver_config(&d, 0, 4));
        CHECK(request(&d, GET_ID, 0, DATA, 20) == OK &&
                  load(m, DATA, 1) == (i ? (uint32_t)'T' : 'a'),
              "disk %u: ID", i);
        store(m, DATA, 8, 0), store(m, DATA + 8, 4, 8), store(m, DATA + 12, 4, 0);
        CHECK(request(&d, DISCARD, 0, DATA, 16) == OK, "disk %u: DISCARD", i);
        config_write(m, d.devfn, PCI_COMMAND, 2, 0);
    }
    if (m)
        machine_destroy(m);
    for (unsigned i = 0; i < 8; i++)
        unlink(paths[i]);
    case_end("virtio_blk.eight");
}

// --- random rings ---

static uint64_t fuzz_state;

static uint32_t fuzz_next(uint32_t below)
{
    fuzz_state = fuzz_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(fuzz_state >> 33) % below;
}

// Mostly an address that is fine; else one in the rings, at an end of memory, or nowhere.
static uint64_t fuzz_address(const struct driver *d)
{
    switch (fuzz_next(10)) {
    case 0: return d->desc + fuzz_next(0x3000);
    case 1: return (4 << 20) - fuzz_next(1024);
    case 2: return (1ull << 32) - fuzz_next(1024);
    case 3: return (uint64_t)fuzz_next(1u << 31) << fuzz_next(34);
    default: return DATA + fuzz_next(1 << 20);
    }
}

static void fuzz_descriptor(struct driver *d, uint32_t table, unsigned n)
{
    static const uint32_t sizes[] = {0, 1, 15, 16, 17, 512, 4096, 65536, 0xffffffff};
    uint32_t bytes = fuzz_next(8) ? 512 * fuzz_next(20) : sizes[fuzz_next(9)];
    uint16_t flags = (uint16_t)(fuzz_next(3) | (fuzz_next(8) ? 0 : fuzz_next(65536)));
    uint64_t address = fuzz_address(d);
    if (fuzz_next(6) == 0)
        address = 0x20000 + 16 * fuzz_next(64), bytes = 16 * fuzz_next(40), flags = D_INDIRECT;
    put_descriptor_at(d, table, n, address, bytes, flags,
                      (uint16_t)fuzz_next(fuzz_next(9) ? 64 : 65536));
}

static void fuzz_round(struct driver *d)
{
    for (unsigned i = fuzz_next(20); i; i--)
        fuzz_descriptor(d, d->desc, fuzz_next(64));
    for (unsigned i = fuzz_next(8); i; i--)
        fuzz_descriptor(d, 0x20000, fuzz_next(64));
    for (unsigned i = fuzz_next(12); i; i--) // good ones, some of whose parts are then spoiled
        offer(d, fuzz_next(20), fuzz_next(16), fuzz_next(SECTORS + 8), DATA + fuzz_next(1 << 20),
              512 * fuzz_next(64));
    if (fuzz_next(3) == 0)
        fuzz_descriptor(d, d->desc, fuzz_next(64));
    if (fuzz_next(30) == 0)
        store(d->m, d->avail + 2, 2, fuzz_next(65536));
    if (fuzz_next(6) == 0)
        driver_offer(d, (uint16_t)fuzz_next(70));
    driver_kick(d);
    if (fuzz_next(4) == 0)
        put_modern(d, fuzz_next(0x3100), fuzz_next(2) ? 4 : 1, fuzz_next(0x80000000));
    if (fuzz_next(4) == 0)
        put_legacy(d, fuzz_next(80), fuzz_next(2) ? 4 : 1, fuzz_next(0x80000000));
    if (fuzz_next(8) == 0)
        config_write(d->m, d->devfn, fuzz_next(252), 1, fuzz_next(256));
    calls_make(d->m);
}

// Whatever the rings say: an end, and a device that works again after a reset. FUZZ_ROUNDS says how
// many disks, FUZZ_SEED the first.
static void test_fuzz(bool threaded)
{
    const char *rounds = getenv("FUZZ_ROUNDS"), *first = getenv("FUZZ_SEED");
    unsigned disks = rounds ? (unsigned)atoi(rounds) : 60, seed = first ? (unsigned)atoi(first) : 1;
    for (unsigned end = seed + disks; seed < end; seed++) {
        fuzz_state = seed;
        struct machine *m = disk_machine(false, threaded);
        alarm(100); // a hang ends the test
        for (unsigned i = 0; i < 20; i++) {
            struct driver d = driver_bring_up(m, SLOT, fuzz_next(2),
                                              fuzz_next(2) ? VIRTIO_F_INDIRECT_DESC | F_FLUSH
                                                           : VIRTIO_F_EVENT_IDX | F_ZEROES);
            d.size = 64;
            for (unsigned n = fuzz_next(20); n; n--)
                fuzz_round(&d);
            config_write(m, d.devfn, PCI_COMMAND, 2, 0);
        }
        struct driver d = driver_bring_up(m, SLOT, true, F_FLUSH);
        CHECK(request(&d, IN, 100, DATA, 4096) == OK &&
                  same_memory(&d, DATA, disk.bytes + 100 * 512, 4096),
              "seed %u: the disk is of no use any more", seed);
        machine_destroy(m);
    }
    alarm(0);
    case_end(threaded ? "virtio_blk.fuzz_threaded" : "virtio_blk.fuzz_icount");
}

static struct machine_post again;
static unsigned posts_made;

static void post_again(void *opaque)
{
    if (posts_made++ < 3)
        machine_post(opaque, &again);
}

// Posts come once, also those that are posted meanwhile, and leave nothing that keeps a halted
// machine awake.
static void test_posts(void)
{
    struct machine *m = disk_machine(false, true);
    struct pollfd readable = {.fd = calls_fd(m->calls), .events = POLLIN};
    again = (struct machine_post){.fn = post_again, .opaque = m};
    machine_post(m, &again), machine_post(m, &again);
    CHECK(calls_pend(m->calls) && poll(&readable, 1, 0) == 1, "nobody would wake");
    calls_make(m);
    CHECK(posts_made == 4 && !calls_pend(m->calls), "made %u times", posts_made);
    CHECK(poll(&readable, 1, 0) == 0, "a machine that halts would not sleep");
    machine_post(m, &again), machine_cancel_post(m, &again);
    calls_make(m);
    CHECK(posts_made == 4, "made although cancelled");
    machine_destroy(m);
    case_end("virtio_blk.posts");
}

int main(void)
{
    freopen("/dev/null", "w", stderr); // the drivers of this test are wrong on purpose
    test_config();
    for (unsigned i = 0; i < 4; i++)
        test_requests(i & 1, i & 2);
    test_layout();
    test_cache();
    for (unsigned i = 0; i < 2; i++) {
        test_errors(i);
        test_many(i);
        test_hostile(i);
    }
    test_fuzz(false);
    test_fuzz(true);
    test_eight();
    test_posts();
    return verdict_failures != 0;
}
