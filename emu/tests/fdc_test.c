// The floppy controller and the DMA controller driven through their ports.
#include "emu/tests/memory_disk.h"
#include "emu/tests/verdict.h"

enum { BASE = 0x3F0, DOR = 0x3F2, MSR = 0x3F4, FIFO = 0x3F5, DIR = 0x3F7, MEMORY = 0x23000 };
enum { READ = 0xe6, WRITE = 0xc5, FORMAT = 0x4d };

static struct memory_disk disk;
static uint8_t result[16];

static void command(struct machine *m, const uint8_t *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        CHECK((inb(m, MSR) & 0xc0) == 0x80, "byte %u of command %02x is not wanted: MSR %02x", i,
              bytes[0], inb(m, MSR));
        outb(m, FIFO, bytes[i]);
    }
}
#define COMMAND(m, ...)                                                                            \
    command(m, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

// All result bytes; how many there were.
static unsigned take_result(struct machine *m)
{
    unsigned n = 0;
    while ((inb(m, MSR) & 0xd0) == 0xd0 && n < sizeof result)
        result[n++] = inb(m, FIFO);
    return n;
}

static void set_dma(struct machine *m, uint8_t mode, uint32_t at, unsigned bytes)
{
    outb(m, 0x0a, 6);
    outb(m, 0x0c, 0);
    outb(m, 0x0b, mode | 2);
    outb(m, 0x04, (uint8_t)at), outb(m, 0x04, (uint8_t)(at >> 8));
    outb(m, 0x05, (uint8_t)(bytes - 1)), outb(m, 0x05, (uint8_t)((bytes - 1) >> 8));
    outb(m, 0x81, (uint8_t)(at >> 16));
    outb(m, 0x0a, 2);
}

static void start(struct machine *m)
{
    outb(m, 0xd6, 0xc0), outb(m, 0xd4, 0); // channel 4 joins the two controllers
    outb(m, DOR, 0x1c);
    CHECK(took_irq(m, 6), "no interrupt after reset");
    for (unsigned i = 0; i < 4; i++) {
        COMMAND(m, 0x08);
        CHECK(take_result(m) == 2 && result[0] == (0xc0 | i), "drive %u after reset: %02x", i,
              result[0]);
    }
    COMMAND(m, 0x08);
    CHECK(take_result(m) == 1 && result[0] == 0x80, "a fifth one: %02x", result[0]);
    COMMAND(m, 0x03, 0xdf, 0x02);
    outb(m, DIR, 0);
    COMMAND(m, 0x07, 0);
    CHECK(took_irq(m, 6), "no interrupt after RECALIBRATE");
    COMMAND(m, 0x08);
    CHECK(take_result(m) == 2 && result[0] == 0x20 && result[1] == 0, "RECALIBRATE: %02x",
          result[0]);
}

static struct machine *one_floppy(unsigned kb, bool read_only)
{
    struct drive_config drives[MACHINE_DRIVES] = {
        [MACHINE_FLOPPY] = {.kind = DRIVE_FLOPPY,
                            .block = memory_disk_open(&disk, kb * 1024ull, read_only)}};
    struct machine *m = drive_machine(drives);
    start(m);
    return m;
}

static void seek(struct machine *m, uint8_t track)
{
    COMMAND(m, 0x0f, 0, track);
    CHECK(took_irq(m, 6), "no interrupt after SEEK");
    COMMAND(m, 0x08);
    CHECK(take_result(m) == 2 && result[0] == 0x20 && result[1] == track, "SEEK %u: %02x %u", track,
          result[0], result[1]);
}

// Bytes of memory at MEMORY against sector `lba` on.
static bool is_in_memory(struct machine *m, unsigned lba, unsigned bytes)
{
    static uint8_t got[65536];
    return machine_dma_read(m, MEMORY, got, bytes) &&
           memcmp(got, disk.bytes + lba * 512, bytes) == 0;
}

static bool has_result(unsigned st0, unsigned st1, unsigned st2, unsigned c, unsigned h, unsigned r)
{
    return result[0] == st0 && result[1] == st1 && result[2] == st2 && result[3] == c &&
           result[4] == h && result[5] == r && result[6] == 2;
}
#define CHECK_RESULT(...)                                                                          \
    CHECK(has_result(__VA_ARGS__), "%s: %02x %02x %02x C%u H%u R%u", #__VA_ARGS__, result[0],      \
          result[1], result[2], result[3], result[4], result[5])

static void test_read(void)
{
    struct machine *m = one_floppy(1440, false);
    seek(m, 10);
    set_dma(m, 0x44, MEMORY, 512 * 3);
    COMMAND(m, READ, 0x04, 10, 1, 4, 2, 18, 0x1b, 0xff);
    CHECK(took_irq(m, 6), "no interrupt");
    CHECK(take_result(m) == 7, "not seven result bytes");
    CHECK_RESULT(4, 0, 0, 10, 1, 7);
    CHECK(is_in_memory(m, (10 * 2 + 1) * 18 + 3, 512 * 3), "differs");
    CHECK((inb(m, 0x08) & 4) && !(inb(m, 0x08) & 4), "terminal count in the DMA status");
    // Multi-track: from head 0, sector 17 to head 1, sector 2.
    set_dma(m, 0x44, MEMORY, 512 * 4);
    COMMAND(m, READ, 0x00, 10, 0, 17, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(4, 0, 0, 10, 1, 3);
    CHECK(is_in_memory(m, 10 * 36 + 16, 512 * 4), "multi-track differs");
    // The whole cylinder: the registers go on to the next.
    set_dma(m, 0x44, MEMORY, 512 * 36);
    COMMAND(m, READ, 0x00, 10, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0, 0, 0, 11, 0, 1);
    CHECK(is_in_memory(m, 10 * 36, 512 * 36), "the cylinder differs");
    // Without terminal count it ends with the cylinder.
    set_dma(m, 0x44, MEMORY, 512 * 40);
    COMMAND(m, 0x66, 0x00, 10, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 0x80, 0, 11, 0, 1);
    // Half a sector.
    set_dma(m, 0x44, MEMORY, 700);
    COMMAND(m, 0x66, 0x00, 10, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0, 0, 0, 10, 0, 3);
    CHECK(is_in_memory(m, 10 * 36, 700), "700 bytes differ");
    // A masked channel is waited for.
    set_dma(m, 0x44, MEMORY, 512);
    outb(m, 0x0a, 6);
    COMMAND(m, READ, 0x00, 10, 0, 9, 2, 18, 0x1b, 0xff);
    CHECK(inb(m, MSR) == 0x10 && (inb(m, 0x08) & 0x40), "MSR %02x, no request", inb(m, MSR));
    outb(m, 0x0a, 2);
    CHECK(took_irq(m, 6) && take_result(m) == 7, "it does not go on");
    CHECK_RESULT(0, 0, 0, 10, 0, 10);
    COMMAND(m, 0x4a, 0x04);
    CHECK(take_result(m) == 7 && result[0] == 4 && result[3] == 10 && result[4] == 1, "READ ID");
    machine_destroy(m);
    case_end("fdc.read");
}

static void test_write_format(void)
{
    uint8_t bytes[1024], ids[18 * 4];
    struct machine *m = one_floppy(1440, false);
    seek(m, 3);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 5 + 1);
    machine_dma_write(m, MEMORY, bytes, sizeof bytes);
    set_dma(m, 0x48, MEMORY, 1024);
    COMMAND(m, WRITE, 0x00, 3, 0, 18, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(4, 0, 0, 3, 1, 2);
    CHECK(memcmp(disk.bytes + (3 * 36 + 17) * 512, bytes, 1024) == 0, "differs");
    CHECK(disk.flushes == 1, "the result came before the write was durable");
    // A part of a sector is completed with zeros.
    set_dma(m, 0x48, MEMORY, 100);
    COMMAND(m, WRITE, 0x00, 3, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK(memcmp(disk.bytes + 3 * 36 * 512, bytes, 100) == 0 && disk.bytes[3 * 36 * 512 + 100] == 0,
          "100 bytes");
    for (unsigned i = 0; i < 18; i++) {
        ids[4 * i] = 3, ids[4 * i + 1] = 1, ids[4 * i + 2] = (uint8_t)(i + 1), ids[4 * i + 3] = 2;
    }
    machine_dma_write(m, MEMORY, ids, sizeof ids);
    set_dma(m, 0x48, MEMORY, sizeof ids);
    COMMAND(m, FORMAT, 0x04, 2, 18, 0x54, 0xf6);
    CHECK(take_result(m) == 7 && result[0] == 4 && result[1] == 0, "FORMAT: %02x %02x", result[0],
          result[1]);
    const uint8_t *track = disk.bytes + (3 * 36 + 18) * 512;
    CHECK(track[0] == 0xf6 && memcmp(track, track + 1, 18 * 512 - 1) == 0, "not formatted");
    CHECK(track[18 * 512] != 0xf6 || track[18 * 512 + 1] != 0xf6, "formatted too much");
    ids[2] = 19; // a sector that the format has not
    machine_dma_write(m, MEMORY, ids, sizeof ids);
    set_dma(m, 0x48, MEMORY, sizeof ids);
    COMMAND(m, FORMAT, 0x04, 2, 18, 0x54, 0xf6);
    take_result(m);
    CHECK(result[0] == 0x44 && result[1] == 4, "sector 19 of 18: %02x %02x", result[0], result[1]);
    machine_destroy(m);
    m = one_floppy(1440, true);
    set_dma(m, 0x48, MEMORY, 512);
    COMMAND(m, WRITE, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 2, 0, 0, 0, 1);
    COMMAND(m, FORMAT, 0x00, 2, 18, 0x54, 0xf6);
    CHECK(take_result(m) == 7 && result[1] == 2, "a protected disk is formatted");
    COMMAND(m, 0x04, 0);
    CHECK(take_result(m) == 1 && (result[0] & 0x50) == 0x50, "ST3 %02x", result[0]);
    CHECK(disk.writes == 0, "a protected disk was written");
    machine_destroy(m);
    case_end("fdc.write_format");
}

static void test_errors(void)
{
    struct machine *m = one_floppy(1440, false);
    set_dma(m, 0x44, MEMORY, 512);
    COMMAND(m, READ, 0x00, 5, 0, 1, 2, 18, 0x1b, 0xff); // the heads are on 0
    take_result(m);
    CHECK_RESULT(0x40, 4, 0x10, 5, 0, 1);
    COMMAND(m, READ, 0x00, 0, 0, 19, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 4, 0, 0, 0, 19);
    COMMAND(m, READ, 0x04, 0, 0, 1, 2, 18, 0x1b, 0xff); // head 1, but H0 wanted
    take_result(m);
    CHECK_RESULT(0x44, 4, 0, 0, 0, 1);
    COMMAND(m, READ, 0x00, 0, 0, 1, 3, 18, 0x1b, 0xff); // 1024-byte sectors
    CHECK(take_result(m) == 7 && result[1] == 4, "sectors of 1,024 bytes");
    outb(m, DIR, 2); // 250 kbit/s
    COMMAND(m, READ, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 1, 0, 0, 0, 1);
    outb(m, DIR, 0);
    outb(m, DOR, 0x0c); // motor off
    COMMAND(m, READ, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    CHECK(take_result(m) == 7 && result[1] == 1, "read without a motor");
    outb(m, DOR, 0x1c);
    COMMAND(m, READ, 0x01, 0, 0, 1, 2, 18, 0x1b, 0xff); // no drive B
    CHECK(take_result(m) == 7 && result[0] == 0x41 && result[1] == 1, "drive B");
    COMMAND(m, 0x07, 1);
    COMMAND(m, 0x08);
    CHECK(take_result(m) == 2 && result[0] == 0x71, "RECALIBRATE of drive B: %02x", result[0]);
    disk.bad_at = 512 * 4, disk.read_error = EIO, disk.write_error = ENOSPC;
    set_dma(m, 0x44, MEMORY, 512 * 8);
    COMMAND(m, READ, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 0x20, 0x20, 0, 0, 5);
    set_dma(m, 0x48, MEMORY, 512 * 8);
    COMMAND(m, WRITE, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0x40, 0x20, 0x20, 0, 0, 5);
    disk.flush_error = EIO;
    set_dma(m, 0x48, MEMORY, 512);
    COMMAND(m, WRITE, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
    CHECK(take_result(m) == 7 && result[0] == 0x40 && result[1] == 0x20, "a lost write: %02x %02x",
          result[0], result[1]);
    disk.flush_error = 0;
    COMMAND(m, 0x1f);
    CHECK(take_result(m) == 1 && result[0] == 0x80, "an invalid command");
    COMMAND(m, 0x10);
    CHECK(take_result(m) == 1 && result[0] == 0x90, "VERSION");
    COMMAND(m, 0x94);
    CHECK(take_result(m) == 1 && result[0] == 0x10, "LOCK");
    COMMAND(m, 0x13, 0, 0x4b, 0); // implied seek, FIFO
    outb(m, DOR, 0), outb(m, DOR, 0x1c);
    COMMAND(m, 0x0e);
    CHECK(take_result(m) == 10 && result[7] == 0x80 && result[8] == 0x4b,
          "LOCK does not keep the configuration: %02x", result[8]);
    disk.read_error = 0;
    set_dma(m, 0x44, MEMORY, 512);
    COMMAND(m, READ, 0x00, 70, 0, 1, 2, 18, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0, 0, 0, 70, 0, 2);
    CHECK(is_in_memory(m, 70 * 36, 512), "the implied seek went elsewhere");
    machine_destroy(m);
    case_end("fdc.errors");
}

// Without DMA: byte by byte through the FIFO.
static void test_fifo(void)
{
    struct machine *m = one_floppy(1440, false);
    uint8_t got[1024];
    COMMAND(m, 0x03, 0xdf, 0x03);
    COMMAND(m, 0x46, 0x00, 0, 0, 5, 2, 6, 0x1b, 0xff);
    CHECK(took_irq(m, 6), "no interrupt for the data");
    for (unsigned i = 0; i < sizeof got; i++) {
        CHECK(inb(m, MSR) == 0xf0, "byte %u: MSR %02x", i, inb(m, MSR));
        got[i] = inb(m, FIFO);
    }
    CHECK(took_irq(m, 6) && take_result(m) == 7, "no result");
    CHECK_RESULT(0x40, 0x80, 0, 1, 0, 1);
    CHECK(memcmp(got, disk.bytes + 4 * 512, sizeof got) == 0, "reading differs");
    COMMAND(m, 0x45, 0x00, 0, 0, 9, 2, 10, 0x1b, 0xff);
    for (unsigned i = 0; i < sizeof got; i++) {
        CHECK(inb(m, MSR) == 0xb0, "byte %u to write: MSR %02x", i, inb(m, MSR));
        outb(m, FIFO, got[i]);
    }
    CHECK(take_result(m) == 7, "no result of writing");
    CHECK(memcmp(got, disk.bytes + 8 * 512, sizeof got) == 0, "writing differs");
    machine_destroy(m);
    case_end("fdc.fifo");
}

static void test_formats(void)
{
    static const struct {
        unsigned kb, heads, sectors, rate, type, last;
    } formats[] = {{160, 1, 8, 2, 1, 39},   {180, 1, 9, 2, 1, 39},   {320, 2, 8, 2, 1, 39},
                   {360, 2, 9, 2, 1, 39},   {720, 2, 9, 2, 3, 79},   {1200, 2, 15, 0, 2, 79},
                   {1440, 2, 18, 0, 4, 79}, {1680, 2, 21, 0, 4, 79}, {1722, 2, 21, 0, 4, 81},
                   {2880, 2, 36, 3, 5, 79}};
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        unsigned heads = formats[i].heads, last = formats[i].last, head = heads - 1;
        struct machine *m = one_floppy(formats[i].kb, false);
        outb(m, 0x70, 0x10);
        CHECK(inb(m, 0x71) == formats[i].type << 4, "%u KB: drive type %02x in CMOS", formats[i].kb,
              inb(m, 0x71));
        outb(m, DIR, (uint8_t)formats[i].rate);
        seek(m, (uint8_t)last);
        set_dma(m, 0x44, MEMORY, 512);
        COMMAND(m, 0x46, (uint8_t)(head << 2), (uint8_t)last, (uint8_t)head,
                (uint8_t)formats[i].sectors, 2, (uint8_t)formats[i].sectors, 0x1b, 0xff);
        take_result(m);
        CHECK(result[0] == head << 2, "%u KB: the last sector: %02x %02x", formats[i].kb, result[0],
              result[1]);
        CHECK(is_in_memory(m, (unsigned)(disk.size / 512 - 1), 512),
              "%u KB: the last sector differs", formats[i].kb);
        machine_destroy(m);
    }
    case_end("fdc.formats");
}

static void test_change(void)
{
    char first[] = "/tmp/tickmark-floppy-XXXXXX", second[] = "/tmp/tickmark-floppy-XXXXXX",
         why[256];
    int fd = mkstemp(first), fd2 = mkstemp(second);
    CHECK(ftruncate(fd, 1440 * 1024) == 0 && ftruncate(fd2, 360 * 1024) == 0 &&
              pwrite(fd2, "second", 6, 0) == 6,
          "no images");
    struct drive_config drives[MACHINE_DRIVES] = {
        [MACHINE_FLOPPY] = {.kind = DRIVE_FLOPPY, .image = first}};
    struct machine *m = drive_machine(drives);
    start(m);
    CHECK(inb(m, DIR) == 0x80, "no disk change at first");
    seek(m, 1);
    CHECK(inb(m, DIR) == 0, "a step does not reset it");
    seek(m, 0);
    CHECK(machine_change_drive(m, "floppy0", NULL, false, why, sizeof why) == 0, "%s", why);
    seek(m, 1);
    CHECK(inb(m, DIR) == 0x80, "a step resets it without a disk");
    COMMAND(m, 0x4a, 0);
    CHECK(take_result(m) == 7 && result[1] == 1, "READ ID without a disk");
    CHECK(machine_change_drive(m, "floppy0", "/nonexistent", false, why, sizeof why) != 0 &&
              strstr(why, "No such file"),
          "%s", why);
    CHECK(machine_change_drive(m, "floppy1", second, false, why, sizeof why) != 0, "drive B");
    CHECK(machine_change_drive(m, "floppy0", second, false, why, sizeof why) == 0, "%s", why);
    // 40 tracks in a drive of 80: two steps a cylinder, 250 kbit/s.
    outb(m, DIR, 2);
    seek(m, 0);
    set_dma(m, 0x44, MEMORY, 512);
    COMMAND(m, 0x46, 0, 0, 0, 1, 2, 9, 0x1b, 0xff);
    uint8_t got[6] = {0};
    machine_dma_read(m, MEMORY, got, 6);
    CHECK(take_result(m) == 7 && result[0] == 0 && memcmp(got, "second", 6) == 0, "the other disk");
    seek(m, 4);
    COMMAND(m, 0x4a, 0);
    CHECK(take_result(m) == 7 && result[3] == 2, "track 4 is cylinder %u", result[3]);
    machine_destroy(m);
    close(fd), close(fd2), unlink(first), unlink(second);
    case_end("fdc.change");
}

static void test_dma(void)
{
    struct drive_config none[MACHINE_DRIVES] = {{.kind = DRIVE_NONE}};
    struct machine *m = drive_machine(none);
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[8] = {0};
    bool ended;
    outb(m, 0xd6, 0xc0), outb(m, 0xd4, 0);
    // Down from 1FFFFh, four bytes, again and again.
    outb(m, 0x0c, 0), outb(m, 0x0b, 0x44 | 0x30 | 3);
    outb(m, 0x06, 0xff), outb(m, 0x06, 0xff), outb(m, 0x07, 3), outb(m, 0x07, 0), outb(m, 0x82, 1);
    outb(m, 0x0a, 3);
    CHECK(dma_move(m->dma, 3, bytes, 3, true, &ended) == 3 && !ended, "three bytes");
    CHECK(inb(m, 0x07) == 0 && inb(m, 0x07) == 0, "the count does not go down");
    CHECK(dma_move(m->dma, 3, bytes + 3, 5, true, &ended) == 1 && ended, "terminal count");
    machine_dma_read(m, 0x1fffc, got, 4);
    CHECK(got[3] == 1 && got[2] == 2 && got[1] == 3 && got[0] == 4, "downwards");
    CHECK(inb(m, 0x07) == 3 && inb(m, 0x07) == 0, "it does not start over");
    // The address stays in its 64 KB.
    outb(m, 0x0c, 0), outb(m, 0x0b, 0x44 | 1);
    outb(m, 0x02, 0xff), outb(m, 0x02, 0xff), outb(m, 0x03, 1), outb(m, 0x03, 0), outb(m, 0x83, 1);
    outb(m, 0x0a, 1);
    CHECK(dma_move(m->dma, 1, bytes + 6, 8, true, &ended) == 2 && ended, "two bytes");
    machine_dma_read(m, 0x10000, got, 1);
    CHECK(got[0] == 8, "the address leaves its page");
    CHECK(dma_move(m->dma, 1, bytes, 1, true, &ended) == 0, "it goes on after terminal count");
    // Words on channel 5.
    machine_dma_write(m, 0x30002, bytes, 8);
    outb(m, 0xd8, 0), outb(m, 0xd6, 0x48 | 1);
    outb(m, 0xc4, 1), outb(m, 0xc4, 0x80), outb(m, 0xc6, 3), outb(m, 0xc6, 0), outb(m, 0x8b, 2);
    outb(m, 0xd4, 1);
    CHECK(dma_move(m->dma, 5, got, 8, false, &ended) == 8 && ended, "four words");
    CHECK(memcmp(got, bytes, 8) == 0, "the words differ");
    CHECK(inb(m, 0xd0) == 2, "status of the second controller");
    CHECK(inb(m, 0x8b) == 2 && inb(m, 0x83) == 1, "page registers");
    // Programmed the other way round, nothing moves.
    outb(m, 0xd4, 1);
    CHECK(dma_move(m->dma, 5, got, 8, true, &ended) == 0, "the wrong way");
    machine_destroy(m);
    case_end("dma.channels");
}

static void test_random(void)
{
    static const uint16_t ports[] = {DOR,  MSR,  FIFO, FIFO, FIFO, FIFO, FIFO, FIFO,
                                     DIR,  0x04, 0x05, 0x08, 0x0a, 0x0b, 0x0c, 0x0d,
                                     0x0f, 0x81, 0xd0, 0xd4, 0xd6, 0xda, 0x8f};
    static const uint8_t opcodes[] = {0x42, 0x03, 0x04, 0xc5, 0xe6, 0x07, 0x08, 0x4a, 0x4d,
                                      0x0e, 0x0f, 0x12, 0x13, 0x14, 0x94, 0x56, 0x8f, 0xcf};
    struct machine *m = one_floppy(360, false);
    uint64_t x = 88172645463325252u;
    for (unsigned i = 0; i < 2000000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint16_t port = ports[(x >> 8) % (sizeof ports / sizeof *ports)];
        uint8_t value = (uint8_t)(x >> 20);
        if (port == FIFO && (x >> 30 & 3))
            value = x >> 33 & 3 ? opcodes[value % sizeof opcodes] : value & 3;
        if (port == DOR && (x >> 33 & 7))
            value = 0x1c;
        if (x >> 45 & 3)
            outb(m, port, value);
        else
            inb(m, port);
        if (m->cpu->intr && (x >> 48 & 1))
            took_irq(m, 6);
    }
    // After a reset it is as good as new.
    outb(m, DOR, 0), outb(m, 0x0d, 0), outb(m, 0xda, 0), outb(m, DOR, 0x1c);
    COMMAND(m, 0x14);
    CHECK(take_result(m) == 1 && result[0] == 0, "UNLOCK");
    outb(m, DOR, 0);
    CHECK(!m->cpu->intr, "an interrupt in reset");
    start(m);
    outb(m, DIR, 2);
    set_dma(m, 0x44, MEMORY, 512 * 2);
    COMMAND(m, READ, 0x00, 0, 0, 3, 2, 9, 0x1b, 0xff);
    take_result(m);
    CHECK_RESULT(0, 0, 0, 0, 0, 5);
    CHECK(is_in_memory(m, 2, 512 * 2), "it reads something else");
    machine_destroy(m);
    case_end("fdc.random");
}

int main(void)
{
    test_read();
    test_write_format();
    test_errors();
    test_fifo();
    test_formats();
    test_change();
    test_dma();
    test_random();
    return verdict_failures != 0;
}
