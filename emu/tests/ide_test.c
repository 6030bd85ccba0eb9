// ATA disks driven through their ports: what they are, every way to move sectors, and every way
// that goes wrong.
#include "emu/tests/memory_disk.h"
#include "emu/tests/verdict.h"

enum { BASE = 0x1F0, CONTROL = 0x3F6, BM = 0xC000, SECTORS = 4096, PRD = 0x8000 };
enum { ERR = 0x01, DRQ = 0x08, DF = 0x20, DRDY = 0x40, BSY = 0x80 };

static struct memory_disk disk;

static struct machine *one_disk(uint64_t sectors, bool read_only)
{
    struct drive_config drives[MACHINE_DRIVES] = {
        {.kind = DRIVE_DISK, .block = memory_disk_open(&disk, sectors * 512, read_only)}};
    return drive_machine(drives);
}

static uint8_t status(struct machine *m)
{
    return inb(m, BASE + 7);
}

static void command(struct machine *m, uint8_t opcode, uint32_t lba, uint8_t count)
{
    outb(m, BASE + 2, count);
    outb(m, BASE + 3, (uint8_t)lba);
    outb(m, BASE + 4, (uint8_t)(lba >> 8));
    outb(m, BASE + 5, (uint8_t)(lba >> 16));
    outb(m, BASE + 6, (uint8_t)(0xe0 | (lba >> 24 & 15)));
    outb(m, BASE + 7, opcode);
}

static void command_48(struct machine *m, uint8_t opcode, uint64_t lba, uint16_t count)
{
    outb(m, BASE + 2, (uint8_t)(count >> 8)), outb(m, BASE + 2, (uint8_t)count);
    outb(m, BASE + 3, (uint8_t)(lba >> 24)), outb(m, BASE + 3, (uint8_t)lba);
    outb(m, BASE + 4, (uint8_t)(lba >> 32)), outb(m, BASE + 4, (uint8_t)(lba >> 8));
    outb(m, BASE + 5, (uint8_t)(lba >> 40)), outb(m, BASE + 5, (uint8_t)(lba >> 16));
    outb(m, BASE + 6, 0xe0);
    outb(m, BASE + 7, opcode);
}

static void read_data(struct machine *m, uint8_t *to, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2) {
        uint32_t word = machine_port_read(m, BASE, 2);
        to[i] = (uint8_t)word;
        to[i + 1] = (uint8_t)(word >> 8);
    }
}

static void write_data(struct machine *m, const uint8_t *from, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i += 2)
        machine_port_write(m, BASE, 2, from[i] | (uint32_t)from[i + 1] << 8);
}

static uint16_t word_of(const uint8_t *identify, unsigned n)
{
    return (uint16_t)(identify[2 * n] | identify[2 * n + 1] << 8);
}

static bool is_on_disk(uint64_t sector, const uint8_t *bytes, unsigned n)
{
    return memcmp(disk.bytes + sector * 512, bytes, n) == 0;
}

static void test_presence(void)
{
    struct machine *m = one_disk(SECTORS, false);
    CHECK(status(m) == 0x50, "status %02x after reset", status(m));
    CHECK(inb(m, BASE + 1) == 1 && inb(m, BASE + 2) == 1 && inb(m, BASE + 3) == 1 &&
              inb(m, BASE + 4) == 0 && inb(m, BASE + 5) == 0,
          "not a disk's signature");
    outb(m, BASE + 6, 0xb0);
    CHECK(status(m) == 0 && inb(m, CONTROL) == 0, "drive 1 is there: %02x", status(m));
    outb(m, BASE + 7, 0xec);
    CHECK(status(m) == 0 && !m->cpu->intr, "drive 1 took a command");
    CHECK(inb(m, 0x177) == 0x7f && inb(m, 0x376) == 0x7f, "the empty channel reads %02x",
          inb(m, 0x177));
    outb(m, BASE + 6, 0xa0);
    outb(m, BASE + 3, 0x55);
    outb(m, CONTROL, 4);
    CHECK(inb(m, CONTROL) == BSY, "not busy in reset");
    outb(m, CONTROL, 0);
    CHECK(inb(m, CONTROL) == 0x50 && inb(m, BASE + 3) == 1 && inb(m, BASE + 1) == 1,
          "no signature after SRST");
    outb(m, BASE + 7, 0x90);
    CHECK(took_irq(m, 14) && inb(m, BASE + 1) == 1, "EXECUTE DIAGNOSTIC");
    machine_destroy(m);
    CHECK(disk.closes == 1, "the image was closed %u times", disk.closes);
    case_end("ide.presence");
}

static void test_identify(void)
{
    uint8_t id[512], sum = 0;
    struct machine *m = one_disk(SECTORS, false);
    outb(m, BASE + 6, 0xa0);
    outb(m, BASE + 7, 0xec);
    CHECK(took_irq(m, 14), "no interrupt");
    CHECK(status(m) == 0x58, "status %02x", status(m));
    read_data(m, id, 512);
    CHECK(status(m) == 0x50, "status %02x after the data", status(m));
    CHECK(!m->cpu->intr, "an interrupt after the last word");
    CHECK(word_of(id, 0) == 0x0040 && word_of(id, 1) == 4 && word_of(id, 3) == 16 &&
              word_of(id, 6) == 63,
          "geometry %u/%u/%u", word_of(id, 1), word_of(id, 3), word_of(id, 6));
    CHECK(word_of(id, 60) == SECTORS && word_of(id, 100) == SECTORS, "%u sectors", word_of(id, 60));
    CHECK((word_of(id, 49) & 0x0300) == 0x0300, "no LBA or DMA");
    CHECK((word_of(id, 83) & 0xc400) == 0x4400, "no 48-bit addresses");
    CHECK(memcmp(id + 54, "iTkcamkrd si k", 14) == 0, "model");
    for (unsigned i = 0; i < 512; i++)
        sum = (uint8_t)(sum + id[i]);
    CHECK(id[510] == 0xa5 && sum == 0, "checksum");
    CHECK(word_of(id, 63) == 0x07, "a mode is selected: %04x", word_of(id, 63));
    outb(m, BASE + 1, 3), outb(m, BASE + 2, 0x22), outb(m, BASE + 7, 0xef);
    CHECK(status(m) == 0x50, "multiword DMA 2");
    outb(m, BASE + 7, 0xec);
    read_data(m, id, 512);
    CHECK(word_of(id, 63) == 0x407, "not selected: %04x", word_of(id, 63));
    outb(m, BASE + 1, 3), outb(m, BASE + 2, 0x47), outb(m, BASE + 7, 0xef);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 4, "Ultra DMA 7 is taken");
    outb(m, BASE + 7, 0xa1);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 4, "a disk takes IDENTIFY PACKET");
    machine_destroy(m);
    case_end("ide.identify");
}

static void test_pio_read(void)
{
    uint8_t got[4096];
    struct machine *m = one_disk(SECTORS, false);
    command(m, 0x20, 1000, 3);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(took_irq(m, 14) && status(m) == 0x58, "sector %u: no data", i);
        read_data(m, got, 512);
        CHECK(is_on_disk(1000 + i, got, 512), "sector %u differs", i);
    }
    CHECK(!m->cpu->intr && status(m) == 0x50, "status %02x at the end", status(m));
    // 32-bit accesses, and the interrupt that the host has masked.
    outb(m, CONTROL, 2);
    command(m, 0x20, 7, 1);
    CHECK(!m->cpu->intr, "nIEN masks nothing");
    for (unsigned i = 0; i < 512; i += 4) {
        uint32_t w = machine_port_read(m, BASE, 4);
        memcpy(got + i, &w, 4);
    }
    CHECK(is_on_disk(7, got, 512), "32-bit reads differ");
    outb(m, CONTROL, 0);
    // READ MULTIPLE: 16 sectors a block by default, then 4.
    command(m, 0xc4, 50, 8);
    CHECK(took_irq(m, 14), "READ MULTIPLE");
    read_data(m, got, 4096);
    CHECK(is_on_disk(50, got, 4096) && status(m) == 0x50, "READ MULTIPLE of one block");
    outb(m, BASE + 2, 4), outb(m, BASE + 7, 0xc6);
    CHECK(status(m) == 0x50, "SET MULTIPLE 4");
    command(m, 0xc4, 60, 6);
    status(m);
    read_data(m, got, 2048);
    CHECK(is_on_disk(60, got, 2048) && took_irq(m, 14), "no interrupt for the second block");
    read_data(m, got, 1024);
    CHECK(is_on_disk(64, got, 1024) && status(m) == 0x50, "the rest of READ MULTIPLE");
    outb(m, BASE + 2, 3), outb(m, BASE + 7, 0xc6);
    CHECK(status(m) == 0x51, "SET MULTIPLE 3 is taken");
    outb(m, BASE + 2, 0), outb(m, BASE + 7, 0xc6);
    command(m, 0xc4, 60, 6);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 4, "READ MULTIPLE when it is off");
    // 256 sectors: count 0.
    command(m, 0x20, 0, 0);
    for (unsigned i = 0; i < 256; i++) {
        CHECK(status(m) == 0x58, "sector %u of 256", i);
        read_data(m, got, 512);
    }
    CHECK(is_on_disk(255, got, 512) && status(m) == 0x50, "256 sectors");
    machine_destroy(m);
    case_end("ide.pio_read");
}

static void test_pio_write(void)
{
    uint8_t bytes[2048];
    struct machine *m = one_disk(SECTORS, false);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    command(m, 0x30, 20, 2);
    CHECK(!m->cpu->intr && status(m) == 0x58, "WRITE does not ask for data: %02x", status(m));
    write_data(m, bytes, 512);
    CHECK(took_irq(m, 14) && status(m) == 0x58, "nor for the second sector");
    CHECK(is_on_disk(20, bytes, 512), "the first sector is not written");
    write_data(m, bytes + 512, 512);
    CHECK(took_irq(m, 14) && status(m) == 0x50, "no good end");
    CHECK(is_on_disk(20, bytes, 1024), "differs");
    CHECK(disk.flushes == 0, "flushed with the write cache on");
    command(m, 0xe7, 0, 0);
    CHECK(status(m) == 0x50 && disk.flushes == 1, "FLUSH CACHE does not flush");
    outb(m, BASE + 1, 0x82), outb(m, BASE + 7, 0xef);
    CHECK(status(m) == 0x50 && disk.flushes == 2, "turning the cache off does not flush");
    command(m, 0xc5, 30, 4);
    write_data(m, bytes, 2048);
    CHECK(status(m) == 0x50 && is_on_disk(30, bytes, 2048), "WRITE MULTIPLE");
    CHECK(disk.flushes == 3, "a write without the cache is not flushed");
    machine_destroy(m);
    case_end("ide.pio_write");
}

static void test_addresses(void)
{
    uint8_t got[512];
    struct machine *m = one_disk(SECTORS, false);
    // Cylinder 2, head 3, sector 5 of 16 heads and 63 sectors.
    outb(m, BASE + 2, 1), outb(m, BASE + 3, 5), outb(m, BASE + 4, 2), outb(m, BASE + 5, 0);
    outb(m, BASE + 6, 0xa3), outb(m, BASE + 7, 0x20);
    read_data(m, got, 512);
    CHECK(is_on_disk((2 * 16 + 3) * 63 + 4, got, 512), "CHS");
    outb(m, BASE + 3, 0), outb(m, BASE + 7, 0x20);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "sector 0 of a track is there");
    outb(m, BASE + 3, 64), outb(m, BASE + 7, 0x20);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "sector 64 of a track is there");
    // Another translation: 8 heads, 32 sectors.
    outb(m, BASE + 2, 32), outb(m, BASE + 6, 0xa7), outb(m, BASE + 7, 0x91);
    outb(m, BASE + 2, 1), outb(m, BASE + 3, 32), outb(m, BASE + 6, 0xa7), outb(m, BASE + 7, 0x20);
    read_data(m, got, 512);
    CHECK(is_on_disk((2 * 8 + 7) * 32 + 31, got, 512), "CHS of another translation");
    outb(m, BASE + 6, 0xa8), outb(m, BASE + 7, 0x20);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "head 8 of 8 is there");
    command(m, 0x20, SECTORS - 1, 1);
    read_data(m, got, 512);
    CHECK(is_on_disk(SECTORS - 1, got, 512), "the last sector");
    command(m, 0x20, SECTORS - 1, 2);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "a sector after the last");
    command(m, 0x20, 0x0fffffff, 1);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "sector 0FFFFFFFh");
    command_48(m, 0x24, 3000, 1);
    read_data(m, got, 512);
    CHECK(is_on_disk(3000, got, 512), "READ SECTORS EXT");
    command_48(m, 0x24, 0x800000000000, 1);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x10, "48-bit address beyond the end");
    command_48(m, 0x24, 0x01000000, 1); // the previous bytes count
    CHECK(status(m) == 0x51, "bits 31-24 are lost");
    outb(m, BASE + 3, 0x12), outb(m, BASE + 3, 0x34);
    CHECK(inb(m, BASE + 3) == 0x34, "newer byte");
    outb(m, CONTROL, 0x80);
    CHECK(inb(m, BASE + 3) == 0x12, "HOB does not show the older byte");
    outb(m, BASE + 2, 0);
    CHECK(inb(m, BASE + 3) == 0x34, "a write does not end HOB");
    command(m, 0xf8, 0, 0);
    CHECK(inb(m, BASE + 3) == 0xff && inb(m, BASE + 4) == 0x0f, "READ NATIVE MAX");
    command(m, 0x40, 0, 16);
    CHECK(status(m) == 0x50, "VERIFY");
    machine_destroy(m);
    case_end("ide.addresses");
}

// A drive over 128 GB: what 28 and 48 bits say of it, and a sector beyond 2^32.
static void test_large(void)
{
    uint8_t id[512], bytes[512];
    char path[] = "/tmp/tickmark-large-XXXXXX";
    int fd = mkstemp(path);
    uint64_t sectors = 0x123456789, at = 0x122222222;
    struct block *b = ftruncate(fd, (off_t)(sectors * 512)) == 0
                          ? raw_open_fd(fd, path, sectors * 512, false)
                          : NULL;
    CHECK(b != NULL, "no sparse file of %llu sectors", (unsigned long long)sectors);
    if (b) {
        struct drive_config drives[MACHINE_DRIVES] = {{.kind = DRIVE_DISK, .block = b}};
        struct machine *m = drive_machine(drives);
        outb(m, BASE + 7, 0xec);
        read_data(m, id, 512);
        CHECK(word_of(id, 60) == 0xffff && word_of(id, 61) == 0x0fff, "28-bit size %04x%04x",
              word_of(id, 61), word_of(id, 60));
        CHECK(word_of(id, 100) == 0x6789 && word_of(id, 101) == 0x2345 && word_of(id, 102) == 1,
              "48-bit size");
        CHECK(word_of(id, 1) == 16383, "%u cylinders", word_of(id, 1));
        memset(bytes, 0xa7, sizeof bytes);
        command_48(m, 0x34, at, 1);
        write_data(m, bytes, 512);
        CHECK(status(m) == 0x50, "WRITE SECTORS EXT");
        memset(bytes, 0, sizeof bytes);
        CHECK(pread(fd, bytes, 512, (off_t)(at * 512)) == 512 && bytes[0] == 0xa7, "not there");
        command_48(m, 0x24, at, 1);
        read_data(m, id, 512);
        CHECK(memcmp(id, bytes, 512) == 0, "does not read back");
        command_48(m, 0x27, 0, 0);
        outb(m, CONTROL, 0x80);
        CHECK(inb(m, BASE + 3) == 0x23 && inb(m, BASE + 4) == 0x01, "READ NATIVE MAX EXT");
        machine_destroy(m);
    }
    unlink(path);
    case_end("ide.large");
}

static void test_errors(void)
{
    uint8_t bytes[1024] = {1};
    struct machine *m = one_disk(SECTORS, false);
    disk.bad_at = 105 * 512 + 17;
    disk.read_error = EIO;
    command(m, 0x20, 104, 3);
    read_data(m, bytes, 512);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x40, "EIO is not UNC: %02x", inb(m, BASE + 1));
    CHECK(inb(m, BASE + 3) == 105 && took_irq(m, 14) == false, "the bad sector is %u",
          inb(m, BASE + 3));
    command(m, 0x40, 100, 10);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 0x40, "VERIFY finds nothing");
    disk.write_error = ENOSPC;
    command(m, 0x30, 104, 2);
    write_data(m, bytes, 512);
    CHECK(status(m) == 0x58, "the good sector");
    write_data(m, bytes, 512);
    CHECK(status(m) == (0x51 | DF) && inb(m, BASE + 1) == 4, "ENOSPC: status %02x", status(m));
    disk.write_error = 0;
    disk.flush_error = EIO;
    command(m, 0xe7, 0, 0);
    CHECK(status(m) == (0x51 | DF), "a failed flush is acknowledged: %02x", status(m));
    command(m, 0xea, 0, 0);
    CHECK(status(m) == (0x51 | DF), "FLUSH EXT");
    command_48(m, 0xce, 10, 1);
    write_data(m, bytes, 512);
    CHECK(status(m) == (0x51 | DF), "a FUA write whose flush failed is acknowledged");
    command(m, 0x30, 10, 1);
    write_data(m, bytes, 512);
    CHECK(status(m) == 0x50, "a cached write");
    command(m, 0xff, 0, 0);
    CHECK(status(m) == 0x51 && inb(m, BASE + 1) == 4, "opcode FFh");
    disk.flush_error = 0;
    machine_destroy(m);
    m = one_disk(SECTORS, true);
    command(m, 0x30, 5, 1);
    CHECK(status(m) == 0x51 && (inb(m, BASE + 1) & 0x40), "a protected disk takes a write");
    CHECK(disk.writes == 0, "it was written");
    machine_destroy(m);
    case_end("ide.errors");
}

// --- the bus master ---

static void poke32(struct machine *m, uint32_t at, uint32_t value)
{
    machine_dma_write(m, at, &value, 4);
}

static void pci_write(struct machine *m, unsigned offset, uint32_t value)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | 1u << 11 | 1u << 8 | (offset & 0xfcu));
    machine_port_write(m, 0xCFC, 4, value);
}

static struct machine *dma_disk(void)
{
    struct machine *m = one_disk(SECTORS, false);
    pci_write(m, 0x20, BM);
    pci_write(m, 0x04, 5);
    return m;
}

static void start_dma(struct machine *m, bool to_memory)
{
    machine_port_write(m, BM + 4, 4, PRD);
    outb(m, BM + 2, 6);
    outb(m, BM, to_memory ? 8 : 0);
    outb(m, BM, to_memory ? 9 : 1);
}

static void test_dma(void)
{
    uint8_t got[8192];
    struct machine *m = dma_disk();
    machine_port_write(m, 0xCF8, 4, 0x80000000u | 1u << 11 | 1u << 8);
    CHECK(machine_port_read(m, 0xCFC, 4) == 0x70108086, "function 1 is %08x",
          machine_port_read(m, 0xCFC, 4));
    // Two pieces: 1000 bytes and the rest.
    poke32(m, PRD, 0x10000), poke32(m, PRD + 4, 1000);
    poke32(m, PRD + 8, 0x20000), poke32(m, PRD + 12, 0x80000000u | (4096 - 1000));
    command(m, 0xc8, 200, 8);
    CHECK(!m->cpu->intr && (status(m) & DRQ), "READ DMA does not wait for the bus master");
    start_dma(m, true);
    CHECK(took_irq(m, 14), "no interrupt");
    CHECK((inb(m, BM + 2) & 7) == 4, "bus master status %02x", inb(m, BM + 2));
    CHECK(status(m) == 0x50, "status %02x", status(m));
    machine_dma_read(m, 0x10000, got, 1000);
    machine_dma_read(m, 0x20000, got + 1000, 4096 - 1000);
    CHECK(is_on_disk(200, got, 4096), "READ DMA differs");
    outb(m, BM, 0);
    outb(m, BM + 2, 4);
    CHECK((inb(m, BM + 2) & 7) == 0, "the interrupt bit stays");
    // Write them elsewhere; the bus master is started first.
    start_dma(m, false);
    command_48(m, 0x3d, 300, 8);
    CHECK(took_irq(m, 14) && status(m) == 0x50 && disk.flushes == 1, "WRITE DMA FUA");
    CHECK(is_on_disk(300, got, 4096), "WRITE DMA differs");
    outb(m, BM, 0);
    // A table that is longer than the transfer leaves the bus master active.
    poke32(m, PRD + 12, 0x80000000u);
    command(m, 0xc8, 0, 2);
    start_dma(m, true);
    CHECK(took_irq(m, 14) && (inb(m, BM + 2) & 7) == 5, "longer table: %02x", inb(m, BM + 2));
    outb(m, BM, 0);
    // One that is shorter leaves the drive waiting; a reset ends it.
    poke32(m, PRD + 4, 0x80000000u | 512);
    command(m, 0xc8, 0, 2);
    start_dma(m, true);
    CHECK(!m->cpu->intr && (inb(m, BM + 2) & 7) == 0 && (status(m) & DRQ),
          "shorter table: bus master %02x, status %02x", inb(m, BM + 2), status(m));
    outb(m, CONTROL, 4), outb(m, CONTROL, 0);
    CHECK(status(m) == 0x50, "SRST does not end a transfer");
    outb(m, BM, 0);
    // Memory that is not there.
    poke32(m, PRD, 0x40000000), poke32(m, PRD + 4, 0x80000000u);
    command(m, 0xc8, 0, 2);
    start_dma(m, true);
    CHECK((inb(m, BM + 2) & 3) == 2, "no bus error: %02x", inb(m, BM + 2));
    outb(m, CONTROL, 4), outb(m, CONTROL, 0), outb(m, BM, 0);
    machine_port_write(m, BM + 4, 4, 0x40000000);
    command(m, 0xc8, 0, 2);
    outb(m, BM + 2, 6), outb(m, BM, 9);
    CHECK(inb(m, BM + 2) & 2, "a table outside of memory");
    outb(m, CONTROL, 4), outb(m, CONTROL, 0), outb(m, BM, 0);
    // The host's error in the middle.
    poke32(m, PRD, 0x10000), poke32(m, PRD + 4, 0x80000000u);
    disk.read_error = EIO, disk.bad_at = 512 * 3;
    command(m, 0xc8, 3, 2);
    start_dma(m, true);
    CHECK(took_irq(m, 14) && status(m) == 0x51 && inb(m, BASE + 1) == 0x40, "EIO by DMA");
    outb(m, BM, 0);
    // Without the right to the bus nothing moves.
    disk.read_error = 0;
    pci_write(m, 0x04, 1);
    command(m, 0xc8, 3, 2);
    start_dma(m, true);
    CHECK(!m->cpu->intr, "it moves without bus mastering");
    machine_destroy(m);
    case_end("ide.dma");
}

// Whatever is written wherever: no crash, no access outside of the image and the buffers (the
// sanitizers look), and the disk is usable again after a reset.
static void test_random(void)
{
    static const uint16_t ports[] = {BASE,     BASE + 1, BASE + 2, BASE + 3, BASE + 4, BASE + 5,
                                     BASE + 6, BASE + 7, BASE + 7, BASE + 7, CONTROL,  0x170,
                                     0x177,    0x177,    0x176,    0x376,    BM,       BM + 2,
                                     BM + 4,   BM + 8,   BM + 10,  BM + 12};
    static const uint8_t useful[] = {0x20, 0x30, 0xc4, 0xc5, 0xc8, 0xca, 0x25, 0x35, 0x29, 0x39,
                                     0xec, 0xef, 0xc6, 0xa0, 0xa1, 0x08, 0x90, 0x91, 0xe7, 0x40};
    struct memory_disk cd;
    struct drive_config drives[MACHINE_DRIVES] = {
        {.kind = DRIVE_DISK, .block = memory_disk_open(&disk, 512 * 512, false)},
        {.kind = DRIVE_CD},
        {.kind = DRIVE_CD, .block = memory_disk_open(&cd, 512 * 2048, true)}};
    struct machine *m = drive_machine(drives);
    uint64_t x = 88172645463325252u;
    pci_write(m, 0x20, BM), pci_write(m, 0x04, 5);
    for (unsigned i = 0; i < 3000000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint16_t port = ports[(x >> 8) % (sizeof ports / sizeof *ports)];
        unsigned size = 1u << (x >> 40) % 3;
        uint32_t value = (uint32_t)(x >> 20);
        if ((port & 0xff7f) == 0x177 && (x >> 50 & 3))
            value = useful[value % sizeof useful], size = 1;
        if ((port & 0xff7f) == 0x175 && (x >> 51 & 1))
            value &= 0x10;
        if (x >> 45 & 1)
            machine_port_write(m, port, size, value);
        else if (size < 4)
            CHECK(machine_port_read(m, port, size) >> 8 * size == 0,
                  "port %04x: more than %u bytes", port, size);
        if (i % 64 == 0) // a transfer goes on
            for (unsigned n = 0; n < 300; n++)
                machine_port_read(m, x >> 60 & 1 ? 0x170 : BASE, 2);
        if (i % 4096 == 0)
            outb(m, x >> 60 & 1 ? 0x376 : CONTROL, 4), outb(m, x >> 60 & 1 ? 0x376 : CONTROL, 0);
    }
    outb(m, BM, 0);
    outb(m, CONTROL, 4), outb(m, CONTROL, 0);
    uint8_t got[512];
    command(m, 0x20, 9, 1);
    CHECK(status(m) == 0x58, "the disk is not usable any more: %02x", status(m));
    read_data(m, got, 512);
    CHECK(is_on_disk(9, got, 512), "it reads something else");
    machine_destroy(m);
    case_end("ide.random");
}

int main(void)
{
    test_presence();
    test_identify();
    test_pio_read();
    test_pio_write();
    test_addresses();
    test_large();
    test_errors();
    test_dma();
    test_random();
    return verdict_failures != 0;
}
