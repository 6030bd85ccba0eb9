// Network cards: what those in nic.def have in common. Each is a PCI function that may have an
// option ROM, and is plugged into a netdev (emu/net/net.h) or into nothing.
#ifndef TM_EMU_DEVICE_NIC_H
#define TM_EMU_DEVICE_NIC_H

#include "emu/device/pci.h"
#include "emu/net/net.h"

// What a card is made from.
struct nic_setup {
    struct machine *m;
    struct netdev *netdev; // NULL: no cable
    uint8_t mac[NET_ADDRESS_BYTES];
    struct pci_bar rom; // bytes 0: none
    unsigned slot;      // PCI device number; 0: the first that is free
};

#define NIC(name, qemu_name, rom, what)                                                            \
    struct name;                                                                                   \
    struct name *name##_create(const struct nic_setup *s);                                         \
    void name##_reset(struct name *d);                                                             \
    void name##_destroy(struct name *d);
#include "emu/device/nic.def"
#undef NIC

// Put a card's function on the bus and its cable into the netdev. False if either place is taken.
bool nic_register(const struct nic_setup *s, struct pci_function *f, const struct net_card *card,
                  void *opaque);
// The model's row in nic.def, or -1.
int nic_find_model(const char *qemu_name);
// Its option ROM's file name; all models, for messages and --help.
const char *nic_default_rom(unsigned model);
const char *nic_models(void);

#endif
