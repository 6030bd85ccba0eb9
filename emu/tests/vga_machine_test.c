// The VGA on a machine: ports, the window, PCI with its framebuffer, registers as memory and ROM,
// and that a machine without one has none of them.
#include <string.h>
#include <unistd.h>

#include "emu/device/vga_render.h"
#include "emu/mmu/mmu.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { LFB = 0xE0000000, MMIO = 0xF0000000, ROM = 0xF1000000 };

static struct machine *make(bool vga, const char *rom)
{
    char why[256];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .vga = vga,
                                    .vga_rom = rom,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    struct machine *m = machine_create(&config, why, sizeof why);
    if (m) // flat protected mode, so that a linear address is a physical one
        m->cpu->cr0 |= CR0_PE;
    return m;
}

static void config_write(struct machine *m, unsigned offset, uint32_t value)
{
    machine_port_write(m, 0xCF8, 4, 0x80001000u | offset);
    machine_port_write(m, 0xCFC, 4, value);
}

static uint32_t config_read(struct machine *m, unsigned offset)
{
    machine_port_write(m, 0xCF8, 4, 0x80001000u | offset);
    return machine_port_read(m, 0xCFC, 4);
}

static void vbe(struct machine *m, unsigned index, unsigned value)
{
    machine_port_write(m, 0x1CE, 2, index);
    machine_port_write(m, 0x1CF, 2, value);
}

static void test_framebuffer(void)
{
    struct machine *m = make(true, NULL);
    struct vga_render *r = vga_render_create();
    struct vga_regs regs;
    CHECK(config_read(m, 0) == 0x11111234 && config_read(m, 8) >> 8 == 0x030000, "identity %08x",
          config_read(m, 0));
    config_write(m, 0x10, 0xffffffff);
    CHECK(config_read(m, 0x10) == 0xff000008, "BAR 0 sizes as %08x", config_read(m, 0x10));
    config_write(m, 0x10, LFB);
    config_write(m, 0x18, MMIO);
    config_write(m, 4, 3);
    vbe(m, VBE_XRES, 1024);
    vbe(m, VBE_YRES, 768);
    vbe(m, VBE_BPP, 32);
    vbe(m, VBE_ENABLE, VBE_ENABLE_ON | VBE_ENABLE_LFB);
    mmu_store(m->cpu, LFB + (700 * 1024 + 900) * 4, 4, 0x00abcdef);
    const struct vga_picture *p = vga_render_frame(r, &regs, vga_snapshot(m->vga, &regs), 0);
    CHECK(p->width == 1024 && p->height == 768 && p->pixels[700 * 1024 + 900] == 0xabcdef,
          "%u x %u, pixel %06x", p->width, p->height, p->pixels[700 * 1024 + 900]);
    // The banked window shows the same memory.
    unsigned at = (700 * 1024 + 900) * 4;
    vbe(m, VBE_BANK, at >> 16);
    CHECK(mmu_load(m->cpu, 0xA0000 + (at & 0xffff), 4) == 0xabcdef, "the window shows %08x",
          (unsigned)mmu_load(m->cpu, 0xA0000 + (at & 0xffff), 4));
    // Registers as memory.
    CHECK(mmu_load(m->cpu, MMIO + 0x500 + 2 * VBE_XRES, 2) == 1024, "width in BAR 2");
    mmu_store(m->cpu, MMIO + 0x500 + 2 * VBE_Y_OFFSET, 2, 10);
    CHECK(m->vga && machine_port_read(m, 0x1CE, 2) == VBE_BANK, "the index port");
    mmu_store(m->cpu, MMIO + 0x408, 1, 0x40); // 3C8h
    CHECK(inb(m, 0x3C8) == 0x40, "the DAC's index in BAR 2");
    p = vga_render_frame(r, &regs, vga_snapshot(m->vga, &regs), 0);
    CHECK(p->pixels[690 * 1024 + 900] == 0xabcdef, "10 lines up");
    char why[256];
    CHECK(machine_reset(m, why, sizeof why) == 0, "%s", why);
    vga_snapshot(m->vga, &regs);
    CHECK(!vga_is_vbe(&regs), "VBE is on after a reset");
    vga_render_destroy(r);
    machine_destroy(m);
    case_end("vga_machine.framebuffer");
}

static void test_text_window(void)
{
    struct machine *m = make(true, NULL);
    struct vga_regs regs;
    machine_port_write(m, 0x3C2, 1, 0x67);
    machine_port_write(m, 0x3C4, 2, 0x0302); // planes 0 and 1
    machine_port_write(m, 0x3CE, 2, 0x0E06); // B8000h, odd and even
    machine_port_write(m, 0x3CE, 2, 0x1005);
    machine_port_write(m, 0x3CE, 2, 0xFF08);
    mmu_store(m->cpu, 0xB8000, 4, 0x07420741);
    CHECK(mmu_load(m->cpu, 0xB8000, 4) == 0x07420741, "text reads as %08x",
          (unsigned)mmu_load(m->cpu, 0xB8000, 4));
    const uint8_t *vram = vga_snapshot(m->vga, &regs);
    CHECK(vram[0] == 'A' && vram[1] == 7 && vram[8] == 'B' && vram[9] == 7, "planes %02x %02x %02x",
          vram[0], vram[1], vram[8]);
    CHECK(mmu_load(m->cpu, 0xA0000, 4) == 0xffffffff, "the window is elsewhere");
    machine_destroy(m);
    m = make(false, NULL);
    mmu_store(m->cpu, 0xB8000, 4, 0x12345678);
    CHECK(mmu_load(m->cpu, 0xB8000, 4) == 0x12345678, "without a VGA there is RAM");
    CHECK(inb(m, 0x3CC) == 0xff && config_read(m, 0) == 0xffffffff && !vga_is_present(m->vga),
          "a VGA in a machine without one");
    machine_destroy(m);
    case_end("vga_machine.window");
}

static void test_rom(void)
{
    char name[] = "/tmp/vga_rom_XXXXXX";
    uint8_t rom[5000] = {0x55, 0xAA, 10};
    rom[4999] = 0x77;
    int fd = mkstemp(name);
    if (fd < 0 || write(fd, rom, sizeof rom) != (ssize_t)sizeof rom)
        return;
    struct machine *m = make(true, name);
    CHECK(m != NULL, "no machine with a ROM");
    if (m) {
        config_write(m, 0x30, 0xffffffff);
        CHECK(config_read(m, 0x30) == 0xffffe001, "the ROM sizes as %08x", config_read(m, 0x30));
        config_write(m, 0x30, ROM | 1);
        config_write(m, 4, 2);
        CHECK(mmu_load(m->cpu, ROM, 2) == 0xAA55 && mmu_load(m->cpu, ROM + 4999, 1) == 0x77,
              "the ROM reads as %04x", (unsigned)mmu_load(m->cpu, ROM, 2));
        mmu_store(m->cpu, ROM, 2, 0);
        CHECK(mmu_load(m->cpu, ROM, 2) == 0xAA55, "the ROM was written");
        machine_destroy(m);
    }
    // What is not one is refused.
    fflush(stdout);
    int saved = dup(2);
    CHECK(freopen("/dev/null", "w", stderr) != NULL, "no /dev/null");
    CHECK(ftruncate(fd, 100) == 0 && !make(true, name), "100 bytes are a ROM");
    CHECK(ftruncate(fd, 2 << 20) == 0 && !make(true, name), "2 MB are a ROM");
    CHECK(!make(true, "/nonexistent"), "a ROM that is not there");
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    close(fd);
    unlink(name);
    case_end("vga_machine.rom");
}

int main(void)
{
    test_framebuffer();
    test_text_window();
    test_rom();
    return verdict_failures != 0;
}
