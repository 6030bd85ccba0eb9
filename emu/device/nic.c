// The machine's network cards (nic.h), as its configuration lists them.
#include "emu/device/nic.h"

#include <stdlib.h>
#include <string.h>

enum model {
#define NIC(name, qemu_name, rom, what) MODEL_##name,
#include "emu/device/nic.def"
#undef NIC
    MODELS
};

static const struct {
    const char *name, *rom;
} models[MODELS] = {
#define NIC(name, qemu_name, rom, what) {qemu_name, rom},
#include "emu/device/nic.def"
#undef NIC
};

struct nic {
    struct {
        enum model model;
        void *card; // NULL: none
    } slot[MACHINE_NICS];
};

int nic_find_model(const char *qemu_name)
{
    if (strcmp(qemu_name, "virtio") == 0) // as -nic calls it
        return MODEL_virtio_net;
    for (unsigned i = 0; i < MODELS; i++)
        if (strcmp(models[i].name, qemu_name) == 0)
            return (int)i;
    return -1;
}

const char *nic_default_rom(unsigned model)
{
    return models[model < MODELS ? model : 0].rom;
}

const char *nic_models(void)
{
    static const char names[] =
#define NIC(name, qemu_name, rom, what) " " qemu_name
#include "emu/device/nic.def"
#undef NIC
        ;
    return &names[1];
}

bool nic_register(const struct nic_setup *s, struct pci_function *f, const struct net_card *card,
                  void *opaque)
{
    bool placed = s->slot ? pci_register(s->m, PCI_DEVFN(s->slot, 0), f, 1)
                          : pci_register_anywhere(s->m, f, 1);
    return placed && (!s->netdev || netdev_connect(s->netdev, card, opaque));
}

static void *create_card(enum model model, const struct nic_setup *s)
{
    switch (model) {
#define NIC(name, qemu_name, rom, what)                                                            \
    case MODEL_##name:                                                                             \
        return name##_create(s);
#include "emu/device/nic.def"
#undef NIC
    default: return NULL;
    }
}

static void reset_card(enum model model, void *card)
{
    switch (model) {
#define NIC(name, qemu_name, rom, what)                                                            \
    case MODEL_##name:                                                                             \
        name##_reset(card);                                                                        \
        break;
#include "emu/device/nic.def"
#undef NIC
    default: break;
    }
}

static void destroy_card(enum model model, void *card)
{
    switch (model) {
#define NIC(name, qemu_name, rom, what)                                                            \
    case MODEL_##name:                                                                             \
        name##_destroy(card);                                                                      \
        break;
#include "emu/device/nic.def"
#undef NIC
    default: break;
    }
}

void nic_reset(struct nic *d)
{
    for (unsigned i = 0; i < MACHINE_NICS; i++)
        if (d->slot[i].card)
            reset_card(d->slot[i].model, d->slot[i].card);
}

void nic_destroy(struct nic *d)
{
    for (unsigned i = 0; i < MACHINE_NICS; i++)
        if (d->slot[i].card)
            destroy_card(d->slot[i].model, d->slot[i].card);
    free(d);
}

struct nic *nic_create(struct machine *m)
{
    struct nic *d = calloc(1, sizeof *d);
    for (unsigned i = 0; d && i < MACHINE_NICS; i++) {
        const struct nic_config *from = &m->config.nics[i];
        int model = from->model ? nic_find_model(from->model) : -1;
        if (model < 0)
            continue;
        struct nic_setup s = {
            .m = m, .netdev = machine_find_netdev(m, from->netdev), .slot = from->slot};
        memcpy(s.mac, from->mac, sizeof s.mac);
        if (m->nic_rom[i])
            s.rom = (struct pci_bar){
                .bytes = m->nic_rom_bytes[i], .region = m->nic_rom[i], .read_only = true};
        d->slot[i].model = (enum model)model;
        if (!(d->slot[i].card = create_card((enum model)model, &s))) {
            nic_destroy(d);
            return NULL;
        }
    }
    return d;
}
