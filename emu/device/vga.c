// The VGA on the machine's buses: ports 3B0h-3DFh, DISPI at 1CEh-1D0h, the window at A0000h, and
// PCI function 00:02.0 (1234h:1111h) with the linear framebuffer (BAR 0), the registers once more
// as memory (BAR 2: VGA ports from 400h, DISPI from 500h) and the option ROM.
//
// What the chip does is vga_core.h's. Here is its lock: the processor's thread holds it while it
// changes registers, and a display while it copies them (vga_snapshot()). The memory has none.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/device/pci.h"
#include "emu/device/vga_core.h"

enum {
    PORT_FIRST = 0x3B0,
    PORT_COUNT_VGA = 0x30,
    PORT_VBE = 0x1CE, // index; data at the two after it
    SLOT = 2,
    PCI_CLASS_VGA = 0x030000,
    MMIO_BYTES = 4096,
    MMIO_PORTS = 0x400, // 3C0h-3DFh
    MMIO_VBE = 0x500,
    ROM_MAX_BYTES = 1 << 20,
};

struct vga {
    struct machine *m;
    pthread_mutex_t lock;
    struct vga_core core;
    struct mmu_region *memory, *rom;
    struct pci_function pci;
    uint16_t vbe_index;
};

// --- ports ---

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct vga *v = opaque;
    return vga_port_read(&v->core, port, machine_now_ns(v->m));
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct vga *v = opaque;
    pthread_mutex_lock(&v->lock);
    vga_port_write(&v->core, port, (uint8_t)value);
    pthread_mutex_unlock(&v->lock);
}

// The guest's processor may have translated code from the framebuffer; only through BAR 0.
static void tell_changed(struct vga *v, uint32_t at, uint32_t bytes)
{
    if (v->pci.bar[0].mapped)
        mmu_region_changed(v->m->mmu, v->memory, at, bytes);
}

static void write_vbe(struct vga *v, unsigned index, uint16_t value)
{
    pthread_mutex_lock(&v->lock);
    bool was = vga_is_vbe(&v->core.regs);
    vbe_write(&v->core, index, value);
    bool is = vga_is_vbe(&v->core.regs);
    pthread_mutex_unlock(&v->lock);
    if (is && !was && !(value & VBE_ENABLE_NOCLEAR))
        tell_changed(v, 0, VGA_VRAM_BYTES);
}

static uint32_t read_vbe_port(void *opaque, uint16_t port, unsigned size)
{
    struct vga *v = opaque;
    if (size != 2)
        return 0xffffffffu;
    return port == PORT_VBE ? v->vbe_index : vbe_read(&v->core, v->vbe_index);
}

static void write_vbe_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct vga *v = opaque;
    if (size != 2)
        return;
    if (port == PORT_VBE)
        v->vbe_index = (uint16_t)value;
    else
        write_vbe(v, v->vbe_index, (uint16_t)value);
}

// --- memory ---

static uint32_t read_window(void *opaque, uint32_t offset, unsigned size)
{
    struct vga *v = opaque;
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)vga_memory_read(&v->core, offset + i) << 8 * i;
    return value;
}

static void write_window(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct vga *v = opaque;
    for (unsigned i = 0; i < size; i++) {
        uint32_t at = vga_memory_write(&v->core, offset + i, (uint8_t)(value >> 8 * i));
        if (at != VGA_NOTHING)
            tell_changed(v, at, 4);
    }
}

static uint32_t read_mmio(void *opaque, uint32_t offset, unsigned size)
{
    struct vga *v = opaque;
    if (offset >= MMIO_VBE && offset < MMIO_VBE + 2 * VBE_REGISTERS && size == 2)
        return vbe_read(&v->core, (offset - MMIO_VBE) / 2);
    if (offset < MMIO_PORTS || offset + size > MMIO_PORTS + 0x20)
        return 0; // no EDID
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= read_port(v, (uint16_t)(0x3C0 + offset - MMIO_PORTS + i), 1) << 8 * i;
    return value;
}

static void write_mmio(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct vga *v = opaque;
    if (offset >= MMIO_VBE && offset < MMIO_VBE + 2 * VBE_REGISTERS && size == 2) {
        write_vbe(v, (offset - MMIO_VBE) / 2, (uint16_t)value);
        return;
    }
    if (offset < MMIO_PORTS || offset + size > MMIO_PORTS + 0x20)
        return;
    for (unsigned i = 0; i < size; i++)
        write_port(v, (uint16_t)(0x3C0 + offset - MMIO_PORTS + i), 1, value >> 8 * i & 0xff);
}

// --- for displays ---

bool vga_is_present(const struct vga *v)
{
    return v->memory != NULL;
}

const uint8_t *vga_snapshot(struct vga *v, struct vga_regs *regs)
{
    pthread_mutex_lock(&v->lock);
    memcpy(regs, &v->core.regs, sizeof *regs); // whole, so that copies can be compared
    pthread_mutex_unlock(&v->lock);
    return v->core.vram;
}

bool vga_peek(struct vga *v, uint32_t phys, uint8_t *byte)
{
    if (!v->memory || phys < VGA_WINDOW || phys - VGA_WINDOW >= VGA_WINDOW_BYTES)
        return false;
    uint32_t latches = v->core.latches;
    *byte = vga_memory_read(&v->core, phys - VGA_WINDOW);
    v->core.latches = latches;
    return true;
}

uint64_t vga_frame_number(const struct vga *v)
{
    return machine_now_ns(v->m) / vga_frame_ns(&v->core.regs);
}

// --- making ---

static uint32_t power_of_2_above(uint32_t n)
{
    uint32_t p = 4096;
    while (p < n)
        p *= 2;
    return p;
}

// False with a message if there is a file and it cannot be used. A FIFO is refused, not waited for.
static bool load_rom(struct vga *v, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
    uint8_t *bytes = malloc(ROM_MAX_BYTES + 1);
    size_t n = f && bytes ? fread(bytes, 1, ROM_MAX_BYTES + 1, f) : 0;
    bool good = n >= 512 && n <= ROM_MAX_BYTES && bytes[0] == 0x55 && bytes[1] == 0xAA;
    if (!f)
        snprintf(v->m->why, sizeof v->m->why, "VGA BIOS %.200s: %s", path, strerror(errno));
    else if (!good)
        snprintf(v->m->why, sizeof v->m->why, "VGA BIOS %.160s: not an option ROM of at most 1 MB",
                 path);
    if (good) {
        uint32_t size = power_of_2_above((uint32_t)n);
        v->rom = machine_ram_region(v->m, size, false);
        if (v->rom) {
            memcpy(mmu_region_bytes(v->rom), bytes, n);
            v->pci.rom = (struct pci_bar){.bytes = size, .region = v->rom, .read_only = true};
        }
    }
    if (f)
        fclose(f);
    free(bytes);
    return v->rom != NULL;
}

static bool put_on_buses(struct vga *v)
{
    static const struct port_ops ports = {.read = read_port, .write = write_port, .bytes = true};
    static const struct port_ops vbe = {.read = read_vbe_port, .write = write_vbe_port};
    static const struct mmio_ops window = {.read = read_window, .write = write_window};
    static const struct mmio_ops mmio = {.read = read_mmio, .write = write_mmio};
    struct machine *m = v->m;
    v->memory = machine_ram_region(m, VGA_VRAM_BYTES, false);
    if (!v->memory)
        return false;
    vga_core_init(&v->core, mmu_region_bytes(v->memory));
    v->pci = (struct pci_function){.name = "VGA", .opaque = v};
    pci_identify(&v->pci, 0x1234, 0x1111, PCI_CLASS_VGA, 2);
    v->pci.bar[0] =
        (struct pci_bar){.bytes = VGA_VRAM_BYTES, .region = v->memory, .prefetchable = true};
    v->pci.bar[2] = (struct pci_bar){.bytes = MMIO_BYTES, .mmio = &mmio};
    if (m->config.vga_rom && !load_rom(v, m->config.vga_rom))
        return false;
    return machine_port_register(m, PORT_FIRST, PORT_COUNT_VGA, &ports, v) &&
           machine_port_register(m, PORT_VBE, 3, &vbe, v) &&
           machine_mmio_register(m, VGA_WINDOW, VGA_WINDOW_BYTES, &window, v) &&
           pci_register(m, PCI_DEVFN(SLOT, 0), &v->pci, 0);
}

void vga_reset(struct vga *v)
{
    if (!v->memory)
        return;
    pthread_mutex_lock(&v->lock);
    vga_core_reset(&v->core);
    pthread_mutex_unlock(&v->lock);
    v->vbe_index = 0;
}

struct vga *vga_create(struct machine *m)
{
    struct vga *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->m = m;
    if (pthread_mutex_init(&v->lock, NULL)) {
        free(v);
        return NULL;
    }
    if (m->config.vga && !put_on_buses(v)) {
        vga_destroy(v);
        return NULL;
    }
    return v;
}

void vga_destroy(struct vga *v)
{
    pthread_mutex_destroy(&v->lock);
    free(v);
}
