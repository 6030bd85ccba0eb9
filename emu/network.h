// Options about networks: -netdev, -nic, -net, -device of a network card, and the dump of frames
// that -object filter-dump asks for.
#ifndef TM_EMU_NETWORK_H
#define TM_EMU_NETWORK_H

#include "emu/machine/machine.h"
#include "emu/net/user.h"

struct network_options {
    struct net_user_config user[MACHINE_NETDEVS];
    char id[MACHINE_NETDEVS][16]; // of those that were given none
    char rom_path[MACHINE_NICS][64];
    bool rom_given[MACHINE_NICS];
    bool mac_given[MACHINE_NICS];
    int net_card, net_user; // what -net nic and -net user made, or -1: they belong together
    struct {
        const char *netdev, *file;
        uint32_t most;
    } dump[MACHINE_NETDEVS];
    unsigned dumps;
};

void network_init(struct network_options *n);
// Each: 0, or -1 with `why` set. `text` is changed, and its pieces are kept.
int network_add_netdev(struct network_options *n, struct machine_config *c, char *text, char *why,
                       size_t whylen);
int network_add_nic(struct network_options *n, struct machine_config *c, char *text, char *why,
                    size_t whylen);
int network_add_net(struct network_options *n, struct machine_config *c, char *text, char *why,
                    size_t whylen);
// `model` is the first word of -device, `rest` what follows (or NULL).
bool network_is_card(const char *model);
int network_add_card(struct network_options *n, struct machine_config *c, const char *model,
                     char *rest, char *why, size_t whylen);
int network_add_object(struct network_options *n, char *text, char *why, size_t whylen);
// All were given, and c->bios is known: check that they fit together; default addresses and ROMs.
int network_finish(struct network_options *n, struct machine_config *c, char *why, size_t whylen);

#endif
