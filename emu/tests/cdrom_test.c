// The ATAPI CD-ROM drive (and a DVD in it) driven through its ports.
#include "emu/tests/memory_disk.h"
#include "emu/tests/verdict.h"

enum { BASE = 0x170, CONTROL = 0x376, BM = 0xC000, PRD = 0x8000, SECTORS = 300, IRQ = 15 };

static struct memory_disk disc;
static uint8_t reply[65536];

static struct machine *one_cd(void)
{
    struct drive_config drives[MACHINE_DRIVES] = {
        [2] = {.kind = DRIVE_CD, .block = memory_disk_open(&disc, SECTORS * 2048ull, true)}};
    return drive_machine(drives);
}

static void send_packet(struct machine *m, const uint8_t *packet, uint16_t limit, uint8_t feature)
{
    outb(m, BASE + 6, 0xa0);
    outb(m, BASE + 1, feature);
    outb(m, BASE + 4, (uint8_t)limit);
    outb(m, BASE + 5, (uint8_t)(limit >> 8));
    outb(m, BASE + 7, 0xa0);
    CHECK(inb(m, CONTROL) == 0x58 && (inb(m, BASE + 2) & 3) == 1, "no packet is wanted: %02x",
          inb(m, CONTROL));
    CHECK(!m->cpu->intr, "an interrupt for the packet");
    for (unsigned i = 0; i < 12; i += 2)
        machine_port_write(m, BASE, 2, packet[i] | (uint32_t)packet[i + 1] << 8);
}

// Send a packet and take its reply. How many bytes came, or minus the sense key when it is bad.
static int packet(struct machine *m, const uint8_t *bytes, uint16_t limit)
{
    int n = 0;
    send_packet(m, bytes, limit, 0);
    for (;;) {
        CHECK(took_irq(m, IRQ), "no interrupt after %d bytes", n);
        uint8_t status = inb(m, BASE + 7), reason = inb(m, BASE + 2) & 3;
        if (!(status & 8)) {
            CHECK(reason == 3 && !m->cpu->intr, "the reason at the end is %u", reason);
            return status & 1 ? -(inb(m, BASE + 1) >> 4) : n;
        }
        int piece = inb(m, BASE + 4) | inb(m, BASE + 5) << 8;
        CHECK(reason == 2, "the reason for data is %u", reason);
        CHECK(piece <= limit, "a piece of %d bytes, at most %d were wanted", piece, limit);
        if (piece == 0 || n + piece > (int)sizeof reply - 1)
            return -100;
        for (int i = 0; i < piece; i += 2) {
            uint32_t word = machine_port_read(m, BASE, 2);
            reply[n + i] = (uint8_t)word;
            reply[n + i + 1] = (uint8_t)(word >> 8);
        }
        n += piece;
    }
}
#define PACKET(m, limit, ...) packet(m, (const uint8_t[12]){__VA_ARGS__}, limit)

static bool has_sense(struct machine *m, unsigned key, unsigned asc)
{
    int n = PACKET(m, 0xfffe, 0x03, 0, 0, 0, 18);
    return n == 18 && (reply[2] & 15) == key && reply[12] == asc;
}

static void test_identify(void)
{
    struct machine *m = one_cd();
    CHECK(inb(m, BASE + 7) == 0 && inb(m, BASE + 4) == 0x14 && inb(m, BASE + 5) == 0xeb,
          "not a packet device's signature");
    outb(m, BASE + 7, 0xec);
    CHECK(took_irq(m, IRQ) && inb(m, BASE + 7) == 0x51 && inb(m, BASE + 4) == 0x14,
          "IDENTIFY DEVICE");
    outb(m, BASE + 4, 0), outb(m, BASE + 7, 0x20);
    CHECK(inb(m, BASE + 7) == 0x51 && inb(m, BASE + 5) == 0xeb, "READ SECTORS");
    outb(m, BASE + 7, 0xa1);
    CHECK(took_irq(m, IRQ) && inb(m, BASE + 7) == 0x58, "IDENTIFY PACKET DEVICE");
    CHECK(machine_port_read(m, BASE, 2) == 0x85c0, "word 0");
    for (unsigned i = 1; i < 256; i++)
        machine_port_read(m, BASE, 2);
    CHECK(inb(m, BASE + 7) == 0x50, "more than 256 words");
    outb(m, BASE + 4, 0), outb(m, BASE + 7, 0x08);
    CHECK(inb(m, BASE + 7) == 0 && inb(m, BASE + 4) == 0x14, "DEVICE RESET");
    CHECK(PACKET(m, 100, 0x12, 0, 0, 0, 36) == 36 && reply[0] == 5 && reply[1] == 0x80, "INQUIRY");
    CHECK(PACKET(m, 100, 0x12, 0, 0, 0, 5) == 5, "INQUIRY of 5 bytes");
    CHECK(PACKET(m, 100, 0x12, 1) == -5 && has_sense(m, 5, 0x24), "vital product data");
    CHECK(has_sense(m, 0, 0), "the sense stays");
    CHECK(PACKET(m, 100, 0xff) == -5 && has_sense(m, 5, 0x20), "opcode FFh");
    machine_destroy(m);
    case_end("cdrom.identify");
}

static void test_read(void)
{
    struct machine *m = one_cd();
    CHECK(PACKET(m, 100, 0x00) == 0, "not ready");
    CHECK(PACKET(m, 100, 0x25) == 8 && reply[2] == 0x01 && reply[3] == 0x2b && reply[6] == 8,
          "READ CAPACITY");
    CHECK(PACKET(m, 2048, 0x28, 0, 0, 0, 0, 16, 0, 0, 3) == 3 * 2048 &&
              memcmp(reply, disc.bytes + 16 * 2048, 3 * 2048) == 0,
          "READ(10) sector by sector");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 20, 0, 0, 31) == 31 * 2048 &&
              memcmp(reply, disc.bytes + 20 * 2048, 31 * 2048) == 0,
          "READ(10) at once");
    CHECK(PACKET(m, 600, 0x28, 0, 0, 0, 0, 5, 0, 0, 2) == 2 * 2048 &&
              memcmp(reply, disc.bytes + 5 * 2048, 2 * 2048) == 0,
          "pieces of 600 bytes");
    CHECK(PACKET(m, 5001, 0xa8, 0, 0, 0, 0, 7, 0, 0, 0, 9) == 9 * 2048 &&
              memcmp(reply, disc.bytes + 7 * 2048, 9 * 2048) == 0,
          "READ(12), pieces of 5001 bytes");
    CHECK(PACKET(m, 0xfffe, 0xbe, 0, 0, 0, 0, 8, 0, 0, 1, 0x10) == 2048 &&
              memcmp(reply, disc.bytes + 8 * 2048, 2048) == 0,
          "READ CD");
    CHECK(PACKET(m, 0xfffe, 0xbe, 0, 0, 0, 0, 8, 0, 0, 1, 0xf8) == -5, "READ CD of raw sectors");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 5, 0, 0, 0) == 0, "READ(10) of nothing");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 1, 0x2b, 0, 0, 1) == 2048, "the last sector");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 1, 0x2b, 0, 0, 2) == -5 && has_sense(m, 5, 0x21),
          "a sector after the last");
    CHECK(PACKET(m, 0xfffe, 0xa8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) == -5,
          "sector FFFFFFFFh");
    disc.read_error = EIO, disc.bad_at = 12 * 2048;
    CHECK(PACKET(m, 2048, 0x28, 0, 0, 0, 0, 10, 0, 0, 4) == -3 && has_sense(m, 3, 0x11),
          "EIO is not a medium error");
    disc.read_error = 0;
    CHECK(PACKET(m, 0xfffe, 0x2b, 0, 0, 0, 0, 10) == 0 &&
              PACKET(m, 0xfffe, 0x2b, 0, 1, 0, 0, 10) == -5,
          "SEEK");
    machine_destroy(m);
    case_end("cdrom.read");
}

static void test_dma(void)
{
    struct machine *m = one_cd();
    uint32_t table[4] = {0x10000, 0x800, 0x20000, 0x80001800};
    static uint8_t got[8192];
    machine_port_write(m, 0xCF8, 4, 0x80000920), machine_port_write(m, 0xCFC, 4, BM);
    machine_port_write(m, 0xCF8, 4, 0x80000904), machine_port_write(m, 0xCFC, 4, 5);
    machine_dma_write(m, PRD, table, sizeof table);
    machine_port_write(m, BM + 12, 4, PRD);
    outb(m, BM + 8, 8);
    send_packet(m, (const uint8_t[12]){0x28, 0, 0, 0, 0, 30, 0, 0, 4}, 0, 1);
    CHECK(!m->cpu->intr, "it does not wait for the bus master");
    outb(m, BM + 8, 9);
    CHECK(took_irq(m, IRQ) && (inb(m, BM + 10) & 7) == 4, "bus master %02x", inb(m, BM + 10));
    CHECK(inb(m, BASE + 7) == 0x50 && (inb(m, BASE + 2) & 3) == 3, "no good end");
    machine_dma_read(m, 0x10000, got, 2048), machine_dma_read(m, 0x20000, got + 2048, 6144);
    CHECK(memcmp(got, disc.bytes + 30 * 2048, sizeof got) == 0, "differs");
    machine_destroy(m);
    case_end("cdrom.dma");
}

static void test_toc(void)
{
    struct machine *m = one_cd();
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 0, 0, 0, 0, 0, 0, 100) == 20, "TOC");
    CHECK(reply[1] == 18 && reply[2] == 1 && reply[3] == 1, "header");
    CHECK(reply[5] == 0x14 && reply[6] == 1 && reply[11] == 0, "track 1");
    CHECK(reply[14] == 0xaa && reply[18] == 1 && reply[19] == 0x2c, "lead-out");
    CHECK(PACKET(m, 0xfffe, 0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100) == 12 && reply[9] == 0 &&
              reply[10] == 6 && reply[11] == 0,
          "lead-out in MSF: %u:%u:%u", reply[9], reply[10], reply[11]);
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 0, 0, 0, 0, 2, 0, 100) == -5, "track 2");
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 0, 0, 0, 0, 0, 0, 4) == 4 && reply[1] == 18, "cut short");
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 1, 0, 0, 0, 0, 0, 100) == 12, "sessions");
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 0, 0, 0, 0, 0, 0, 100, 0x40) == 12, "sessions, SFF-8020i");
    CHECK(PACKET(m, 0xfffe, 0x43, 2, 2, 0, 0, 0, 0, 0, 100) == 48 && reply[7] == 0xa0, "raw TOC");
    CHECK(PACKET(m, 0xfffe, 0x43, 0, 5, 0, 0, 0, 0, 0, 100) == -5, "format 5");
    CHECK(PACKET(m, 0xfffe, 0x46, 0, 0, 0, 0, 0, 0, 1, 0) > 20 && reply[7] == 8, "not a CD");
    CHECK(PACKET(m, 0xfffe, 0x46, 2, 0, 3, 0, 0, 0, 1, 0) == 16 && reply[9] == 3, "one feature");
    CHECK(PACKET(m, 0xfffe, 0x5a, 0, 0x2a, 0, 0, 0, 0, 1, 0) == 28 && reply[8] == 0x2a, "page 2A");
    CHECK(PACKET(m, 0xfffe, 0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0) == 36, "all pages");
    CHECK(PACKET(m, 0xfffe, 0x5a, 0, 0x11, 0, 0, 0, 0, 1, 0) == -5, "page 11");
    CHECK(PACKET(m, 0xfffe, 0x51, 0, 0, 0, 0, 0, 0, 1, 0) == 34, "READ DISC INFORMATION");
    CHECK(PACKET(m, 0xfffe, 0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8) == 8, "MECHANISM STATUS");
    CHECK(PACKET(m, 0xfffe, 0x42, 2, 0x40, 1, 0, 0, 0, 0, 100) == 16, "READ SUBCHANNEL");
    machine_destroy(m);
    case_end("cdrom.toc");
}

static void test_eject(void)
{
    char path[] = "/tmp/tickmark-cd-XXXXXX", why[256];
    int fd = mkstemp(path);
    CHECK(ftruncate(fd, 2048 * 50 + 512) == 0 && pwrite(fd, "disc two", 8, 50 * 2048) == 8,
          "image");
    struct machine *m = one_cd();
    CHECK(PACKET(m, 100, 0x1e, 0, 0, 0, 1) == 0, "PREVENT REMOVAL");
    CHECK(PACKET(m, 100, 0x1b, 0, 0, 0, 2) == -5 && has_sense(m, 5, 0x53), "ejected while locked");
    CHECK(machine_change_drive(m, "ide1-cd0", path, false, why, sizeof why) != 0 &&
              strstr(why, "locked"),
          "%s", why);
    CHECK(PACKET(m, 100, 0x1e) == 0 && PACKET(m, 100, 0x1b, 0, 0, 0, 2) == 0, "eject");
    CHECK(PACKET(m, 100, 0x00) == -2 && has_sense(m, 2, 0x3a), "ready with an open tray");
    CHECK(PACKET(m, 100, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8) == 8 && reply[4] == 3 && reply[5] == 1,
          "no removal event: %u %u", reply[4], reply[5]);
    CHECK(PACKET(m, 100, 0x1b, 0, 0, 0, 3) == 0, "close");
    CHECK(PACKET(m, 100, 0x00) == -6 && has_sense(m, 6, 0x28), "no attention");
    CHECK(PACKET(m, 100, 0x00) == 0, "not ready afterwards");
    CHECK(machine_change_drive(m, "ide1-cd0", path, false, why, sizeof why) == 0, "%s", why);
    CHECK(disc.closes == 1, "the old image is still open");
    CHECK(PACKET(m, 100, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8) == 8 && reply[4] == 2 && reply[5] == 2,
          "no insertion event");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 50, 0, 0, 1) == -6, "no attention for a new disc");
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 50, 0, 0, 1) == 2048 &&
              memcmp(reply, "disc two", 8) == 0,
          "the last, short sector of the new disc");
    CHECK(machine_change_drive(m, "ide1-cd0", NULL, false, why, sizeof why) == 0, "%s", why);
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 0, 0, 0, 1) == -2, "it reads without a disc");
    CHECK(machine_change_drive(m, "ide1-cd0", path, false, why, sizeof why) == 0, "%s", why);
    PACKET(m, 100, 0x00);
    CHECK(PACKET(m, 100, 0x1e, 0, 0, 0, 1) == 0 &&
              machine_change_drive(m, "ide1-cd0", NULL, true, why, sizeof why) == 0,
          "force: %s", why);
    // A disc that is taken away in the middle of a read, and one cut short behind our back.
    CHECK(machine_change_drive(m, "ide1-cd0", path, false, why, sizeof why) == 0, "%s", why);
    PACKET(m, 100, 0x00);
    send_packet(m, (const uint8_t[12]){0x28, 0, 0, 0, 0, 0, 0, 0, 9}, 2048, 0);
    CHECK(machine_change_drive(m, "ide1-cd0", NULL, false, why, sizeof why) == 0, "%s", why);
    for (unsigned i = 0; i < 9 * 1024; i++)
        machine_port_read(m, BASE, 2);
    CHECK(!(inb(m, BASE + 7) & 0x88), "the read does not end: %02x", inb(m, BASE + 7));
    took_irq(m, IRQ);
    CHECK(machine_change_drive(m, "ide1-cd0", path, false, why, sizeof why) == 0, "%s", why);
    m->drives[2]->messages = BLOCK_MESSAGES_MAX;
    PACKET(m, 100, 0x00);
    CHECK(ftruncate(fd, 2048) == 0 && PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 1, 0, 0, 1) == -3,
          "a file that has become short is not a medium error");
    machine_destroy(m);
    close(fd), unlink(path);
    case_end("cdrom.eject");
}

static void test_random(void)
{
    static const uint8_t opcodes[] = {0x00, 0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x42,
                                      0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbb, 0xbd, 0xbe};
    struct machine *m = one_cd();
    uint64_t x = 88172645463325252u;
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t bytes[12];
        for (unsigned k = 0; k < sizeof bytes; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            bytes[k] = x >> 20 & 1 ? (uint8_t)(x >> 32) : (uint8_t)(x >> 32 & 1);
        }
        bytes[0] = opcodes[(x >> 40) % sizeof opcodes];
        if (bytes[0] == 0xa8)
            bytes[6] = bytes[7] = 0;
        send_packet(m, bytes, (uint16_t)(x >> 8), x >> 50 & 1);
        for (unsigned n = 0; n < 2000 && (inb(m, BASE + 7) & 8); n++)
            machine_port_read(m, BASE, 2);
        outb(m, BASE + 7, 0x08);
        took_irq(m, IRQ);
    }
    PACKET(m, 100, 0x1b, 0, 0, 0, 3);
    PACKET(m, 100, 0x00);
    CHECK(PACKET(m, 0xfffe, 0x28, 0, 0, 0, 0, 5, 0, 0, 1) == 2048 &&
              memcmp(reply, disc.bytes + 5 * 2048, 2048) == 0,
          "it does not read any more");
    machine_destroy(m);
    case_end("cdrom.random");
}

int main(void)
{
    test_identify();
    test_read();
    test_dma();
    test_toc();
    test_eject();
    test_random();
    return verdict_failures != 0;
}
