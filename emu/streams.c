#include "emu/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/stream/mux.h"
#include "emu/stream/stream.h"
#include "emu/words.h"

enum { CTRL_A = 1 };

int streams_add(struct streams *s, const char *option, const char *what, struct stream **to,
                char *why, size_t whylen)
{
    for (unsigned i = 0; i < s->nwants; i++)
        if (s->want[i].to == to) { // the last one counts
            s->want[i].what = what;
            return 0;
        }
    if (s->nwants == STREAMS_MAX)
        return words_refuse(why, whylen, "-%s: more than %d of these", option, STREAMS_MAX);
    s->want[s->nwants].option = option;
    s->want[s->nwants].what = what;
    s->want[s->nwants++].to = to;
    return 0;
}

int streams_add_serial(struct streams *s, struct machine_config *c, const char *what, char *why,
                       size_t whylen)
{
    if (s->nserials == MACHINE_SERIALS)
        return words_refuse(why, whylen, "-serial: more than %d", MACHINE_SERIALS);
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
        return words_refuse(why, whylen, "-chardev socket: wants path=PATH, or host= and port=");
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
        return words_refuse(why, whylen, "-chardev: wants KIND,id=ID");
    bool named = strcmp(kind, "file") == 0 || strcmp(kind, "pipe") == 0;
    bool is_socket = strcmp(kind, "socket") == 0;
    bool known = named || is_socket || strcmp(kind, "null") == 0 || strcmp(kind, "stdio") == 0 ||
                 strcmp(kind, "pty") == 0;
    if (!known)
        return words_refuse(
            why, whylen,
            "-chardev: no kind '%s'; there are null, stdio, file, pipe, socket and pty", kind);
    const char *stray = find_stray(list, named ? file : is_socket ? sock : plain);
    if (stray)
        return words_refuse(why, whylen, "-chardev %s: no property '%.*s'", kind,
                            (int)strcspn(stray, "=,"), stray);
    for (unsigned i = 0; i < s->nchardevs; i++)
        if (strcmp(s->chardev[i].id, id) == 0)
            return words_refuse(why, whylen, "-chardev: there is an '%s' already", id);
    if (s->nchardevs == STREAMS_MAX)
        return words_refuse(why, whylen, "-chardev: more than %d", STREAMS_MAX);
    if (named && !find_value(list, "path", path, sizeof path))
        return words_refuse(why, whylen, "-chardev %s: wants path=F", kind);
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
        return words_refuse(why, whylen, "-chardev: out of memory");
    }
    s->chardev[s->nchardevs].shared = is_on(list, "mux", false);
    s->chardev[s->nchardevs].has_keys = strcmp(kind, "stdio") == 0 && !is_on(list, "signal", true);
    s->chardev[s->nchardevs].id = keep_id;
    s->chardev[s->nchardevs++].what = keep_what;
    return 0;
}

int streams_add_mon(struct streams *s, const char *text, char *why, size_t whylen)
{
    static const char *const keys[] = {"chardev", "mode", "pretty", NULL};
    char id[64], mode[16];
    const char *stray = find_stray(text, keys);
    if (stray)
        return words_refuse(why, whylen, "-mon: no property '%.*s'; there are chardev and mode",
                            (int)strcspn(stray, "=,"), stray);
    if (find_value(text, "mode", mode, sizeof mode) && strcmp(mode, "readline") != 0)
        return words_refuse(why, whylen, "-mon: mode=%s is not supported; there is readline", mode);
    if (!find_value(text, "chardev", id, sizeof id))
        return words_refuse(why, whylen, "-mon: wants chardev=ID");
    for (unsigned i = 0; i < s->nchardevs; i++)
        if (strcmp(s->chardev[i].id, id) == 0) {
            s->mon = i + 1;
            return 0;
        }
    return words_refuse(why, whylen, "-mon: there is no chardev '%s'", id);
}

// --- all together ---

static int find_chardev(const struct streams *s, const char *id)
{
    for (unsigned i = 0; i < s->nchardevs; i++)
        if (strcmp(s->chardev[i].id, id) == 0)
            return (int)i;
    return -1;
}

static int claim_stdin(struct streams *s, const char *option, bool takes, char *why, size_t whylen)
{
    if (takes && s->takes_stdin)
        return words_refuse(why, whylen, "-%s: stdio is taken already", option);
    s->takes_stdin |= takes;
    return 0;
}

static struct mux *open_mux(struct streams *s, const char *option, const char *what, char *why,
                            size_t whylen)
{
    char reason[512];
    struct mux *x = mux_open(what, s->escape ? s->escape : CTRL_A, reason, sizeof reason);
    if (!x) {
        words_refuse(why, whylen, "-%s: %s", option, reason);
        return NULL;
    }
    s->mux[s->nmuxes++] = x;
    return claim_stdin(s, option, mux_takes_stdin(x), why, whylen) ? NULL : x;
}

static int add_monitor(struct streams *s, const char *option, struct mux *x, char *why,
                       size_t whylen)
{
    int fd = mux_add_monitor(x);
    if (fd < 0)
        return words_refuse(why, whylen, "-%s: too many share one end", option);
    s->line_monitor[s->nmonitors].mux = x;
    s->line_monitor[s->nmonitors++].fd = fd;
    return 0;
}

// The end that a chardev names, for one who may have to share it: *shared, or else *what.
static int use_chardev(struct streams *s, const char *option, const char *id, struct mux **shared,
                       const char **what, char *why, size_t whylen)
{
    int i = find_chardev(s, id);
    if (i < 0)
        return words_refuse(why, whylen, "-%s: there is no chardev '%s'", option, id);
    if (s->chardev[i].shared && !s->chardev[i].mux &&
        !(s->chardev[i].mux = open_mux(s, option, s->chardev[i].what, why, whylen)))
        return -1;
    if (s->chardev[i].used && !s->chardev[i].shared)
        return words_refuse(why, whylen, "-%s: the chardev '%s' is in use", option, id);
    s->chardev[i].used = true;
    s->has_keys |= s->chardev[i].has_keys;
    *shared = s->chardev[i].mux;
    *what = s->chardev[i].what;
    return 0;
}

static int connect_want(struct streams *s, unsigned i, char *why, size_t whylen)
{
    const char *what = s->want[i].what, *option = s->want[i].option;
    char reason[512];
    struct mux *shared = NULL;
    struct stream *new;
    if (strncmp(what, "chardev:", 8) == 0 &&
        use_chardev(s, option, what + 8, &shared, &what, why, whylen))
        return -1;
    if (!shared && strncmp(what, "mon:", 4) == 0) {
        what += 4;
        s->has_keys |= strcmp(what, "stdio") == 0;
        if (!s->plain && (!(shared = open_mux(s, option, what, why, whylen)) ||
                          add_monitor(s, option, shared, why, whylen)))
            return -1;
    }
    if (shared) {
        if (!(new = mux_add_stream(shared)))
            return words_refuse(why, whylen, "-%s: too many share one end", option);
        s->open[s->nopen++] = *s->want[i].to = new;
        return 0;
    }
    if (strcmp(what, "none") == 0 || strcmp(what, "null") == 0 || strcmp(what, "vc") == 0)
        return 0;
    if (!(new = stream_open(what, reason, sizeof reason)))
        return words_refuse(why, whylen, "-%s: %s", option, reason);
    s->open[s->nopen++] = *s->want[i].to = new;
    return claim_stdin(s, option, stream_takes_stdin(new), why, whylen);
}

// A monitor of -monitor and -mon: lines and an echo of our own where no terminal gives them.
static int connect_monitor(struct streams *s, const char *option, const char *what, char *why,
                           size_t whylen)
{
    struct mux *shared = NULL;
    if (strncmp(what, "chardev:", 8) == 0 &&
        use_chardev(s, option, what + 8, &shared, &what, why, whylen))
        return -1;
    bool keys = strcmp(what, "pty") == 0 || strncmp(what, "telnet:", 7) == 0;
    if (!shared && keys && !(shared = open_mux(s, option, what, why, whylen)))
        return -1;
    if (shared)
        return add_monitor(s, option, shared, why, whylen);
    if (strcmp(what, "none") == 0 || strcmp(what, "null") == 0 || strcmp(what, "vc") == 0)
        return 0;
    if (s->place)
        return words_refuse(why, whylen, "-%s: there is a monitor at %s already", option, s->place);
    s->place = what;
    return 0;
}

bool streams_want_stdio(const struct streams *s)
{
    for (unsigned i = 0; i < s->nwants; i++) {
        const char *what = s->want[i].what;
        int chardev = strncmp(what, "chardev:", 8) == 0 ? find_chardev(s, what + 8) : -1;
        what = chardev >= 0 ? s->chardev[chardev].what : what;
        if (strcmp(what, "stdio") == 0 || strcmp(what, "mon:stdio") == 0)
            return true;
    }
    return false;
}

int streams_connect(struct streams *s, char *why, size_t whylen)
{
    char id[80];
    for (unsigned i = 0; i < s->nwants; i++)
        if (connect_want(s, i, why, whylen))
            return -1;
    if (s->monitor && connect_monitor(s, "monitor", s->monitor, why, whylen))
        return -1;
    if (!s->mon)
        return 0;
    snprintf(id, sizeof id, "chardev:%s", s->chardev[s->mon - 1].id);
    return connect_monitor(s, "mon", id, why, whylen);
}

void streams_close(struct streams *s)
{
    while (s->nopen)
        stream_close(s->open[--s->nopen]);
    while (s->nmuxes)
        mux_close(s->mux[--s->nmuxes]);
    for (; s->nchardevs; s->nchardevs--) {
        free(s->chardev[s->nchardevs - 1].id);
        free(s->chardev[s->nchardevs - 1].what);
    }
}
