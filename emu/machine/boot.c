// SeaBIOS reads (its docs/Runtime_config): bootorder, Open Firmware's paths of devices, first to
// last; item 0Eh and etc/boot-menu-wait, whether it asks and for how many ms; etc/sercon-port, a
// serial port that it uses as a terminal beside the screen. All numbers are little-endian.
#include "emu/machine/boot.h"

#include <stdio.h>
#include <string.h>

#include "emu/device/fw_cfg.h"
#include "emu/machine/machine_state.h"

enum { COM1 = 0x3f8, SLOTS = 32, VENDOR_VIRTIO = 0x1af4, PATH_BYTES = 64, CLASS_NETWORK = 2 };

struct paths {
    char text[(MACHINE_DRIVES + MACHINE_NICS) * PATH_BYTES];
    size_t n;
};

static uint32_t read_config(struct machine *m, unsigned slot, unsigned reg)
{
    machine_port_write(m, 0xcf8, 4, 1u << 31 | slot << 11 | reg);
    return machine_port_read(m, 0xcfc, 4);
}

static bool is_virtio_disk(struct machine *m, unsigned slot)
{
    uint32_t id = read_config(m, slot, 0);
    return (id & 0xffff) == VENDOR_VIRTIO && (id >> 16 == 0x1001 || id >> 16 == 0x1042);
}

static bool is_network_card(struct machine *m, unsigned slot)
{
    return read_config(m, slot, 0) != ~0u && read_config(m, slot, 8) >> 24 == CLASS_NETWORK;
}

// The slot of a card: the one it was given, or the nth that holds one of its kind and was given to
// none.
static unsigned find_slot(struct machine *m, bool (*is)(struct machine *, unsigned), unsigned own,
                          unsigned nth, uint32_t given)
{
    for (unsigned slot = 0; !own && slot < SLOTS; slot++)
        if (!(given >> slot & 1) && is(m, slot) && nth-- == 0)
            return slot;
    return own;
}

static void add_drive(struct machine *m, struct paths *p, unsigned index)
{
    char *to = p->text + p->n;
    if (index < MACHINE_FLOPPY) {
        snprintf(to, PATH_BYTES, "/pci@i0cf8/ide@1,1/drive@%u/disk@%u\n", index / 2, index % 2);
    } else if (index < MACHINE_VIRTIO) {
        snprintf(to, PATH_BYTES, "/pci@i0cf8/isa@1/fdc@03f0/floppy@%u\n", index - MACHINE_FLOPPY);
    } else {
        const struct drive_config *d = m->config.drives;
        uint32_t given = 0;
        unsigned nth = 0;
        for (unsigned i = MACHINE_VIRTIO; i < MACHINE_DRIVES; i++) {
            given |= d[i].kind && d[i].slot ? 1u << d[i].slot : 0;
            nth += i < index && d[i].kind && !d[i].slot;
        }
        snprintf(to, PATH_BYTES, "/pci@i0cf8/scsi@%x/disk@0,0\n",
                 find_slot(m, is_virtio_disk, d[index].slot, nth, given));
    }
    p->n += strlen(to);
}

static void add_card(struct machine *m, struct paths *p, unsigned index)
{
    char *to = p->text + p->n;
    const struct nic_config *c = m->config.nics;
    uint32_t given = 0;
    unsigned nth = 0;
    for (unsigned i = 0; i < MACHINE_NICS; i++) {
        given |= c[i].model && c[i].slot ? 1u << c[i].slot : 0;
        nth += i < index && c[i].model && !c[i].slot;
    }
    snprintf(to, PATH_BYTES, "/pci@i0cf8/ethernet@%x/ethernet-phy@0\n",
             find_slot(m, is_network_card, c[index].slot, nth, given));
    p->n += strlen(to);
}

// Which of the drives and cards has the least index above `last`? 0: none; its number is in *which.
static unsigned find_next(const struct machine *m, unsigned last, unsigned *which)
{
    unsigned best = 0;
    for (unsigned i = 0; i < MACHINE_DRIVES + MACHINE_NICS; i++) {
        unsigned index = i < MACHINE_DRIVES ? m->config.drives[i].boot_index
                                            : m->config.nics[i - MACHINE_DRIVES].boot_index;
        if (index > last && (!best || index < best)) {
            best = index;
            *which = i;
        }
    }
    return best;
}

static bool tell_order(struct machine *m)
{
    static const char name[] = "bootorder";
    struct paths p = {.n = 0};
    unsigned which = 0;
    for (unsigned at = 0; (at = find_next(m, at, &which));) {
        if (which < MACHINE_DRIVES)
            add_drive(m, &p, which);
        else
            add_card(m, &p, which - MACHINE_DRIVES);
    }
    if (!p.n || m->config.kernel) // a kernel is an option ROM, and the first of all
        return true;
    m->boot_order = strdup(p.text);
    return m->boot_order && fw_cfg_add_file(m->fw_cfg, name, m->boot_order, p.n);
}

bool boot_tell_firmware(struct machine *m)
{
    static const uint8_t com1[] = {COM1 & 0xff, COM1 >> 8};
    const struct machine_config *c = &m->config;
    m->boot_wait[0] = (uint8_t)c->boot_menu_wait_ms;
    m->boot_wait[1] = (uint8_t)(c->boot_menu_wait_ms >> 8);
    snprintf(m->boot_later, sizeof m->boot_later, "%s", c->boot);
    return tell_order(m) && (!c->boot_menu || fw_cfg_add_number(m->fw_cfg, FW_CFG_BOOT_MENU, 1)) &&
           (!c->boot_menu_wait_ms ||
            fw_cfg_add_file(m->fw_cfg, "etc/boot-menu-wait", m->boot_wait, 2)) &&
           (!c->serial_console || (fw_cfg_add_number(m->fw_cfg, FW_CFG_NOGRAPHIC, 1) &&
                                   fw_cfg_add_file(m->fw_cfg, "etc/sercon-port", com1, 2)));
}

void boot_choose_order(struct machine *m)
{
    const char *order = m->resets || !*m->config.boot_once ? m->boot_later : m->config.boot_once;
    if (machine_has_firmware(m))
        snprintf(m->config.boot, sizeof m->config.boot, "%s", order);
}
