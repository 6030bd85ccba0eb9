// A board with one network card whose cable ends in the test: frames that the card sends are kept,
// frames for it are put in by hand. The engine only lets time pass.
#ifndef TM_EMU_TESTS_NIC_BENCH_H
#define TM_EMU_TESTS_NIC_BENCH_H

#include <string.h>

#include "emu/net/net.h"
#include "emu/tests/bench_engine.h"

enum { BENCH_SENT = 64 };

struct nic_bench {
    struct machine *m;
    struct netdev *netdev;
    unsigned sent; // how many there were; the last ones are kept
    struct {
        size_t bytes;
        uint8_t frame[NET_FRAME_MAX];
    } out[BENCH_SENT];
};

static const uint8_t bench_mac[6] = {0x52, 0x54, 0x00, 0xab, 0xcd, 0xef};

static void bench_send(void *opaque, const uint8_t *frame, size_t bytes)
{
    struct nic_bench *b = opaque;
    unsigned at = b->sent++ % BENCH_SENT;
    b->out[at].bytes = bytes;
    memcpy(b->out[at].frame, frame, bytes);
}

// The card's cable ends in `netdev`, or, if that is NULL, in the test.
static inline struct nic_bench *nic_bench_on(const char *model, struct netdev *netdev)
{
    static const struct netdev_ops ops = {.send = bench_send};
    char why[256] = "out of memory";
    struct nic_bench *b = calloc(1, sizeof *b);
    struct machine_config config = {.ram_bytes = 4 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    if (b && (b->netdev = netdev ? netdev : netdev_create("n", &ops, b))) {
        config.netdevs[0] = (struct netdev_config){.id = "n", .netdev = b->netdev};
        config.nics[0] = (struct nic_config){.model = model, .netdev = "n"};
        memcpy(config.nics[0].mac, bench_mac, 6);
        b->m = machine_create(&config, why, sizeof why);
    }
    if (!b || !b->m) {
        fprintf(stderr, "no machine: %s\n", why);
        exit(1);
    }
    b->m->cpu->eflags = FLAG_ONE;
    return b;
}

static inline struct nic_bench *nic_bench(const char *model)
{
    return nic_bench_on(model, NULL);
}

static inline void nic_bench_destroy(struct nic_bench *b)
{
    machine_destroy(b->m);
    free(b);
}

// A frame arrives.
static inline void arrive(struct nic_bench *b, const uint8_t *frame, size_t bytes)
{
    netdev_deliver(b->netdev, frame, bytes);
    netdev_pump(b->netdev);
}

// --- PCI ---

enum { NIC_SLOT = 3 };

static inline uint32_t pci_in(struct machine *m, unsigned offset)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | NIC_SLOT << 11 | (offset & 0xfc));
    return machine_port_read(m, 0xCFC, 4);
}

static inline void pci_out(struct machine *m, unsigned offset, uint32_t value)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | NIC_SLOT << 11 | (offset & 0xfc));
    machine_port_write(m, 0xCFC, 4, value);
}

#endif
