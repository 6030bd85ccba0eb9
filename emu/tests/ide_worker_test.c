// IDE disks whose image is slow: what the guest sees while an access is under way beside its
// processor, and what a reset, a stopped bus master or an error does to it.
#include <poll.h>
#include <pthread.h>

#include "emu/tests/memory_disk.h"
#include "emu/tests/verdict.h"

enum { BASE = 0x1F0, CONTROL = 0x3F6, BM = 0xC000, SECTORS = 4096, PRD = 0x8000, DATA = 0x100000 };
enum { ERR = 0x01, DRQ = 0x08, DF = 0x20, BSY = 0x80, IDLE = 0x50 };

// A disk in memory, whose accesses wait while the gate is shut.
static struct memory_disk disk;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int gated_read(void *self, uint64_t offset, void *to, size_t n)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return memory_disk_read(self, offset, to, n);
}

static int gated_write(void *self, uint64_t offset, const void *from, size_t n)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return memory_disk_write(self, offset, from, n);
}

static int gated_flush(void *self)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return memory_disk_flush(self);
}

static void shut(void)
{
    pthread_mutex_lock(&gate);
}

static void open_gate(void)
{
    pthread_mutex_unlock(&gate);
}

static uint8_t status(struct machine *m)
{
    return inb(m, CONTROL);
}

static void command(struct machine *m, uint8_t opcode, uint32_t lba, unsigned count)
{
    outb(m, BASE + 2, (uint8_t)(count >> 8)), outb(m, BASE + 2, (uint8_t)count);
    outb(m, BASE + 3, 0), outb(m, BASE + 3, (uint8_t)lba);
    outb(m, BASE + 4, 0), outb(m, BASE + 4, (uint8_t)(lba >> 8));
    outb(m, BASE + 5, 0), outb(m, BASE + 5, (uint8_t)(lba >> 16));
    outb(m, BASE + 6, 0xe0);
    outb(m, BASE + 7, opcode);
}

static void start_bus_master(struct machine *m, bool to_memory)
{
    machine_port_write(m, BM + 4, 4, PRD);
    outb(m, BM + 2, 6);
    outb(m, BM, to_memory ? 8 : 0);
    outb(m, BM, to_memory ? 9 : 1);
}

static struct machine *slow_disk(bool icount)
{
    static const struct block_ops ops = {
        .read = gated_read, .write = gated_write, .flush = gated_flush, .close = memory_disk_close};
    char why[256];
    struct block *b = memory_disk_open(&disk, SECTORS * 512, false);
    b->ops = &ops;
    struct machine_config config = {.ram_bytes = 4 << 20,
                                    .engine = &bench_engine,
                                    .icount = icount,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .drives = {{.kind = DRIVE_DISK, .block = b}}};
    struct machine *m = machine_create(&config, why, sizeof why);
    if (!m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    m->cpu->eflags = FLAG_ONE;
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1), outb(m, 0x21, 0);
    outb(m, 0xA0, 0x11), outb(m, 0xA1, 0x28), outb(m, 0xA1, 2), outb(m, 0xA1, 1), outb(m, 0xA1, 0);
    machine_port_write(m, 0xCF8, 4, 0x80000920), machine_port_write(m, 0xCFC, 4, BM);
    machine_port_write(m, 0xCF8, 4, 0x80000904), machine_port_write(m, 0xCFC, 2, 5);
    // 1 MB at DATA, in 16 pieces
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t piece[2] = {DATA + (i << 16), i == 15 ? 0x80000000u : 0};
        machine_dma_write(m, PRD + 8 * i, piece, sizeof piece);
    }
    return m;
}

// Until nothing is under way, 60 s at most.
static bool wait_idle(struct machine *m)
{
    for (unsigned i = 0; i < 600 && m->expected; i++) {
        calls_wait(m->calls);
        calls_make(m);
    }
    return m->expected == 0;
}

static bool same_memory(struct machine *m, const uint8_t *bytes, size_t n)
{
    static uint8_t got[1 << 20];
    return machine_dma_read(m, DATA, got, n) && memcmp(got, bytes, n) == 0;
}

static void test_busy(void)
{
    struct machine *m = slow_disk(false);
    shut();
    command(m, 0x25, 100, 1000); // READ DMA EXT, in eight blocks
    CHECK(status(m) == (IDLE | DRQ), "does not wait for the bus master: %02x", status(m));
    start_bus_master(m, true);
    CHECK(status(m) == BSY && !m->cpu->intr && m->expected == 1, "not busy: %02x", status(m));
    // While it is busy nothing is heard: another drive, another command, the bus master again.
    outb(m, BASE + 6, 0xf0), outb(m, BASE + 7, 0xec);
    outb(m, BM, 0), outb(m, BM, 9);
    CHECK(status(m) == BSY && m->expected == 1, "something else has begun: %02x", status(m));
    open_gate();
    CHECK(wait_idle(m) && took_irq(m, 14), "no end: %02x", status(m));
    CHECK(status(m) == IDLE && (inb(m, BM + 2) & 7) == 5, "status %02x, bus master %02x", status(m),
          inb(m, BM + 2));
    CHECK(same_memory(m, disk.bytes + 100 * 512, 1000 * 512), "the data differ");
    CHECK(disk.reads == 8, "%u reads", disk.reads);
    outb(m, BM, 0);
    shut();
    start_bus_master(m, false);
    command(m, 0x3d, 2000, 1000); // WRITE DMA FUA EXT
    CHECK(status(m) == BSY && disk.writes == 0, "not busy: %02x", status(m));
    open_gate();
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == IDLE, "no end: %02x", status(m));
    CHECK(memcmp(disk.bytes + 2000 * 512, disk.bytes + 100 * 512, 1000 * 512) == 0 &&
              disk.flushes == 1,
          "what was written differs, or %u flushes", disk.flushes);
    shut();
    command(m, 0xe7, 0, 0);
    CHECK(status(m) == BSY && disk.flushes == 1, "FLUSH CACHE is not busy: %02x", status(m));
    open_gate();
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == IDLE && disk.flushes == 2,
          "FLUSH CACHE: %02x", status(m));
    machine_destroy(m);
    case_end("ide_worker.busy");
}

static void test_errors(void)
{
    struct machine *m = slow_disk(false);
    disk.bad_at = 300 * 512, disk.read_error = EIO, disk.write_error = ENOSPC;
    command(m, 0x25, 100, 1000), start_bus_master(m, true);
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == (IDLE | ERR) && inb(m, BASE + 1) == 0x40,
          "EIO: %02x", status(m));
    CHECK(inb(m, BASE + 3) == 228, "the address of the block: %u", inb(m, BASE + 3));
    command(m, 0x35, 100, 1000), start_bus_master(m, false);
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == (IDLE | ERR | DF), "ENOSPC: %02x",
          status(m));
    disk.flush_error = EIO;
    command(m, 0xea, 0, 0);
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == (IDLE | ERR | DF),
          "a flush that fails: %02x", status(m));
    command(m, 0x3d, 10, 8), start_bus_master(m, false);
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == (IDLE | ERR | DF),
          "a FUA write whose flush fails: %02x", status(m));
    machine_destroy(m);
    case_end("ide_worker.errors");
}

// The bus master is stopped while the image is read: nothing is moved until it goes on.
static void test_stop(void)
{
    struct machine *m = slow_disk(false);
    const uint8_t zeros[512] = {0};
    shut();
    command(m, 0x25, 100, 200), start_bus_master(m, true);
    outb(m, BM, 8);
    open_gate();
    CHECK(wait_idle(m) && !m->cpu->intr && status(m) == (IDLE | DRQ), "it does not wait: %02x",
          status(m));
    CHECK(same_memory(m, zeros, 512), "memory was written by a bus master that had been stopped");
    start_bus_master(m, true);
    CHECK(wait_idle(m) && took_irq(m, 14) && status(m) == IDLE &&
              same_memory(m, disk.bytes + 100 * 512, 200 * 512),
          "it does not go on: %02x", status(m));
    machine_destroy(m);
    case_end("ide_worker.stop");
}

// A reset between the end of an access and the moment the machine hears of it; and the machine
// ends.
static void test_reset(void)
{
    struct machine *m = slow_disk(false);
    const uint8_t zeros[512] = {0};
    command(m, 0x25, 100, 200), start_bus_master(m, true);
    outb(m, CONTROL, 4), outb(m, CONTROL, 0);
    CHECK(m->expected == 0 && status(m) == IDLE, "SRST leaves it: %02x", status(m));
    calls_make(m);
    CHECK(!m->cpu->intr && status(m) == IDLE && same_memory(m, zeros, 512),
          "it goes on after SRST");
    outb(m, BM, 0);
    command(m, 0x25, 100, 200), start_bus_master(m, true);
    CHECK(wait_idle(m) && took_irq(m, 14) && same_memory(m, disk.bytes + 100 * 512, 200 * 512),
          "after SRST: %02x", status(m));
    command(m, 0xe7, 0, 0);
    machine_destroy(m);
    CHECK(disk.closes == 1, "not closed");
    // Under icount a command is over when its port write returns.
    m = slow_disk(true);
    command(m, 0x25, 0, 2048), start_bus_master(m, true);
    CHECK(took_irq(m, 14) && status(m) == IDLE && m->expected == 0 && !calls_pend(m->calls) &&
              same_memory(m, disk.bytes, 1 << 20),
          "under icount: %02x", status(m));
    machine_destroy(m);
    case_end("ide_worker.reset");
}

int main(void)
{
    test_busy();
    test_errors();
    test_stop();
    test_reset();
    return verdict_failures != 0;
}
