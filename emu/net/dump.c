// The dump of dump.h: libpcap's format (pcap-savefile(5)), in the host's byte order, which the
// magic number tells.
#include "emu/net/dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAGIC_NS = 0xa1b23c4d, VERSION_MAJOR = 2, VERSION_MINOR = 4, LINKTYPE_ETHERNET = 1 };

struct net_dump {
    FILE *file;
    uint32_t most;
};

struct net_dump *net_dump_open(const char *path, uint32_t most, char *why, size_t whylen)
{
    struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, most, link;
    } head = {MAGIC_NS, VERSION_MAJOR, VERSION_MINOR, 0, 0, most, LINKTYPE_ETHERNET};
    struct net_dump *d = calloc(1, sizeof *d);
    FILE *file = d ? fopen(path, "wbe") : NULL;
    if (!file || fwrite(&head, sizeof head, 1, file) != 1) {
        snprintf(why, whylen, "%s: %s", path, strerror(errno));
        if (file)
            fclose(file);
        free(d);
        return NULL;
    }
    d->file = file;
    d->most = most;
    return d;
}

void net_dump_write(struct net_dump *d, const uint8_t *frame, size_t bytes)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint32_t kept = bytes < d->most ? (uint32_t)bytes : d->most;
    uint32_t head[4] = {(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec, kept, (uint32_t)bytes};
    if (fwrite(head, sizeof head, 1, d->file) == 1)
        fwrite(frame, 1, kept, d->file); // a full disk ends the dump, not the machine
}

void net_dump_close(struct net_dump *d)
{
    if (!d)
        return;
    fclose(d->file);
    free(d);
}
