// The machine's netdevs and the option ROMs of its network cards: opened before the chips are made,
// closed after they are gone. That frames have arrived is posted (call.h).
#include "emu/machine/machine_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "emu/net/user.h"

enum { ROM_LEAST_BYTES = 4096, ROM_MOST_BYTES = 1 << 20 };

// Its netdev has frames for a card.
static void pump(struct machine *m, unsigned i)
{
    if (m->paused || !m->nets[i].netdev) // memory stands still; machine_pump_network() follows
        return;
    enum stage from = profile_switch(&m->profile, STAGE_device);
    netdev_pump(m->nets[i].netdev);
    profile_return(&m->profile, from);
}

void machine_pump_network(struct machine *m)
{
    for (unsigned i = 0; i < MACHINE_NETDEVS; i++)
        pump(m, i);
}

static void on_arrived(void *opaque)
{
    machine_pump_network(opaque);
}

// On the back end's thread.
static void on_frames(void *opaque, struct netdev *netdev)
{
    struct machine *m = opaque;
    for (unsigned i = 0; i < MACHINE_NETDEVS; i++)
        if (m->nets[i].netdev == netdev)
            machine_post(m, &m->nets[i].arrived);
}

struct netdev *machine_find_netdev(const struct machine *m, const char *id)
{
    for (unsigned i = 0; id && i < MACHINE_NETDEVS; i++)
        if (m->nets[i].netdev && strcmp(netdev_id(m->nets[i].netdev), id) == 0)
            return m->nets[i].netdev;
    return NULL;
}

static int refuse_rom(char *why, size_t whylen, const char *path, const char *what)
{
    snprintf(why, whylen, "romfile %s: %s", path, what);
    return -1;
}

static int load_rom(struct machine *m, unsigned nic, const char *path, char *why, size_t whylen)
{
    // O_NONBLOCK: a FIFO by mistake is refused, not waited for.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
    if (!f)
        return refuse_rom(why, whylen, path, strerror(errno));
    uint8_t *bytes = malloc(ROM_MOST_BYTES + 1);
    size_t n = bytes ? fread(bytes, 1, ROM_MOST_BYTES + 1, f) : 0;
    bool broken = ferror(f);
    int number = errno;
    fclose(f);
    uint32_t room = ROM_LEAST_BYTES;
    while (room < n)
        room *= 2;
    bool good = n >= 512 && n <= ROM_MOST_BYTES && bytes[0] == 0x55 && bytes[1] == 0xAA;
    struct mmu_region *rom = good ? machine_ram_region(m, room, false) : NULL;
    if (rom)
        memcpy(mmu_region_bytes(rom), bytes, n);
    free(bytes);
    if (broken)
        return refuse_rom(why, whylen, path, strerror(number));
    if (!good)
        return refuse_rom(why, whylen, path, "not an option ROM of at most 1 MB");
    if (!rom)
        return refuse_rom(why, whylen, path, "no memory for it");
    m->nic_rom[nic] = rom;
    m->nic_rom_bytes[nic] = room;
    return 0;
}

static int open_netdev(struct machine *m, unsigned i, char *why, size_t whylen)
{
    const struct netdev_config *from = &m->config.netdevs[i];
    struct netdev *n =
        from->netdev ? from->netdev : net_user_open(from->id, from->user, why, whylen);
    if (!n)
        return -1;
    m->nets[i].netdev = n;
    m->nets[i].arrived = (struct machine_post){.fn = on_arrived, .opaque = m};
    if (from->dump && netdev_dump(n, from->dump, from->dump_most, why, whylen))
        return -1;
    return 0;
}

// All are in place before the first begins to deliver.
static int start_netdev(struct machine *m, unsigned i, char *why, size_t whylen)
{
    if (netdev_start(m->nets[i].netdev, on_frames, m)) {
        snprintf(why, whylen, "netdev %s: no thread for it", m->config.netdevs[i].id);
        return -1;
    }
    machine_expect(m, 1);
    return 0;
}

int machine_open_network(struct machine *m, char *why, size_t whylen)
{
    for (unsigned i = 0; i < MACHINE_NICS; i++) {
        const struct nic_config *from = &m->config.nics[i];
        if (from->model && from->rom && load_rom(m, i, from->rom, why, whylen))
            return -1;
    }
    for (unsigned i = 0; i < MACHINE_NETDEVS; i++)
        if (m->config.netdevs[i].id && open_netdev(m, i, why, whylen))
            return -1;
    for (unsigned i = 0; i < MACHINE_NETDEVS; i++)
        if (m->nets[i].netdev && start_netdev(m, i, why, whylen))
            return -1;
    return 0;
}

void machine_close_network(struct machine *m)
{
    for (unsigned i = 0; i < MACHINE_NETDEVS; i++) {
        if (!m->nets[i].netdev)
            continue;
        netdev_close(m->nets[i].netdev);
        machine_cancel_post(m, &m->nets[i].arrived);
        m->nets[i].netdev = NULL;
    }
}
