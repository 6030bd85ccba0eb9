#include "emu/streams.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/stream/stream.h"

__attribute__((format(printf, 3, 4))) static int refuse(char *why, size_t whylen,
                                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, whylen, format, args);
    va_end(args);
    return -1;
}

int streams_add(struct streams *s, const char *option, const char *what, struct stream **to,
                char *why, size_t whylen)
{
    for (unsigned i = 0; i < s->nwants; i++)
        if (s->want[i].to == to) { // the last one counts
            s->want[i].what = what;
            return 0;
        }
    if (s->nwants == STREAMS_MAX)
        return refuse(why, whylen, "-%s: more than %d of these", option, STREAMS_MAX);
    s->want[s->nwants].option = option;
    s->want[s->nwants].what = what;
    s->want[s->nwants++].to = to;
    return 0;
}

int streams_add_serial(struct streams *s, struct machine_config *c, const char *what, char *why,
                       size_t whylen)
{
    if (s->nserials == MACHINE_SERIALS)
        return refuse(why, whylen, "-serial: more than %d", MACHINE_SERIALS);
    unsigned n = s->nserials++;
    c->serial_there[n] = strcmp(what, "none") != 0;
    return streams_add(s, "serial", what, &c->serial[n], why, whylen);
}

// --- -chardev ---

// The value of KEY=VALUE in the list, in `to`; ,, in it is a comma. False: the key is not there.
static bool find_value(const char *list, const char *key, char *to, size_t size)
{
    size_t length = strlen(key), n = 0;
    while (*list) {
        bool here = strncmp(list, key, length) == 0 && list[length] == '=';
        const char *p = here ? list + length + 1 : list;
        for (; *p && !(*p == ',' && p[1] != ','); p++) {
            p += *p == ',';
            if (here && n + 1 < size)
                to[n++] = *p;
        }
        if (here) {
            to[n] = 0;
            return true;
        }
        list = *p ? p + 1 : p;
    }
    return false;
}

// Is each KEY of the list among `keys`? The first that is not, else NULL.
static const char *find_stray(const char *list, const char *const *keys)
{
    while (*list) {
        size_t length = strcspn(list, "=,");
        bool known = false;
        for (const char *const *k = keys; *k && !known; k++)
            known = strlen(*k) == length && strncmp(*k, list, length) == 0;
        if (!known)
            return list;
        for (; *list && !(*list == ',' && list[1] != ','); list++)
            list += *list == ',';
        list += *list == ',';
    }
    return NULL;
}

static bool is_on(const char *list, const char *key, bool unless)
{
    char value[8];
    const char *bare = strstr(list, key); // ",server" without a value, as of old
    if (find_value(list, key, value, sizeof value))
        return strcmp(value, "on") == 0 || strcmp(value, "yes") == 0;
    if (bare && (bare == list || bare[-1] == ',') &&
        (bare[strlen(key)] == 0 || bare[strlen(key)] == ','))
        return true;
    return unless;
}

static int socket_what(const char *list, char *what, size_t size, char *why, size_t whylen)
{
    char path[256], host[128] = "", port[16];
    bool local = find_value(list, "path", path, sizeof path);
    if (local == find_value(list, "port", port, sizeof port))
        return refuse(why, whylen, "-chardev socket: wants path=PATH, or host= and port=");
    find_value(list, "host", host, sizeof host);
    bool server = is_on(list, "server", false);
    bool wait = is_on(list, "wait", true) && !is_on(list, "nowait", false);
    const char *tail = !server ? "" : wait ? ",server" : ",server,nowait";
    if (local)
        snprintf(what, size, "unix:%s%s", path, tail);
    else
        snprintf(what, size, "tcp:%s:%s%s", host, port, tail);
    return 0;
}

int streams_add_chardev(struct streams *s, const char *text, char *why, size_t whylen)
{
    static const char *const plain[] = {"id", "mux", "signal", NULL};
    static const char *const file[] = {"id", "path", "append", "mux", NULL};
    static const char *const sock[] = {"id",  "path", "host", "port",    "server", "nowait", "wait",
                                       "mux", "ipv4", "ipv6", "nodelay", "delay",  NULL};
    char kind[16], id[64], path[4096] = "", what[4200];
    size_t n = strcspn(text, ",");
    const char *list = text[n] ? text + n + 1 : text + n;
    snprintf(kind, sizeof kind, "%.*s", (int)(n < sizeof kind ? n : sizeof kind - 1), text);
    if (n == 0 || !find_value(list, "id", id, sizeof id) || !*id)
        return refuse(why, whylen, "-chardev: wants KIND,id=ID");
    bool named = strcmp(kind, "file") == 0 || strcmp(kind, "pipe") == 0;
    bool is_socket = strcmp(kind, "socket") == 0;
    bool known = named || is_socket || strcmp(kind, "null") == 0 || strcmp(kind, "stdio") == 0 ||
                 strcmp(kind, "pty") == 0;
    if (!known)
        return refuse(why, whylen,
                      "-chardev: no kind '%s'; there are null, stdio, file, pipe, socket and pty",
                      kind);
    const char *stray = find_stray(list, named ? file : is_socket ? sock : plain);
    if (stray)
        return refuse(why, whylen, "-chardev %s: no property '%.*s'", kind,
                      (int)strcspn(stray, "=,"), stray);
    if (is_on(list, "mux", false))
        return refuse(why, whylen, "-chardev %s: mux=on is not supported", kind);
    for (unsigned i = 0; i < s->nchardevs; i++)
        if (strcmp(s->chardev[i].id, id) == 0)
            return refuse(why, whylen, "-chardev: there is an '%s' already", id);
    if (s->nchardevs == STREAMS_MAX)
        return refuse(why, whylen, "-chardev: more than %d", STREAMS_MAX);
    if (named && !find_value(list, "path", path, sizeof path))
        return refuse(why, whylen, "-chardev %s: wants path=F", kind);
    if (is_socket && socket_what(list, what, sizeof what, why, whylen))
        return -1;
    if (named)
        snprintf(what, sizeof what, "%s%s:%s", kind, is_on(list, "append", false) ? "+" : "", path);
    else if (!is_socket)
        snprintf(what, sizeof what, "%s", kind);
    char *keep_id = strdup(id), *keep_what = strdup(what);
    if (!keep_id || !keep_what) {
        free(keep_id);
        free(keep_what);
        return refuse(why, whylen, "-chardev: out of memory");
    }
    s->chardev[s->nchardevs].id = keep_id;
    s->chardev[s->nchardevs++].what = keep_what;
    return 0;
}

// --- all together ---

static const char *find_chardev(struct streams *s, const char *option, const char *id, char *why,
                                size_t whylen)
{
    for (unsigned i = 0; i < s->nchardevs; i++) {
        if (strcmp(s->chardev[i].id, id) != 0)
            continue;
        if (s->chardev[i].used) {
            refuse(why, whylen, "-%s: the chardev '%s' is in use", option, id);
            return NULL;
        }
        s->chardev[i].used = true;
        return s->chardev[i].what;
    }
    refuse(why, whylen, "-%s: there is no chardev '%s'", option, id);
    return NULL;
}

int streams_connect(struct streams *s, char *why, size_t whylen)
{
    for (unsigned i = 0; i < s->nwants; i++) {
        const char *what = s->want[i].what, *option = s->want[i].option;
        char reason[512];
        if (strncmp(what, "chardev:", 8) == 0 &&
            !(what = find_chardev(s, option, what + 8, why, whylen)))
            return -1;
        if (strcmp(what, "none") == 0 || strcmp(what, "null") == 0)
            continue;
        struct stream *new = stream_open(what, reason, sizeof reason);
        if (!new)
            return refuse(why, whylen, "-%s: %s", option, reason);
        s->open[s->nopen++] = *s->want[i].to = new;
        if (stream_takes_stdin(new)) {
            if (s->takes_stdin)
                return refuse(why, whylen, "-%s: stdio is taken already", option);
            s->takes_stdin = true;
        }
    }
    return 0;
}

void streams_close(struct streams *s)
{
    while (s->nopen)
        stream_close(s->open[--s->nopen]);
    for (; s->nchardevs; s->nchardevs--) {
        free(s->chardev[s->nchardevs - 1].id);
        free(s->chardev[s->nchardevs - 1].what);
    }
}
