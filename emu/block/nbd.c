// Images behind a server that speaks the network block device protocol, through libnbd: qemu-nbd
// serves qcow2, VMDK, VDI and more, on a socket or over the network.
//
// URLs: nbd:HOST:PORT, nbd:unix:PATH and their :exportname=NAME (as QEMU has them),
// nbd://HOST:PORT/NAME and nbd+unix:///NAME?socket=PATH (the protocol's own). A server that is gone
// is an I/O error for the guest from then on; what it had not confirmed was not acknowledged to the
// guest either.
#include <errno.h>
#include <libnbd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/block/block.h"

enum {
    REQUEST_MAX = 32 << 20,
    HOST_MAX = 256
}; // what every server takes (NBD protocol, block size constraints)

static int last_error(void)
{
    int error = nbd_get_errno();
    return error ? error : EIO;
}

static int read_nbd(void *self, uint64_t offset, void *to, size_t bytes)
{
    for (size_t n; bytes; bytes -= n, offset += n, to = (char *)to + n) {
        n = bytes < REQUEST_MAX ? bytes : REQUEST_MAX;
        if (nbd_pread(self, to, n, offset, 0))
            return last_error();
    }
    return 0;
}

static int write_nbd(void *self, uint64_t offset, const void *from, size_t bytes)
{
    for (size_t n; bytes; bytes -= n, offset += n, from = (const char *)from + n) {
        n = bytes < REQUEST_MAX ? bytes : REQUEST_MAX;
        if (nbd_pwrite(self, from, n, offset, 0))
            return last_error();
    }
    return 0;
}

static int flush_nbd(void *self)
{
    if (nbd_aio_is_ready(self) != 1) // a connection that is gone cannot flush in another sense
        return EIO;
    if (nbd_can_flush(self) != 1)
        return 0; // the server keeps nothing back
    return nbd_flush(self, 0) ? last_error() : 0;
}

static void close_nbd(void *self)
{
    if (nbd_aio_is_ready(self) == 1)
        nbd_shutdown(self, 0);
    nbd_close(self);
}

static const struct block_ops nbd_ops = {
    .read = read_nbd, .write = write_nbd, .flush = flush_nbd, .close = close_nbd};

// QEMU's older form: nbd:unix:PATH or nbd:HOST:PORT, either with :exportname=NAME.
static int connect_words(struct nbd_handle *nbd, const char *text)
{
    char words[4096], *port;
    if (snprintf(words, sizeof words, "%s", text + 4) >= (int)sizeof words)
        return -1;
    char *export = strstr(words, ":exportname=");
    if (export) {
        *export = 0;
        if (nbd_set_export_name(nbd, export + 12))
            return -1;
    }
    if (strncmp(words, "unix:", 5) == 0)
        return nbd_connect_unix(nbd, words + 5);
    port = strrchr(words, ':');
    if (!port)
        return nbd_connect_tcp(nbd, words, "10809");
    *port = 0;
    return nbd_connect_tcp(nbd, words, port + 1);
}

struct block *nbd_open(const char *url, const struct block_options *options, char *why,
                       size_t whylen)
{
    struct nbd_handle *nbd = nbd_create();
    if (!nbd) {
        snprintf(why, whylen, "%s: %s", url, nbd_get_error());
        return NULL;
    }
    bool words = strncmp(url, "nbd:", 4) == 0 && strncmp(url, "nbd://", 6) != 0;
    // A URL may name no files to read and no program to start: only sockets.
    nbd_set_uri_allow_local_file(nbd, false);
    int64_t bytes = -1;
    struct block *b = NULL;
    bool writable = false;
    if ((words ? connect_words(nbd, url) : nbd_connect_uri(nbd, url)) == 0) {
        bytes = nbd_get_size(nbd);
        writable = nbd_is_read_only(nbd) == 0;
    }
    if (bytes < 0)
        snprintf(why, whylen, "%s: %s", url, nbd_get_error() ? nbd_get_error() : "no such server");
    else if (bytes < BLOCK_SECTOR)
        snprintf(why, whylen, "%s: the image is empty", url);
    else if (!writable && !options->read_only)
        snprintf(why, whylen, "%s: the server only lets it be read (readonly=on or -snapshot does)",
                 url);
    else if (!(b = block_create(&nbd_ops, nbd, url, (uint64_t)bytes, options->read_only)))
        snprintf(why, whylen, "%s: out of memory", url);
    if (!b)
        nbd_close(nbd);
    return b;
}
