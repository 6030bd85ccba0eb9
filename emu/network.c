#include "emu/network.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/device/nic.h"
#include "emu/words.h"

enum { PCI_SLOT_LAST = 31 };

static const char default_model[] = "ne2k_pci";        // every operating system has a driver
static const char rom_folder[] = "/usr/lib/ipxe/qemu"; // Debian's package ipxe-qemu
static const uint8_t first_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56}; // QEMU's

void network_init(struct network_options *n)
{
    *n = (struct network_options){.net_card = -1, .net_user = -1};
}

// --- cards ---

static int new_card(struct machine_config *c, const char *option, const char *model, char *why,
                    size_t whylen)
{
    if (!network_is_card(model))
        return words_refuse(why, whylen, "%s: no network card '%s'; there are: %s", option, model,
                            nic_models());
    for (int i = 0; i < MACHINE_NICS; i++) {
        if (!c->nics[i].model) {
            c->nics[i].model = model;
            return i;
        }
    }
    return words_refuse(why, whylen, "%s: more than %d network cards", option, MACHINE_NICS);
}

static int set_mac(struct network_options *n, struct machine_config *c, int card, const char *value,
                   char *why, size_t whylen)
{
    unsigned b[6];
    int end = 0;
    if (sscanf(value, "%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%n", &b[0], &b[1],
               &b[2], &b[3], &b[4], &b[5], &end) != 6 ||
        value[end] || end != 17)
        return words_refuse(why, whylen, "mac: '%s' is not six bytes as 52:54:00:12:34:56", value);
    if (b[0] & 1)
        return words_refuse(why, whylen, "mac: '%s' is an address of groups", value);
    for (unsigned i = 0; i < 6; i++)
        c->nics[card].mac[i] = (uint8_t)b[i];
    n->mac_given[card] = true;
    return 0;
}

// Slot, or slot.function, in hexadecimal.
static int set_slot(struct machine_config *c, int card, const char *value, char *why, size_t whylen)
{
    char *end;
    unsigned long slot = strtoul(value, &end, 16);
    if (end == value || (*end && strcmp(end, ".0") != 0) || slot < 1 || slot > PCI_SLOT_LAST)
        return words_refuse(why, whylen, "addr: '%s' is not a PCI slot from 1 to %#x", value,
                            PCI_SLOT_LAST);
    c->nics[card].slot = (unsigned)slot;
    return 0;
}

// 1: it is not a property of cards.
static int set_card(struct network_options *n, struct machine_config *c, int card, const char *key,
                    char *value, char *why, size_t whylen)
{
    struct nic_config *nic = &c->nics[card];
    if (strcmp(key, "mac") == 0 || strcmp(key, "macaddr") == 0)
        return set_mac(n, c, card, value, why, whylen);
    if (strcmp(key, "addr") == 0)
        return set_slot(c, card, value, why, whylen);
    if (strcmp(key, "bus") == 0)
        return strcmp(value, "pci.0") == 0
                   ? 0
                   : words_refuse(why, whylen, "bus: there is pci.0, not '%s'", value);
    if (strcmp(key, "bootindex") == 0)
        return words_boot_index(value, &nic->boot_index)
                   ? 0
                   : words_refuse(why, whylen, "bootindex: '%s' is not a number from 0", value);
    if (strcmp(key, "netdev") == 0)
        nic->netdev = value;
    else if (strcmp(key, "romfile") == 0) {
        nic->rom = *value ? value : NULL;
        n->rom_given[card] = true;
    } else if (strcmp(key, "model") == 0) {
        nic->model = value;
        if (!network_is_card(value))
            return words_refuse(why, whylen, "no network card '%s'; there are: %s", value,
                                nic_models());
    } else
        return 1;
    return 0;
}

// --- netdevs ---

static int new_netdev(struct network_options *n, struct machine_config *c, const char *option,
                      char *why, size_t whylen)
{
    for (int i = 0; i < MACHINE_NETDEVS; i++) {
        if (c->netdevs[i].user)
            continue;
        net_user_defaults(&n->user[i]);
        c->netdevs[i].user = &n->user[i];
        return i;
    }
    return words_refuse(why, whylen, "%s: more than %d networks", option, MACHINE_NETDEVS);
}

// A name for one that has none; '#' is in nobody's id.
static void name_netdev(struct network_options *n, struct machine_config *c, int netdev)
{
    if (c->netdevs[netdev].id)
        return;
    snprintf(n->id[netdev], sizeof n->id[netdev], "#net%d", netdev);
    c->netdevs[netdev].id = n->id[netdev];
}

static int set_netdev(struct network_options *n, struct machine_config *c, int netdev,
                      const char *key, char *value, char *why, size_t whylen)
{
    if (strcmp(key, "id") != 0)
        return net_user_set(&n->user[netdev], key, value, why, whylen);
    if (!*value)
        return words_refuse(why, whylen, "id is empty");
    c->netdevs[netdev].id = value;
    return 0;
}

// All words of a text: to the card first (if >= 0), then to the netdev (if >= 0).
static int set_all(struct network_options *n, struct machine_config *c, const char *option,
                   int card, int netdev, char *rest, char *why, size_t whylen)
{
    char reason[400];
    for (char *word; (word = words_next(&rest));) {
        char *value = words_value(word);
        if (!*word && !value)
            continue;
        if (!value)
            return words_refuse(why, whylen, "%s: '%s' has no value", option, word);
        if (netdev < 0 && strcmp(word, "id") == 0)
            continue; // the card's own; nothing names it
        int bad = card >= 0 ? set_card(n, c, card, word, value, reason, sizeof reason) : 1;
        if (bad > 0 && netdev >= 0)
            bad = set_netdev(n, c, netdev, word, value, reason, sizeof reason);
        else if (bad > 0)
            words_refuse(
                reason, sizeof reason,
                "no property '%s'; there are netdev, mac, addr, bus, bootindex and romfile", word);
        if (bad)
            return words_refuse(why, whylen, "%s: %s", option, reason);
    }
    return 0;
}

// --- the options ---

bool network_is_card(const char *model)
{
    return nic_find_model(model) >= 0;
}

int network_add_card(struct network_options *n, struct machine_config *c, const char *model,
                     char *rest, char *why, size_t whylen)
{
    char option[64];
    snprintf(option, sizeof option, "-device %.40s", model);
    int card = new_card(c, option, model, why, whylen);
    if (card < 0)
        return -1;
    return set_all(n, c, option, card, -1, rest, why, whylen);
}

static int check_kind(const char *option, const char *kind, const char *is, char *why,
                      size_t whylen)
{
    if (strcmp(kind, "user") == 0)
        return 0;
    return words_refuse(why, whylen, "%s: '%s' is not supported; there %s", option, kind, is);
}

int network_add_netdev(struct network_options *n, struct machine_config *c, char *text, char *why,
                       size_t whylen)
{
    char *rest = text;
    const char *kind = words_next(&rest);
    if (check_kind("-netdev", kind, "is user", why, whylen))
        return -1;
    int netdev = new_netdev(n, c, "-netdev", why, whylen);
    if (netdev < 0 || set_all(n, c, "-netdev user", -1, netdev, rest, why, whylen))
        return -1;
    if (!c->netdevs[netdev].id)
        return words_refuse(why, whylen, "-netdev user: wants id=ID");
    return 0;
}

int network_add_nic(struct network_options *n, struct machine_config *c, char *text, char *why,
                    size_t whylen)
{
    char *rest = text;
    const char *kind = words_next(&rest);
    if (strcmp(kind, "none") == 0)
        return rest ? words_refuse(why, whylen, "-nic none: takes nothing more") : 0;
    if (check_kind("-nic", kind, "are user and none", why, whylen))
        return -1;
    int card = new_card(c, "-nic", default_model, why, whylen);
    int netdev = card < 0 ? -1 : new_netdev(n, c, "-nic", why, whylen);
    if (netdev < 0 || set_all(n, c, "-nic user", card, netdev, rest, why, whylen))
        return -1;
    if (c->nics[card].netdev)
        return words_refuse(why, whylen, "-nic user: netdev= is for -device");
    name_netdev(n, c, netdev);
    c->nics[card].netdev = c->netdevs[netdev].id;
    return 0;
}

int network_add_net(struct network_options *n, struct machine_config *c, char *text, char *why,
                    size_t whylen)
{
    char *rest = text;
    const char *kind = words_next(&rest);
    if (strcmp(kind, "none") == 0)
        return 0;
    if (strcmp(kind, "nic") == 0) {
        int card = new_card(c, "-net nic", default_model, why, whylen);
        if (card < 0 || set_all(n, c, "-net nic", card, -1, rest, why, whylen))
            return -1;
        if (c->nics[card].netdev)
            return 0;
        if (n->net_card >= 0)
            return words_refuse(why, whylen,
                                "-net nic: a second one; -nic gives each card its network");
        n->net_card = card;
        return 0;
    }
    if (check_kind("-net", kind, "are nic, user and none", why, whylen))
        return -1;
    int netdev = new_netdev(n, c, "-net user", why, whylen);
    if (netdev < 0 || set_all(n, c, "-net user", -1, netdev, rest, why, whylen))
        return -1;
    if (n->net_user >= 0)
        return words_refuse(why, whylen,
                            "-net user: a second one; -nic gives each card its network");
    n->net_user = netdev;
    name_netdev(n, c, netdev);
    return 0;
}

int network_add_object(struct network_options *n, char *text, char *why, size_t whylen)
{
    char *rest = text;
    const char *kind = words_next(&rest);
    if (strcmp(kind, "filter-dump") != 0)
        return words_refuse(why, whylen, "-object: '%s' is not supported; there is filter-dump",
                            kind);
    if (n->dumps == MACHINE_NETDEVS)
        return words_refuse(why, whylen, "-object filter-dump: more than %d", MACHINE_NETDEVS);
    n->dump[n->dumps].most = 65536;
    for (char *word; (word = words_next(&rest));) {
        char *value = words_value(word), *end;
        if (value && strcmp(word, "netdev") == 0)
            n->dump[n->dumps].netdev = value;
        else if (value && strcmp(word, "file") == 0)
            n->dump[n->dumps].file = value;
        else if (value && strcmp(word, "maxlen") == 0) {
            unsigned long most = strtoul(value, &end, 0);
            if (*value < '0' || *value > '9' || *end || most < 1 || most > 65536)
                return words_refuse(why, whylen, "-object filter-dump: maxlen cannot be '%s'",
                                    value);
            n->dump[n->dumps].most = (uint32_t)most;
        } else if (!value || strcmp(word, "id") != 0)
            return words_refuse(
                why, whylen,
                "-object filter-dump: no property '%s'; there are id, netdev, file and "
                "maxlen",
                word);
    }
    if (!n->dump[n->dumps].netdev || !n->dump[n->dumps].file)
        return words_refuse(why, whylen, "-object filter-dump: wants netdev=ID,file=F");
    n->dumps++;
    return 0;
}

// --- all together ---

static int find_netdev(const struct machine_config *c, const char *id)
{
    for (int i = 0; i < MACHINE_NETDEVS; i++)
        if (c->netdevs[i].user && strcmp(c->netdevs[i].id, id) == 0)
            return i;
    return -1;
}

static int finish_netdevs(struct network_options *n, struct machine_config *c, char *why,
                          size_t whylen)
{
    char reason[200];
    for (int i = 0; i < MACHINE_NETDEVS; i++) {
        struct netdev_config *d = &c->netdevs[i];
        if (!d->user)
            continue;
        if (find_netdev(c, d->id) != i)
            return words_refuse(why, whylen, "-netdev: there are two with id '%s'", d->id);
        if (net_user_finish(&n->user[i], reason, sizeof reason))
            return words_refuse(why, whylen, "-netdev user,id=%s: %s", d->id, reason);
        if (c->icount)
            return words_refuse(why, whylen,
                                "a network does not go with --icount: it brings the "
                                "outside's time");
    }
    for (unsigned i = 0; i < n->dumps; i++) {
        int netdev = find_netdev(c, n->dump[i].netdev);
        if (netdev < 0)
            return words_refuse(why, whylen, "-object filter-dump: there is no netdev '%s'",
                                n->dump[i].netdev);
        c->netdevs[netdev].dump = n->dump[i].file;
        c->netdevs[netdev].dump_most = n->dump[i].most;
    }
    return 0;
}

static int finish_card(struct network_options *n, struct machine_config *c, unsigned card,
                       char *why, size_t whylen)
{
    struct nic_config *nic = &c->nics[card];
    if (nic->netdev && find_netdev(c, nic->netdev) < 0)
        return words_refuse(why, whylen, "-device %s: there is no netdev '%s'", nic->model,
                            nic->netdev);
    for (unsigned i = 0; i < card; i++) {
        const struct nic_config *other = &c->nics[i];
        if (nic->netdev && other->netdev && strcmp(nic->netdev, other->netdev) == 0)
            return words_refuse(why, whylen, "two network cards in netdev '%s'", nic->netdev);
        if (nic->slot && nic->slot == other->slot)
            return words_refuse(why, whylen, "two network cards with addr=%#x", nic->slot);
    }
    if (!n->mac_given[card]) {
        memcpy(nic->mac, first_mac, sizeof nic->mac);
        nic->mac[5] = (uint8_t)(first_mac[5] + card);
    }
    return 0;
}

// As QEMU does, each card has its ROM, from which the BIOS boots if nothing else is there.
static void add_default_rom(struct network_options *n, struct machine_config *c, unsigned card)
{
    char *path = n->rom_path[card];
    struct nic_config *nic = &c->nics[card];
    if (n->rom_given[card] || !c->bios)
        return;
    snprintf(path, sizeof n->rom_path[card], "%s/%s", rom_folder,
             nic_default_rom((unsigned)nic_find_model(nic->model)));
    if (access(path, R_OK) == 0)
        nic->rom = path;
}

int network_finish(struct network_options *n, struct machine_config *c, char *why, size_t whylen)
{
    if (n->net_card >= 0 && n->net_user >= 0)
        c->nics[n->net_card].netdev = c->netdevs[n->net_user].id;
    if (n->net_user >= 0 && n->net_card < 0)
        return words_refuse(why, whylen, "-net user: wants -net nic");
    if (finish_netdevs(n, c, why, whylen))
        return -1;
    for (unsigned i = 0; i < MACHINE_NICS; i++) {
        if (!c->nics[i].model)
            continue;
        if (finish_card(n, c, i, why, whylen))
            return -1;
        add_default_rom(n, c, i);
    }
    return 0;
}
