// Virtio over PCI (Virtual I/O Device Version 1.1, 4.1): a transitional function, which drivers of
// both generations find.
//
//   BAR 0, ports   the legacy interface (4.1.4.8): a header of 20 bytes, then the device's
//                  configuration; queues by page number, 4096-byte aligned (2.6.2)
//   BAR 4, memory  the modern one, 16 KB, and capabilities that say what is where:
//                    0000h common configuration   1000h ISR   2000h device's   3000h notify
// The fifth capability reaches BAR 4 through configuration space, for firmware that cannot map it.
// Interrupts are INTx; the ISR says why, and reading it takes the level away. There is no MSI-X.
#include "emu/device/virtio_state.h"

enum { VENDOR = 0x1af4, LEGACY_DEVICE = 0x1000, MODERN_DEVICE = 0x1040 };
enum { LEGACY_BAR = 0, MODERN_BAR = 4, MODERN_BYTES = 0x4000, WINDOW = 0x1000 };
enum { NO_VECTOR = 0xffff, NOTIFY_STEP = 4, PAGE_SHIFT = 12 };

enum legacy_register {
    LEGACY_OFFERED = 0,
    LEGACY_ACCEPTED = 4,
    LEGACY_QUEUE_PAGE = 8,
    LEGACY_QUEUE_SIZE = 12,
    LEGACY_QUEUE_SELECT = 14,
    LEGACY_NOTIFY = 16,
    LEGACY_STATUS = 18,
    LEGACY_ISR = 19,
    LEGACY_CONFIG = 20,
};

// struct virtio_pci_common_cfg, 4.1.4.3
enum common_register {
    OFFERED_SELECT = 0,
    OFFERED = 4,
    ACCEPTED_SELECT = 8,
    ACCEPTED = 12,
    CONFIG_VECTOR = 16,
    QUEUES = 18,
    STATUS = 20,
    GENERATION = 21,
    QUEUE_SELECT = 22,
    QUEUE_SIZE = 24,
    QUEUE_VECTOR = 26,
    QUEUE_ENABLE = 28,
    QUEUE_NOTIFY_OFFSET = 30,
    QUEUE_DESC = 32,
    QUEUE_AVAIL = 40,
    QUEUE_USED = 48,
    COMMON_BYTES = 56,
};

// The windows of BAR 4, one for each type of capability (4.1.4).
enum window { COMMON = 1, NOTIFY = 2, ISR = 3, DEVICE_CONFIG = 4, PCI_ACCESS = 5 };
static const struct {
    uint8_t type, bytes;
    uint32_t offset;
} capabilities[] = {
    {COMMON, 16, 0x0000},     {ISR, 16, 0x1000},   {DEVICE_CONFIG, 16, 0x2000},
    {NOTIFY, 20, 3 * WINDOW}, {PCI_ACCESS, 20, 0},
};
enum { CAPABILITIES_AT = 0x40, CAPABILITY_STEP = 0x14, CAPABILITY_VENDOR = 9 };
enum { ACCESS_AT = CAPABILITIES_AT + 4 * CAPABILITY_STEP, ACCESS_DATA = ACCESS_AT + 16 };
enum { STATUS_CAPABILITIES = 0x10 };

static struct virtio_queue *selected(struct virtio *v)
{
    return v->queue_select < v->kind.queues ? &v->queue[v->queue_select] : NULL;
}

// --- the legacy interface ---

static uint32_t queue_page(const struct virtio_queue *q)
{
    return q && q->enabled ? (uint32_t)(q->desc >> PAGE_SHIFT) : 0;
}

// Descriptors, available ring, and on the next page boundary the used ring (2.6.2).
static void write_queue_page(struct virtio *v, uint32_t page)
{
    struct virtio_queue *q = selected(v);
    if (!q)
        return;
    virtio_forget_queue(v, v->queue_select);
    if (page == 0)
        return;
    q->desc = (uint64_t)page << PAGE_SHIFT;
    q->avail = q->desc + 16u * q->size;
    q->used = (q->avail + 6 + 2u * q->size + 0xfff) & ~0xfffull;
    virtio_enable_queue(v, v->queue_select);
}

static uint32_t read_legacy(void *opaque, uint16_t port, unsigned size)
{
    struct virtio *v = opaque;
    struct virtio_queue *q = selected(v);
    unsigned offset = port & (v->f.bar[LEGACY_BAR].bytes - 1);
    switch (offset) {
    case LEGACY_OFFERED: return (uint32_t)virtio_offered(v);
    case LEGACY_ACCEPTED: return (uint32_t)v->accepted;
    case LEGACY_QUEUE_PAGE: return queue_page(q);
    case LEGACY_QUEUE_SIZE: return q ? v->kind.queue_size[v->queue_select] : 0;
    case LEGACY_QUEUE_SELECT: return v->queue_select;
    case LEGACY_STATUS: return v->status;
    case LEGACY_ISR: return virtio_take_isr(v);
    default:
        return offset < LEGACY_CONFIG ? 0 : virtio_read_config(v, offset - LEGACY_CONFIG, size);
    }
}

static void write_legacy(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    struct virtio *v = opaque;
    unsigned offset = port & (v->f.bar[LEGACY_BAR].bytes - 1);
    switch (offset) {
    case LEGACY_ACCEPTED: virtio_accept(v, value & (uint32_t)virtio_offered(v)); break;
    case LEGACY_QUEUE_PAGE: write_queue_page(v, value); break;
    case LEGACY_QUEUE_SELECT: v->queue_select = (uint16_t)value; break;
    case LEGACY_NOTIFY: virtio_notify(v, value & 0xffff); break;
    case LEGACY_STATUS: virtio_write_status(v, (uint8_t)value); break;
    default:
        if (offset >= LEGACY_CONFIG)
            virtio_write_config(v, offset - LEGACY_CONFIG, size, value);
        break;
    }
}

// --- the modern one ---

static uint32_t half(uint64_t features, uint32_t select)
{
    return select > 1 ? 0 : (uint32_t)(features >> (32 * select));
}

// The 32 bits at a multiple of 4; nothing here changes by being read.
static uint32_t read_common_word(struct virtio *v, uint32_t offset)
{
    static const struct virtio_queue none;
    const struct virtio_queue *q = selected(v);
    uint32_t notify_offset = q ? v->queue_select : 0;
    q = q ? q : &none;
    switch (offset) {
    case OFFERED_SELECT: return v->offered_select;
    case OFFERED: return half(virtio_offered(v), v->offered_select);
    case ACCEPTED_SELECT: return v->accepted_select;
    case ACCEPTED: return half(v->accepted, v->accepted_select);
    case CONFIG_VECTOR: return NO_VECTOR | v->kind.queues << 16;
    case STATUS:
        return v->status | (uint32_t)v->config_generation << 8 | (uint32_t)v->queue_select << 16;
    case QUEUE_SIZE: return q->size | (uint32_t)NO_VECTOR << 16;
    case QUEUE_ENABLE: return q->enabled | notify_offset << 16;
    case QUEUE_DESC: return (uint32_t)q->desc;
    case QUEUE_DESC + 4: return (uint32_t)(q->desc >> 32);
    case QUEUE_AVAIL: return (uint32_t)q->avail;
    case QUEUE_AVAIL + 4: return (uint32_t)(q->avail >> 32);
    case QUEUE_USED: return (uint32_t)q->used;
    case QUEUE_USED + 4: return (uint32_t)(q->used >> 32);
    default: return 0;
    }
}

static uint32_t read_common(struct virtio *v, uint32_t offset, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (read_common_word(v, (offset + i) & ~3u) >> (8 * ((offset + i) & 3)) & 0xff)
                 << (8 * i);
    return value;
}

static void put_half(uint64_t *to, uint32_t offset, uint32_t value)
{
    unsigned shift = offset & 4 ? 32 : 0;
    *to = (*to & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
}

static void accept_half(struct virtio *v, uint32_t value)
{
    uint64_t features = v->accepted;
    if (v->accepted_select > 1)
        return;
    put_half(&features, v->accepted_select * 4, value);
    virtio_accept(v, features);
}

// Registers of the selected queue; while it is enabled they are what they are (4.1.4.3.2).
static void write_queue(struct virtio *v, uint32_t offset, uint32_t value)
{
    struct virtio_queue *q = selected(v);
    if (!q || q->enabled)
        return;
    switch (offset) {
    case QUEUE_SIZE: q->size = (uint16_t)value; break;
    case QUEUE_ENABLE:
        if ((value & 0xffff) == 1)
            virtio_enable_queue(v, v->queue_select);
        break;
    case QUEUE_DESC:
    case QUEUE_DESC + 4: put_half(&q->desc, offset, value); break;
    case QUEUE_AVAIL:
    case QUEUE_AVAIL + 4: put_half(&q->avail, offset, value); break;
    case QUEUE_USED:
    case QUEUE_USED + 4: put_half(&q->used, offset, value); break;
    default: break;
    }
}

static void write_common(struct virtio *v, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case OFFERED_SELECT: v->offered_select = value; break;
    case ACCEPTED_SELECT: v->accepted_select = value; break;
    case ACCEPTED: accept_half(v, value); break;
    case STATUS: virtio_write_status(v, (uint8_t)value); break;
    case QUEUE_SELECT: v->queue_select = (uint16_t)value; break;
    default: write_queue(v, offset, value); break;
    }
}

static uint32_t read_modern(void *opaque, uint32_t offset, unsigned size)
{
    struct virtio *v = opaque;
    switch (offset / WINDOW) {
    case 0: return read_common(v, offset, size);
    case 1: return offset % WINDOW ? 0 : virtio_take_isr(v);
    case 2: return virtio_read_config(v, offset % WINDOW, size);
    default: return 0;
    }
}

static void write_modern(void *opaque, uint32_t offset, unsigned size, uint32_t value)
{
    struct virtio *v = opaque;
    switch (offset / WINDOW) {
    case 0: write_common(v, offset, value); break;
    case 2: virtio_write_config(v, offset % WINDOW, size, value); break;
    case 3: virtio_notify(v, offset % WINDOW / NOTIFY_STEP); break;
    default: break;
    }
}

// --- the modern one through configuration space (4.1.4.7) ---

// Does an access of [offset, offset+size) touch the data, and is what the capability names ours?
static bool is_access(const struct virtio *v, unsigned offset, unsigned size, uint32_t *at,
                      unsigned *bytes)
{
    *at = pci_get32(&v->f, ACCESS_AT + 8);
    uint32_t length = pci_get32(&v->f, ACCESS_AT + 12);
    *bytes = length;
    return !v->kind.no_modern && offset < ACCESS_DATA + 4 && offset + size > ACCESS_DATA &&
           v->f.config[ACCESS_AT + 4] == MODERN_BAR &&
           (length == 1 || length == 2 || length == 4) && *at % length == 0 && *at < MODERN_BYTES;
}

static void config_read(void *opaque, unsigned offset, unsigned size)
{
    struct virtio *v = opaque;
    uint32_t at;
    unsigned bytes;
    if (is_access(v, offset, size, &at, &bytes))
        pci_put32(&v->f, ACCESS_DATA, read_modern(v, at, bytes));
}

static void config_written(void *opaque, unsigned offset, unsigned size)
{
    struct virtio *v = opaque;
    uint32_t at;
    unsigned bytes;
    if (is_access(v, offset, size, &at, &bytes))
        write_modern(v, at, bytes, pci_get32(&v->f, ACCESS_DATA));
}

// --- the PCI function ---

static uint32_t window_bytes(const struct virtio *v, uint8_t type)
{
    switch (type) {
    case COMMON: return COMMON_BYTES;
    case NOTIFY: return v->kind.queues * NOTIFY_STEP;
    case ISR: return 1;
    case DEVICE_CONFIG: return v->kind.config_bytes;
    default: return 0;
    }
}

static void put_capabilities(struct virtio *v)
{
    unsigned n = sizeof capabilities / sizeof *capabilities;
    for (unsigned i = 0; i < n; i++) {
        unsigned at = CAPABILITIES_AT + i * CAPABILITY_STEP;
        uint8_t *c = &v->f.config[at];
        c[0] = CAPABILITY_VENDOR;
        c[1] = (uint8_t)(i + 1 < n ? at + CAPABILITY_STEP : 0);
        c[2] = capabilities[i].bytes;
        c[3] = capabilities[i].type;
        pci_put32(&v->f, at + 4, capabilities[i].type == PCI_ACCESS ? 0 : MODERN_BAR);
        pci_put32(&v->f, at + 8, capabilities[i].offset);
        pci_put32(&v->f, at + 12, window_bytes(v, capabilities[i].type));
        if (capabilities[i].bytes == 20) // the step of NOTIFY, the data of PCI_ACCESS
            pci_put32(&v->f, at + 16, capabilities[i].type == NOTIFY ? NOTIFY_STEP : 0);
    }
}

static uint32_t power_of_2(uint32_t bytes)
{
    uint32_t n = 16;
    while (n < bytes)
        n *= 2;
    return n;
}

// The transitional device numbers (4.1.2.1, table 1) are not in the order of the device types.
static uint16_t device_number(const struct virtio_kind *k)
{
    if (k->no_legacy)
        return (uint16_t)(MODERN_DEVICE + k->id);
    return (uint16_t)(LEGACY_DEVICE + (k->id == VIRTIO_ID_NET ? 0 : 1));
}

bool virtio_pci_register(struct virtio *v)
{
    static const struct port_ops legacy = {.read = read_legacy, .write = write_legacy};
    static const struct mmio_ops modern = {.read = read_modern, .write = write_modern};
    struct pci_function *f = &v->f;
    const struct virtio_kind *k = &v->kind;
    f->name = k->name;
    f->opaque = v;
    f->rom = k->rom;
    pci_identify(f, VENDOR, device_number(k), k->class, k->no_legacy ? 1 : 0);
    pci_put16(f, PCI_SUBSYSTEM_VENDOR, VENDOR);
    pci_put16(f, PCI_SUBSYSTEM, (uint16_t)k->id);
    if (!k->no_legacy)
        f->bar[LEGACY_BAR] = (struct pci_bar){.bytes = power_of_2(LEGACY_CONFIG + k->config_bytes),
                                              .ports = &legacy};
    if (!k->no_modern) {
        f->bar[MODERN_BAR] = (struct pci_bar){.bytes = MODERN_BYTES, .mmio = &modern};
        f->config[PCI_STATUS] |= STATUS_CAPABILITIES;
        f->config[PCI_CAPABILITIES] = CAPABILITIES_AT;
        f->config_read = config_read;
        f->config_written = config_written;
        f->writable[ACCESS_AT + 4] = 0xff;
        for (unsigned i = 8; i < 20; i++)
            f->writable[ACCESS_AT + i] = 0xff;
        put_capabilities(v);
    }
    return k->slot ? pci_register(v->m, PCI_DEVFN(k->slot, 0), f, 1)
                   : pci_register_anywhere(v->m, f, 1);
}

void virtio_pci_reset(struct virtio *v)
{
    if (!v->kind.no_modern)
        put_capabilities(v);
}
