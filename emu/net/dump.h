// Frames in a file that Wireshark and tcpdump read.
#ifndef TM_EMU_NET_DUMP_H
#define TM_EMU_NET_DUMP_H

#include <stddef.h>
#include <stdint.h>

struct net_dump;

// NULL with `why` set.
struct net_dump *net_dump_open(const char *path, uint32_t most, char *why, size_t whylen);
void net_dump_write(struct net_dump *d, const uint8_t *frame, size_t bytes);
void net_dump_close(struct net_dump *d);

#endif
