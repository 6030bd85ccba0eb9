// Choices, mutations and files. The contract is in mutation.h.
#include "emu/tests/mutation.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "emu/machine/clock.h"
#include "emu/machine/machine_state.h"
#include "emu/tests/watchdog.h"

uint32_t mutation_any(struct mutation *u) // xorshift64*
{
    u->rng ^= u->rng >> 12;
    u->rng ^= u->rng << 25;
    u->rng ^= u->rng >> 27;
    return (uint32_t)(u->rng * 0x2545F4914F6CDD1Dull >> 32);
}

uint32_t mutation_below(struct mutation *u, uint32_t n)
{
    return n ? mutation_any(u) % n : 0;
}

bool mutation_chance(struct mutation *u, uint32_t one_in)
{
    return mutation_below(u, one_in) == 0;
}

uint32_t mutation_number(struct mutation *u)
{
    switch (mutation_below(u, 7)) {
    case 0: return 0;
    case 1: return 0xffffffff - mutation_below(u, 3);
    case 2: return 1u << mutation_below(u, 32);
    case 3: return (1u << mutation_below(u, 32)) - 1;
    case 4: return mutation_below(u, 256);
    case 5: return 0x80000000u - mutation_below(u, 3) * 0x1000;
    default: return mutation_any(u);
    }
}

// --- bytes ---

static void change_one(struct mutation *u, uint8_t *bytes, size_t n, size_t at)
{
    uint32_t value = mutation_number(u);
    size_t size = 1u << mutation_below(u, 3), end = at + size < n ? at + size : n;
    switch (mutation_below(u, 5)) {
    case 0: bytes[at] ^= (uint8_t)(1u << mutation_below(u, 8)); break;
    case 1: bytes[at] = (uint8_t)mutation_any(u); break;
    case 2: bytes[at] = (uint8_t)(bytes[at] + mutation_below(u, 5) - 2); break;
    default:
        for (size_t i = at; i < end; i++)
            bytes[i] = (uint8_t)(value >> 8 * (i - at));
        break;
    }
}

static void change_run(struct mutation *u, uint8_t *bytes, size_t n)
{
    size_t at = mutation_below(u, (uint32_t)n), from = mutation_below(u, (uint32_t)n);
    size_t most = n - (at > from ? at : from), length = mutation_below(u, (uint32_t)most) + 1u;
    if (length > most)
        length = most;
    if (mutation_chance(u, 2))
        memmove(bytes + at, bytes + from, length);
    else
        memset(bytes + at, mutation_chance(u, 2) ? 0 : (int)mutation_any(u), length);
}

size_t mutation_bytes(struct mutation *u, uint8_t *bytes, size_t n, size_t room,
                      const uint16_t *hot, size_t nhot)
{
    unsigned changes = mutation_below(u, 6);
    for (unsigned i = 0; n && i < changes; i++) {
        size_t at = mutation_below(u, (uint32_t)n);
        if (nhot && mutation_chance(u, 2))
            at = hot[mutation_below(u, (uint32_t)nhot)];
        if (at < n)
            change_one(u, bytes, n, at);
    }
    if (n && mutation_chance(u, 6))
        change_run(u, bytes, n);
    if (n && mutation_chance(u, 4)) // cut off, at a header's end or anywhere
        return mutation_below(u, mutation_chance(u, 2) && n > 1024 ? 1024 : (uint32_t)n);
    if (mutation_chance(u, 8)) {
        size_t more = mutation_below(u, (uint32_t)(room - n) + 1);
        memset(bytes + n, (int)mutation_any(u), more);
        return n + more;
    }
    return n;
}

// --- texts ---

static void insert(char *text, size_t room, size_t at, const char *what)
{
    size_t have = strlen(text), more = strlen(what);
    if (have + more + 1 > room)
        return;
    memmove(text + at + more, text + at, have - at + 1);
    memcpy(text + at, what, more);
}

static void insert_something(struct mutation *u, char *text, size_t room, size_t at,
                             const char *const *words, size_t nwords)
{
    static const char marks[] = ",=:-+.%$ \"'@~";
    char piece[32];
    switch (mutation_below(u, 4)) {
    case 0: snprintf(piece, sizeof piece, "%u", mutation_number(u)); break;
    case 1: snprintf(piece, sizeof piece, "%#x", mutation_number(u)); break;
    case 2: snprintf(piece, sizeof piece, "%c", marks[mutation_below(u, sizeof marks - 1)]); break;
    default:
        if (nwords)
            insert(text, room, at, words[mutation_below(u, (uint32_t)nwords)]);
        return;
    }
    insert(text, room, at, piece);
}

void mutation_text(struct mutation *u, char *text, size_t room, const char *const *words,
                   size_t nwords)
{
    for (unsigned i = mutation_below(u, 5); i; i--) {
        size_t n = strlen(text), at = mutation_below(u, (uint32_t)n + 1);
        char c = (char)mutation_any(u);
        switch (mutation_below(u, 6)) {
        case 0: text[at] = 0; break;
        case 1:
            if (n && (unsigned char)c >= ' ' && c != '/' && at < n)
                text[at] = c;
            break;
        case 2:
            if (at < n) { // a piece goes
                size_t gone = mutation_below(u, (uint32_t)(n - at) + 1);
                memmove(text + at, text + at + gone, n - at - gone + 1);
            }
            break;
        default: insert_something(u, text, room, at, words, nwords); break;
        }
    }
    if (mutation_chance(u, 64)) // far too long
        for (size_t n = strlen(text); n + 2 < room; n++) {
            text[n] = 'a';
            text[n + 1] = 0;
        }
}

// --- files ---

bool mutation_write(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    bool good = f && (n == 0 || fwrite(bytes, n, 1, f) == 1);
    return f && fclose(f) == 0 && good;
}

uint8_t *mutation_read(const char *path, size_t extra, size_t *n)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (!f || fstat(fileno(f), &st)) {
        if (f)
            fclose(f);
        return NULL;
    }
    uint8_t *bytes = calloc(1, (size_t)st.st_size + extra + 1);
    *n = bytes ? fread(bytes, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    return bytes;
}

static const char *const odd_files[] = {
    "odd.folder",  "odd.fifo",  "odd.socket", "odd.nowhere", "odd.loop", "odd.empty", "odd.none",
    "odd.secret",  "/dev/full", "/dev/null",  "/dev/zero",   ".",        "",          " ",
    "odd.empty/x", "%s%s%n",    "-",          "odd.byte",    "odd.huge"};

bool mutation_make_odd_files(void)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX, .sun_path = "odd.socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool good = mkdir("odd.folder", 0700) == 0 && mkfifo("odd.fifo", 0600) == 0 && fd >= 0 &&
                bind(fd, (struct sockaddr *)&here, sizeof here) == 0 &&
                symlink("odd.missing", "odd.nowhere") == 0 &&
                symlink("odd.loop", "odd.loop") == 0 && mutation_write("odd.empty", "", 0) &&
                mutation_write("odd.secret", "x", 1) && chmod("odd.secret", 0) == 0 &&
                mutation_write("odd.byte", "x", 1) && mutation_write("odd.huge", "x", 1) &&
                truncate("odd.huge", 1ll << 41) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

const char *mutation_odd_file(struct mutation *u)
{
    return odd_files[mutation_below(u, sizeof odd_files / sizeof *odd_files)];
}

// --- running ---

static struct machine *volatile running;
static volatile unsigned seconds; // that it has run

static void on_end(void *opaque)
{
    machine_stop(opaque);
}

// Faults upon faults retire no instruction, so the clock of a run by instructions stands still; but
// such a guest can be stopped.
static void on_second(void)
{
    enum { PATIENCE_S = 3 };
    if (running && ++seconds >= PATIENCE_S)
        machine_stop(running);
}

bool mutation_boot(struct mutation *u, const struct machine_config *config, uint64_t ns)
{
    u->why[0] = 0;
    struct machine *m = machine_create(config, u->why, sizeof u->why);
    if (!m)
        return false;
    struct machine_timer end = {.fire = on_end, .opaque = m};
    if (ns) {
        machine_timer_set(m, &end, ns);
        seconds = 0;
        running = m;
        watchdog_second = on_second;
        machine_run(m);
        running = NULL;
    }
    machine_destroy(m);
    return true;
}
