// The board of the PC: physical map, shadow RAM, registers, regions with dirty marks, PCI, fw_cfg,
// 8042, ACPI power management.
#include <string.h>
#include <unistd.h>

#include "emu/device/fw_cfg.h"
#include "emu/device/pci.h"
#include "emu/mmu/mmu_state.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { ROM_BYTES = 64 << 10, ROM_BYTE = 0x5a, SLOT = 5 };

// A machine with a BIOS of 64 KB whose bytes are all 5Ah, in protected mode without paging.
static struct machine *rom_machine(void)
{
    char path[] = "/tmp/tickmark-rom-XXXXXX", why[256];
    static uint8_t rom[ROM_BYTES];
    memset(rom, ROM_BYTE, sizeof rom);
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, rom, sizeof rom) != (ssize_t)sizeof rom) {
        perror(path);
        exit(1);
    }
    close(fd);
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .bios = path};
    struct machine *m = machine_create(&config, why, sizeof why);
    unlink(path);
    if (!m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    m->cpu->eflags = FLAG_ONE;
    return m;
}

static uint32_t load(struct machine *m, uint32_t at)
{
    return (uint32_t)mmu_load(m->cpu, at, 4);
}

static void store(struct machine *m, uint32_t at, uint32_t value)
{
    mmu_store(m->cpu, at, 4, value);
}

static void config_address(struct machine *m, unsigned devfn, unsigned offset)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | devfn << 8 | (offset & 0xfc));
}

static uint32_t config_read(struct machine *m, unsigned devfn, unsigned offset, unsigned size)
{
    config_address(m, devfn, offset);
    return machine_port_read(m, (uint16_t)(0xCFC + (offset & 3)), size);
}

static void config_write(struct machine *m, unsigned devfn, unsigned offset, unsigned size,
                         uint32_t value)
{
    config_address(m, devfn, offset);
    machine_port_write(m, (uint16_t)(0xCFC + (offset & 3)), size, value);
}

static void test_shadow(void)
{
    struct machine *m = rom_machine();
    CHECK(load(m, 0xFFFFFFF0) == 0x5a5a5a5a, "no ROM at the end: %08x", load(m, 0xFFFFFFF0));
    CHECK(load(m, 0xF0010) == 0x5a5a5a5a, "no ROM below 1 MB: %08x", load(m, 0xF0010));
    CHECK(load(m, 0xE0010) == 0xffffffff, "E0000: %08x", load(m, 0xE0010));
    store(m, 0xF0010, 1);
    CHECK(load(m, 0xF0010) == 0x5a5a5a5a, "ROM was written");
    config_write(m, 0, 0x59, 1, 0x20); // writes go to RAM, reads to ROM
    store(m, 0xF0010, 0x11223344);
    CHECK(load(m, 0xF0010) == 0x5a5a5a5a, "write only: reads %08x", load(m, 0xF0010));
    struct mmu_rmw rmw;
    uint64_t old = mmu_rmw_begin(m->cpu, 0xF0020, 4, &rmw);
    mmu_rmw_end(m->cpu, &rmw, old + 1);
    config_write(m, 0, 0x59, 1, 0x10); // reads go to RAM
    CHECK(load(m, 0xF0010) == 0x11223344, "RAM below has %08x", load(m, 0xF0010));
    CHECK(load(m, 0xF0020) == 0x5a5a5a5b, "the sum in RAM is %08x", load(m, 0xF0020));
    store(m, 0xF0010, 0);
    CHECK(load(m, 0xF0010) == 0x11223344, "read only was written");
    config_write(m, 0, 0x59, 1, 0x30);
    store(m, 0xF0010, 7);
    CHECK(load(m, 0xF0010) == 7 && load(m, 0xFFFF0010) == 0x5a5a5a5a, "shadow RAM: %08x, ROM %08x",
          load(m, 0xF0010), load(m, 0xFFFF0010));
    config_write(m, 0, 0x5C, 1, 0x30); // D0000: nothing, D4000: RAM
    store(m, 0xD0000, 5);
    store(m, 0xD4000, 5);
    CHECK(load(m, 0xD0000) == 0xffffffff && load(m, 0xD4000) == 5, "PAM3: %08x %08x",
          load(m, 0xD0000), load(m, 0xD4000));
    machine_destroy(m);
    m = bench_machine(-1);
    store(m, 0xF0010, 7);
    CHECK(load(m, 0xF0010) == 7, "no RAM at F0000 without a BIOS");
    machine_destroy(m);
    case_end("pc.shadow");
}

// Registers that remember the last access.
struct probe {
    uint32_t offset, value;
    unsigned size, accesses;
};

static uint32_t probe_read(void *opaque, uint32_t offset, unsigned size)
{
    struct probe *p = opaque;
    p->accesses++;
    p->offset = offset;
    p->size = size;
    return 0x01010101u * (offset & 0xff);
}

static void probe_write(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct probe *p = opaque;
    *p = (struct probe){offset, value, size, p->accesses + 1};
}

static const struct mmio_ops probe_ops = {.read = probe_read, .write = probe_write};

static void test_registers(void)
{
    struct machine *m = bench_machine(-1);
    struct probe p = {0}, q = {0};
    CHECK(machine_mmio_register(m, 0xE0000010, 0x20, &probe_ops, &p), "refused");
    CHECK(!machine_mmio_register(m, 0xE0000020, 0x1000, &probe_ops, &q), "an overlap was taken");
    CHECK(!machine_mmio_register(m, 0xFFFFF000, 0x2000, &probe_ops, &q), "a wrap was taken");
    CHECK(load(m, 0xE0000014) == 0x04040404 && p.size == 4, "a read of %u bytes", p.size);
    CHECK(mmu_load(m->cpu, 0xE0000018, 8) == 0x0c0c0c0c08080808 && p.size == 4, "8 bytes: %u",
          p.size);
    CHECK(mmu_load(m->cpu, 0xE000000E, 4) == 0x0100ffff, "over the start: %08x",
          load(m, 0xE000000E));
    CHECK(load(m, 0xE0000030) == 0xffffffff, "behind the end: %08x", load(m, 0xE0000030));
    mmu_store(m->cpu, 0xE0000021, 2, 0x1234);
    CHECK(p.offset == 0x11 && p.size == 2 && p.value == 0x1234, "a write of %x at %x", p.value,
          p.offset);
    uint8_t byte = 1;
    CHECK(!machine_dma_read(m, 0xE0000010, &byte, 1) && !machine_dma_write(m, 0xFFFFFFFF, &byte, 2),
          "DMA into registers");
    machine_mmio_unregister(m, 0xE0000010, &q);
    CHECK(load(m, 0xE0000014) == 0x04040404, "taken away by somebody else");
    machine_mmio_unregister(m, 0xE0000010, &p);
    CHECK(load(m, 0xE0000014) == 0xffffffff, "still there");
    // In the VGA's window registers are before RAM; elsewhere behind it.
    store(m, 0xA0000, 77);
    CHECK(machine_mmio_register(m, 0xA0000, 0x20000, &probe_ops, &p) &&
              machine_mmio_register(m, 0x100000, 0x1000, &probe_ops, &q),
          "refused");
    CHECK(load(m, 0xA0004) == 0x04040404 && load(m, 0x100004) == 0, "%08x %08x", load(m, 0xA0004),
          load(m, 0x100004));
    machine_mmio_unregister(m, 0xA0000, &p);
    CHECK(load(m, 0xA0000) == 77, "RAM is not back");
    machine_destroy(m);
    case_end("pc.registers");
}

static void test_regions(void)
{
    struct machine *m = bench_machine(-1);
    uint8_t pages[4] = {0};
    struct mmu_region *r = machine_ram_region(m, 0x4000, true);
    CHECK(r && !machine_ram_region(m, 0xF0000000, false), "sizes");
    CHECK(machine_region_map(m, r, 0xE0000000, 0, 0x4000, true) &&
              machine_region_map(m, r, 0xF0000000, 0x1000, 0x1000, true) &&
              !machine_region_map(m, r, 0xD0000000, 0x1000, 0x4000, true) &&
              !machine_region_map(m, r, 0xD0000100, 0, 0x1000, true),
          "views");
    CHECK(mmu_region_take_dirty(m->mmu, r, pages) == 0, "dirty at first");
    for (unsigned round = 0; round < 3; round++) {
        memset(pages, 0, sizeof pages);
        for (unsigned i = 0; i < 3; i++) { // the third goes through the lookup tables
            store(m, 0xE0002000 + 4 * i, round);
            store(m, 0xF0000000 + 4 * i, round);
        }
        unsigned n = mmu_region_take_dirty(m->mmu, r, pages);
        CHECK(n == 2 && !pages[0] && pages[1] && pages[2] && !pages[3], "round %u: %u pages", round,
              n);
    }
    CHECK(load(m, 0xE0001004) == 2 && mmu_region_bytes(r)[0x2008] == 2, "the views differ");
    CHECK(machine_dma_write(m, 0xE0003ff0, "0123456789abcdef", 16) &&
              mmu_region_take_dirty(m->mmu, r, pages) == 1 && pages[3],
          "DMA leaves no mark");
    CHECK(!machine_dma_write(m, 0xE0003ff8, "0123456789abcdef", 16), "DMA over the end");
    store(m, 0xF0000000, 9);
    machine_region_unmap(m, r, 0xF0000000);
    CHECK(load(m, 0xF0000000) == 0xffffffff && load(m, 0xE0001000) == 9, "unmapped: %08x %08x",
          load(m, 0xF0000000), load(m, 0xE0001000));
    machine_destroy(m);
    case_end("pc.regions");
}

static void test_pci(void)
{
    struct machine *m = bench_machine(-1);
    static const struct port_ops ports = {.read = NULL, .write = NULL};
    struct probe p = {0};
    struct mmu_region *r = machine_ram_region(m, 0x2000, false);
    struct pci_function f = {.opaque = &p,
                             .bar = {{.bytes = 32, .ports = &ports},
                                     {.bytes = 4096, .mmio = &probe_ops},
                                     {.bytes = 0x2000, .region = r, .prefetchable = true}}};
    unsigned devfn = PCI_DEVFN(SLOT, 0);
    pci_identify(&f, 0x1234, 0x5678, 0x020000, 9);
    CHECK(pci_register(m, devfn, &f, 1) && !pci_register(m, devfn, &f, 1), "registering twice");
    CHECK(config_read(m, devfn, 0, 4) == 0x56781234 && config_read(m, devfn, 8, 4) == 0x02000009,
          "identity %08x %08x", config_read(m, devfn, 0, 4), config_read(m, devfn, 8, 4));
    CHECK(config_read(m, PCI_DEVFN(0, 0), 0, 4) == 0x12378086 &&
              config_read(m, PCI_DEVFN(1, 0), 0, 4) == 0x70008086 &&
              config_read(m, PCI_DEVFN(30, 0), 0, 2) == 0xffff,
          "bridges, or a slot that is empty");
    config_write(m, devfn, 0, 4, 0);
    CHECK(config_read(m, devfn, 2, 2) == 0x5678, "identity was written");
    for (unsigned i = 0; i < 3; i++)
        config_write(m, devfn, 0x10 + 4 * i, 4, 0xffffffff);
    CHECK(config_read(m, devfn, 0x10, 4) == 0xffffffe1 &&
              config_read(m, devfn, 0x14, 4) == 0xfffff000 &&
              config_read(m, devfn, 0x18, 4) == 0xffffe008,
          "sizes %08x %08x %08x", config_read(m, devfn, 0x10, 4), config_read(m, devfn, 0x14, 4),
          config_read(m, devfn, 0x18, 4));
    config_write(m, devfn, 0x10, 4, 0xC000);
    config_write(m, devfn, 0x14, 4, 0xE0000000);
    config_write(m, devfn, 0x18, 4, 0xE1000000);
    CHECK(load(m, 0xE0000004) == 0xffffffff && !m->port_owner[0xC000], "mapped while disabled");
    config_write(m, devfn, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    store(m, 0xE1001000, 42);
    CHECK(load(m, 0xE0000004) == 0x04040404 && m->port_owner[0xC01F] && !m->port_owner[0xC020] &&
              mmu_region_bytes(r)[0x1000] == 42,
          "not mapped");
    config_write(m, devfn, 0x14, 4, 0xE2000000);
    config_write(m, devfn, 0x10, 4, 0x60); // over the keyboard controller: refused
    CHECK(load(m, 0xE0000004) == 0xffffffff && load(m, 0xE2000004) == 0x04040404 &&
              !m->port_owner[0xC000] && !f.bar[0].mapped,
          "not moved");
    config_write(m, devfn, 0x10, 4, 0xD000);
    CHECK(m->port_owner[0xD000], "not back from a refused place");

    // Slot 5's INTA is PIRQ A.
    config_write(m, PCI_DEVFN(1, 0), 0x60, 1, 11);
    outb(m, 0xA0, 0x0A); // show the slave's requests
    pci_set_irq(&f, true);
    CHECK((m->irq_sources[11] & 1 << IRQ_PIRQ_A) && (inb(m, 0xA0) & 8), "IRQ 11 is low");
    config_write(m, PCI_DEVFN(1, 0), 0x60, 1, 10);
    CHECK(!m->irq_sources[11] && m->irq_sources[10], "the route did not move");
    config_write(m, devfn, PCI_COMMAND + 1, 1, 4);
    CHECK(!m->irq_sources[10] && (config_read(m, devfn, PCI_STATUS, 1) & 8), "INTx disable");
    config_write(m, devfn, PCI_COMMAND + 1, 1, 0);
    config_write(m, PCI_DEVFN(1, 0), 0x60, 1, 0x80);
    CHECK(!m->irq_sources[10], "a route that is off");
    pci_set_irq(&f, false);
    machine_destroy(m);
    case_end("pc.pci");
}

static void test_fw_cfg(void)
{
    struct machine *m = rom_machine();
    char got[4];
    machine_port_write(m, 0x510, 2, FW_CFG_SIGNATURE);
    for (unsigned i = 0; i < 4; i++)
        got[i] = (char)inb(m, 0x511);
    CHECK(memcmp(got, "QEMU", 4) == 0 && inb(m, 0x511) == 0, "signature %.4s", got);
    static const char text[] = "hello";
    CHECK(fw_cfg_add_file(m->fw_cfg, "opt/test", text, 5), "no room");
    machine_port_write(m, 0x510, 2, FW_CFG_FILE_DIR);
    for (unsigned i = 0; i < 4; i++)
        got[i] = (char)inb(m, 0x511);
    unsigned files = (unsigned)got[3];
    CHECK(files >= 2, "%u files", files);
    // DMA: select and read 8 bytes of the last file to 1000h; the structure is at 2000h.
    uint8_t access[16] = {
        0, (uint8_t)(FW_CFG_FILE_FIRST + files - 1), 0, 0x0A, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0x10,
        0};
    store(m, 0x1004, 0xffffffff);
    machine_dma_write(m, 0x2000, access, sizeof access);
    machine_port_write(m, 0x514, 4, 0);
    machine_port_write(m, 0x518, 4, 0x00200000);
    CHECK(load(m, 0x1000) == 0x6c6c6568 && load(m, 0x1004) == 0x6f && load(m, 0x2000) == 0,
          "%08x %08x, status %08x", load(m, 0x1000), load(m, 0x1004), load(m, 0x2000));
    access[12] = 0xE0; // nothing is there
    machine_dma_write(m, 0x2000, access, sizeof access);
    machine_port_write(m, 0x518, 4, 0x00200000);
    CHECK(load(m, 0x2000) == 0x01000000, "status %08x", load(m, 0x2000));
    machine_port_write(m, 0x518, 4, 0xffffffff); // a structure that is not in memory
    machine_destroy(m);
    case_end("pc.fw_cfg");
}

static void expect_bytes(struct machine *m, const char *what, const uint8_t *bytes, unsigned n,
                         uint8_t status)
{
    for (unsigned i = 0; i < n; i++) {
        uint8_t s = inb(m, 0x64), b = inb(m, 0x60);
        CHECK((s & 0x21) == status && b == bytes[i], "%s, byte %u: status %02x, %02x", what, i, s,
              b);
    }
    CHECK(!(inb(m, 0x64) & 1), "%s: more bytes", what);
}
#define EXPECT(m, what, status, ...)                                                               \
    expect_bytes(m, what, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}),  \
                 status)

static void to_mouse(struct machine *m, uint8_t value)
{
    outb(m, 0x64, 0xD4);
    outb(m, 0x60, value);
}

static void test_keyboard(void)
{
    struct machine *m = bench_machine(-1);
    outb(m, 0x64, 0xAA);
    EXPECT(m, "self-test", 1, 0x55);
    outb(m, 0x60, 0xFF);
    EXPECT(m, "reset", 1, 0xFA, 0xAA);
    outb(m, 0x60, 0xF2);
    EXPECT(m, "identify", 1, 0xFA, 0xAB, 0x83);
    machine_key(m, 0x1E, true);
    machine_key(m, 0x1E, false);
    EXPECT(m, "A, set 2", 1, 0x1C, 0xF0, 0x1C);
    outb(m, 0x64, 0x60);
    outb(m, 0x60, 0x47);
    machine_key(m, 0x1E, true);
    CHECK(m->irq_sources[1], "IRQ 1 is low");
    machine_key(m, 0x1E, false);
    machine_key(m, 0xE048, true);
    machine_key(m, 0xE048, false);
    machine_key(m, 0xE11D, true);
    EXPECT(m, "translated", 1, 0x1E, 0x9E, 0xE0, 0x48, 0xE0, 0xC8, 0xE1, 0x1D, 0x45, 0xE1, 0x9D,
           0xC5);
    CHECK(!m->irq_sources[1], "IRQ 1 is high");
    outb(m, 0x60, 0xED);
    outb(m, 0x60, 0x06);
    EXPECT(m, "LEDs", 1, 0xFA, 0xFA);
    CHECK(machine_keyboard_leds(m) == 6, "LEDs %x", machine_keyboard_leds(m));
    outb(m, 0x64, 0xAD);
    machine_key(m, 0x1E, true);
    CHECK(!(inb(m, 0x64) & 1), "a disabled keyboard speaks");
    outb(m, 0x64, 0xAE);
    EXPECT(m, "enabled again", 1, 0x1E);
    // Every key through the translation is the key again.
    for (uint16_t key = 1; key < 0x80; key++) {
        machine_key(m, key, true);
        uint8_t got = inb(m, 0x60);
        CHECK(got == key, "key %02x became %02x", key, got);
    }
    for (unsigned i = 0; i < 1000; i++)
        machine_key(m, 0x1E, true);
    unsigned n = 0;
    while ((inb(m, 0x64) & 1) && n < 1000) {
        CHECK(inb(m, 0x60) == 0x1E, "a key that is cut off");
        n++;
    }
    CHECK(n >= 16 && n < 100, "%u keys were kept", n);
    outb(m, 0x64, 0xFE);
    CHECK(m->reset_asked, "the processor was not reset");
    machine_destroy(m);
    case_end("pc.keyboard");
}

static void test_mouse(void)
{
    struct machine *m = bench_machine(-1);
    to_mouse(m, 0xFF);
    EXPECT(m, "reset", 0x21, 0xFA, 0xAA, 0x00);
    machine_mouse(m, 1, 1, 0, 0);
    CHECK(!(inb(m, 0x64) & 1), "it reports before it was told to");
    to_mouse(m, 0xF4);
    machine_mouse(m, 0, 0, 0, 0);
    EXPECT(m, "enable, and what moved", 0x21, 0xFA, 0x08, 0x01, 0x01);
    machine_mouse(m, -3, 300, 0, 1);
    EXPECT(m, "a long way", 0x21, 0x19, 0xFD, 0xFF, 0x09, 0x00, 0x2D);
    static const uint8_t knock[] = {200, 100, 80};
    for (unsigned i = 0; i < 3; i++) {
        to_mouse(m, 0xF3);
        to_mouse(m, knock[i]);
        EXPECT(m, "rate", 0x21, 0xFA, 0xFA);
    }
    to_mouse(m, 0xF2);
    EXPECT(m, "with a wheel", 0x21, 0xFA, 0x03);
    machine_mouse(m, 0, 0, -1, 0);
    EXPECT(m, "the wheel", 0x21, 0x08, 0x00, 0x00, 0xFF);
    machine_destroy(m);
    case_end("pc.mouse");
}

static void test_acpi(void)
{
    struct machine *m = bench_machine(-1);
    unsigned pm = PCI_DEVFN(1, 3);
    config_write(m, pm, 0x40, 4, 0xB001);
    CHECK(machine_port_read(m, 0xB008, 4) == 0xffffffff, "ports without being enabled");
    config_write(m, pm, 0x80, 1, 1);
    uint32_t before = machine_port_read(m, 0xB008, 4);
    pass_ns(m, 1000000);
    uint32_t ticks = (machine_port_read(m, 0xB008, 4) - before) & 0xffffff;
    CHECK(ticks >= 3579 && ticks <= 3581, "%u ticks in 1 ms", ticks);
    outb(m, 0xB2, 0xF1);
    CHECK(machine_port_read(m, 0xB004, 2) == 1, "ACPI is not on");
    machine_port_write(m, 0xB002, 2, 0x101);
    machine_power_button(m);
    CHECK(machine_port_read(m, 0xB000, 2) == 0x100 && m->irq_sources[9], "the power button");
    machine_port_write(m, 0xB000, 2, 0x100);
    CHECK(!m->irq_sources[9], "the button stays");
    pass_ns(m, 2400000000); // bit 23 changes every 2.34 s
    CHECK((machine_port_read(m, 0xB000, 2) & 1) && m->irq_sources[9], "the timer's event");
    outb(m, 0xB001, 0x01);
    CHECK(machine_port_read(m, 0xB000, 2) == 1, "a byte cleared the other one's bits");
    machine_port_write(m, 0xB004, 2, 0x2401); // S3
    CHECK(!m->cpu->quit, "S3 ended the run");
    machine_port_write(m, 0xB004, 2, 0x2001);
    CHECK(m->cpu->quit && m->exit_status == 0, "soft off");
    machine_destroy(m);
    case_end("pc.acpi");
}

int main(void)
{
    test_shadow();
    test_registers();
    test_regions();
    test_pci();
    test_fw_cfg();
    test_keyboard();
    test_mouse();
    test_acpi();
    return verdict_failures != 0;
}
