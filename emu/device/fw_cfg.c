// The firmware configuration device. The contract is in fw_cfg.h.
//
// Port 510h, 16 bits: selects an item and its first byte. 511h: the next byte; behind the end 0.
// 514h-51Bh: DMA, a big-endian address whose low half starts a transfer: control, length, address,
// big-endian (QEMU documentation, specs/fw_cfg). Nothing can be written to an item.
#include "emu/device/fw_cfg.h"

#include <stdlib.h>
#include <string.h>

#include "emu/machine/machine_state.h"

enum {
    PORT_SELECT = 0x510,
    PORT_DATA = 0x511,
    PORT_DMA = 0x514,
    NAME_BYTES = 56,
    ID_TRADITIONAL = 1,
    ID_DMA = 2,
    DMA_ERROR = 1,
    DMA_READ = 2,
    DMA_SKIP = 4,
    DMA_SELECT = 8,
    DMA_WRITE = 16,
    DMA_PIECE = 1 << 16, // bytes moved at a time
};

struct item {
    const uint8_t *bytes;
    size_t n;
};

// One entry of the file directory, big-endian.
struct directory_entry {
    uint8_t size[4];
    uint8_t select[2];
    uint8_t reserved[2];
    char name[NAME_BYTES];
};

struct fw_cfg {
    struct machine *m;
    struct item item[FW_CFG_ITEMS];
    uint8_t number[FW_CFG_ITEMS][4];
    unsigned nfiles;
    struct {
        uint8_t count[4];
        struct directory_entry entry[FW_CFG_FILES];
    } directory;
    struct {
        uint8_t base[8], size[8], type[4];
    } e820;
    unsigned selected;
    size_t at;
    uint32_t dma_high;
};

static void put_big(uint8_t *to, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint32_t get_big(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static uint32_t swap(uint32_t v, unsigned size)
{
    return size == 4 ? __builtin_bswap32(v) : size == 2 ? __builtin_bswap16((uint16_t)v) : v;
}

// --- items ---

bool fw_cfg_add(struct fw_cfg *d, enum fw_cfg_item item, const void *bytes, size_t n)
{
    if (item >= FW_CFG_ITEMS)
        return false;
    d->item[item] = (struct item){bytes, n};
    return true;
}

bool fw_cfg_add_number(struct fw_cfg *d, enum fw_cfg_item item, uint32_t value)
{
    if (item >= FW_CFG_ITEMS)
        return false;
    for (unsigned i = 0; i < 4; i++)
        d->number[item][i] = (uint8_t)(value >> (8 * i));
    return fw_cfg_add(d, item, d->number[item], 4);
}

bool fw_cfg_add_file(struct fw_cfg *d, const char *name, const void *bytes, size_t n)
{
    unsigned i = 0;
    while (i < d->nfiles && strcmp(d->directory.entry[i].name, name) != 0)
        i++;
    if (i == FW_CFG_FILES || strlen(name) >= NAME_BYTES || n > UINT32_MAX)
        return false;
    struct directory_entry *e = &d->directory.entry[i];
    *e = (struct directory_entry){0};
    strcpy(e->name, name);
    put_big(e->size, (uint32_t)n, 4);
    put_big(e->select, FW_CFG_FILE_FIRST + i, 2);
    if (i == d->nfiles)
        d->nfiles++;
    put_big(d->directory.count, d->nfiles, 4);
    return fw_cfg_add(d, (enum fw_cfg_item)(FW_CFG_FILE_FIRST + i), bytes, n);
}

static void put_standard(struct fw_cfg *d)
{
    static const char signature[] = "QEMU";
    fw_cfg_add(d, FW_CFG_SIGNATURE, signature, 4);
    fw_cfg_add_number(d, FW_CFG_ID, ID_TRADITIONAL | ID_DMA);
    fw_cfg_add_number(d, FW_CFG_RAM_SIZE, (uint32_t)mmu_ram_bytes(d->m->mmu));
    fw_cfg_add_number(d, FW_CFG_NOGRAPHIC, 0);
    fw_cfg_add_number(d, FW_CFG_NB_CPUS, 1);
    fw_cfg_add_number(d, FW_CFG_MAX_CPUS, 1);
    fw_cfg_add_number(d, FW_CFG_BOOT_MENU, 0);
    fw_cfg_add(d, FW_CFG_FILE_DIR, &d->directory, sizeof d->directory);
    uint64_t ram = mmu_ram_bytes(d->m->mmu); // the map of memory: one piece of RAM from 0
    for (unsigned i = 0; i < 8; i++)
        d->e820.size[i] = (uint8_t)(ram >> (8 * i));
    d->e820.type[0] = 1;
    fw_cfg_add_file(d, "etc/e820", &d->e820, sizeof d->e820);
    // Which sleeping states there are (bit 7), and the value that SLP_TYP gets: S4 is 2, no S3.
    static const uint8_t states[6] = {0x80, 0, 0, 0, 0x82, 0x80};
    fw_cfg_add_file(d, "etc/system-states", states, sizeof states);
    // The timer's IRQ 0 is at pin 2 of the I/O APIC: for the MADT and the MP table.
    static const uint8_t irq0_override[] = {1};
    fw_cfg_add_file(d, "etc/irq0-override", irq0_override, sizeof irq0_override);
}

// --- the guest's side ---

static void choose(struct fw_cfg *d, unsigned item)
{
    d->selected = item & 0x3fff; // bit 14: writing, 15: architecture's own; we have neither
    if (item & 0x8000)
        d->selected = FW_CFG_ITEMS;
    d->at = 0;
}

// What is left of the selected item.
static size_t left(const struct fw_cfg *d, const uint8_t **from)
{
    if (d->selected >= FW_CFG_ITEMS || d->at >= d->item[d->selected].n)
        return 0;
    *from = d->item[d->selected].bytes + d->at;
    return d->item[d->selected].n - d->at;
}

static uint32_t next_byte(struct fw_cfg *d)
{
    const uint8_t *from;
    if (left(d, &from) == 0)
        return 0;
    d->at++;
    return *from;
}

// Item bytes and then zeros to memory. False where there is none.
static bool transfer(struct fw_cfg *d, uint64_t to, uint32_t bytes)
{
    static const uint8_t zeros[DMA_PIECE];
    if (to + bytes > 1ull << 32)
        return false;
    while (bytes) {
        const uint8_t *from = zeros;
        size_t have = left(d, &from);
        uint32_t n = bytes < DMA_PIECE ? bytes : DMA_PIECE;
        if (have && n > have)
            n = (uint32_t)have;
        if (!machine_dma_write(d->m, (uint32_t)to, from, n))
            return false;
        if (have)
            d->at += n;
        to += n;
        bytes -= n;
    }
    return true;
}

static void start_dma(struct fw_cfg *d, uint32_t phys)
{
    uint8_t access[16], result[4] = {0};
    if (d->dma_high || !machine_dma_read(d->m, phys, access, sizeof access))
        return;
    uint32_t control = get_big(access), bytes = get_big(access + 4);
    uint64_t to = (uint64_t)get_big(access + 8) << 32 | get_big(access + 12);
    bool ok = true;
    if (control & DMA_SELECT)
        choose(d, control >> 16);
    if (control & DMA_READ) {
        ok = transfer(d, to, bytes);
    } else if (control & DMA_WRITE) {
        ok = false;
    } else if (control & DMA_SKIP) {
        const uint8_t *from;
        size_t have = left(d, &from);
        d->at += have < bytes ? have : bytes;
    }
    put_big(result, ok ? 0 : DMA_ERROR, 4);
    machine_dma_write(d->m, phys, result, sizeof result);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    struct fw_cfg *d = opaque;
    if (port == PORT_DATA && size == 1)
        return next_byte(d);
    if (port == PORT_SELECT && size == 2)
        return d->selected;
    if (port == PORT_DMA && size == 4)
        return swap(0x51454d55, 4); // "QEMU CFG", which says that DMA is there
    if (port == PORT_DMA + 4 && size == 4)
        return swap(0x20434647, 4);
    return 0;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct fw_cfg *d = opaque;
    if (port == PORT_SELECT && size == 2) {
        choose(d, value);
    } else if (port == PORT_DMA && size == 4) {
        d->dma_high = swap(value, 4);
    } else if (port == PORT_DMA + 4 && size == 4) {
        start_dma(d, swap(value, 4));
        d->dma_high = 0;
    }
}

void fw_cfg_reset(struct fw_cfg *d)
{
    choose(d, FW_CFG_SIGNATURE);
    d->dma_high = 0;
}

struct fw_cfg *fw_cfg_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port};
    struct fw_cfg *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    // Without firmware nobody has a use for it.
    if (machine_has_firmware(m) && (!machine_port_register(m, PORT_SELECT, 2, &ops, d) ||
                                    !machine_port_register(m, PORT_DMA, 8, &ops, d))) {
        free(d);
        return NULL;
    }
    put_standard(d);
    return d;
}

void fw_cfg_destroy(struct fw_cfg *d)
{
    free(d);
}
