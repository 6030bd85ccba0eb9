// Counting executions and sampling clocks of guest code: see hot.h. hot_write.c makes the report.
#include "emu/profile/hot_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { IDLE_PERIOD_US = 5000, HOST_OFFSET_MAX = UINT16_MAX };

static _Thread_local struct hot *sampled;

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void release(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}

struct hot *hot_create(struct profile *profile, const uint32_t *eip, const uint32_t *cs_base,
                       const char **why)
{
    struct hot *h = calloc(1, sizeof *h);
    if (!h) {
        *why = "out of memory";
        return NULL;
    }
    h->profile = profile;
    h->eip = eip;
    h->cs_base = cs_base;
    h->nblocks = h->ninsns = 1;
    h->random = 88172645463325252u;
    h->blocks = reserve(HOT_BLOCKS * sizeof *h->blocks);
    h->execs = reserve(HOT_BLOCKS * sizeof *h->execs);
    h->execs_at = reserve(HOT_BLOCKS * sizeof *h->execs_at);
    h->execs_in = reserve(HOT_BLOCKS * sizeof *h->execs_in);
    h->hash = reserve(HOT_HASH * sizeof *h->hash);
    h->insns = reserve(HOT_INSNS * sizeof *h->insns);
    for (unsigned r = 0; r < HOT_REGIONS; r++)
        h->places[r] = reserve(HOT_PLACES * sizeof *h->places[r]);
    h->eips = reserve(HOT_EIPS * sizeof *h->eips);
    h->exits = reserve(HOT_EXITS * sizeof *h->exits);
    if (!h->blocks || !h->execs || !h->execs_at || !h->execs_in || !h->hash || !h->insns ||
        !h->places[0] || !h->places[1] || !h->eips || !h->exits) {
        *why = "the host has no address space for the tables of --hot";
        hot_destroy(h);
        return NULL;
    }
    profile->hot = h;
    return h;
}

void hot_destroy(struct hot *h)
{
    if (!h)
        return;
    hot_stop(h);
    for (uint32_t b = 1; h->blocks && b < h->nblocks; b++)
        free(h->blocks[b].code);
    release(h->blocks, HOT_BLOCKS * sizeof *h->blocks);
    release(h->execs, HOT_BLOCKS * sizeof *h->execs);
    release(h->execs_at, HOT_BLOCKS * sizeof *h->execs_at);
    release(h->execs_in, HOT_BLOCKS * sizeof *h->execs_in);
    release(h->hash, HOT_HASH * sizeof *h->hash);
    release(h->insns, HOT_INSNS * sizeof *h->insns);
    for (unsigned r = 0; r < HOT_REGIONS; r++)
        release(h->places[r], HOT_PLACES * sizeof *h->places[r]);
    release(h->eips, HOT_EIPS * sizeof *h->eips);
    release(h->exits, HOT_EXITS * sizeof *h->exits);
    if (h->profile->hot == h)
        h->profile->hot = NULL;
    free(h);
}

// --- samples ---

enum { TRIES = 64 };

static unsigned eip_slot(uint32_t linear, unsigned try)
{
    return ((linear * 0x9e3779b1u >> 16) + try) & (HOT_EIPS - 1);
}

// The samples of an address, or NULL when there is no room left near it.
static struct hot_eip *take_eip(struct hot *h, uint32_t linear)
{
    for (unsigned i = 0; i < TRIES; i++) {
        struct hot_eip *e = &h->eips[eip_slot(linear, i)];
        if (!e->used) {
            e->linear = linear;
            e->used = true;
        }
        if (e->linear == linear)
            return e;
    }
    return NULL;
}

const struct hot_eip *hot_find_eip(const struct hot *h, uint32_t linear)
{
    for (unsigned i = 0; i < TRIES; i++) {
        const struct hot_eip *e = &h->eips[eip_slot(linear, i)];
        if (!e->used || e->linear == linear)
            return e->used ? e : NULL;
    }
    return NULL;
}

static unsigned region_of(const struct hot *h, uint32_t offset)
{
    return offset >= h->cold_offset;
}

// The last place of the region at or before that offset.
static const struct hot_place *find_place(const struct hot *h, uint32_t offset)
{
    unsigned r = region_of(h, offset);
    const struct hot_place *places = h->places[r];
    uint32_t lo = 0, hi = h->nplaces[r];
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (places[mid].offset <= offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? &places[lo - 1] : NULL;
}

static bool sample_translated(struct hot *h, uint32_t offset, unsigned scope)
{
    const struct hot_place *p = find_place(h, offset);
    const struct hot_block *b = p ? &h->blocks[p->block] : NULL;
    if (!b || !p->block || p->insn >= b->room)
        return false; // a thunk
    h->insns[b->first_insn + p->insn].samples[scope]++;
    return true;
}

static void sample_eip(struct hot *h, unsigned scope, unsigned stage)
{
    struct hot_eip *e = take_eip(h, *h->cs_base + *h->eip);
    if (e)
        e->samples[scope][stage]++;
    else
        h->lost_samples++;
}

// One shot, at a random time around the period: a fixed one could march in step with the guest.
static void arm(struct hot *h, unsigned period_us)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    long ns = (long)(period_us * 500 + h->random % (period_us * 1000u));
    struct itimerspec when = {.it_value = {.tv_nsec = ns}};
    timer_settime(h->timer, 0, &when, NULL);
}

static void on_timer(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    struct hot *h = sampled;
    if (!h || !h->running)
        return;
    int saved_errno = errno;
    const ucontext_t *uc = context;
    const uint8_t *rip = (const uint8_t *)(uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
    unsigned stage = h->profile->current, scope = hot_scope(h);
    h->samples[scope][stage]++;
    bool translated = rip >= h->code && rip < h->code + h->code_bytes;
    if (stage == STAGE_idle ||
        (translated && sample_translated(h, (uint32_t)(rip - h->code), scope)))
        ;
    else if (h->in_c)
        h->in_c->c_samples[scope][stage]++;
    else
        sample_eip(h, scope, stage);
    arm(h, stage == STAGE_idle ? IDLE_PERIOD_US : HOT_PERIOD_US);
    errno = saved_errno;
}

int hot_start(struct hot *h, const char **why)
{
    // SA_ONSTACK: in translated code the host's stack pointer is the return stack's
    struct sigaction sa = {.sa_sigaction = on_timer,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGPROF, &sa, &h->before) < 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &h->timer) < 0) {
        *why = "the host gives no timer to sample with";
        return -1;
    }
    sampled = h;
    h->running = true;
    arm(h, HOT_PERIOD_US);
    return 0;
}

void hot_stop(struct hot *h)
{
    if (!h->running)
        return;
    h->running = false;
    timer_delete(h->timer);
    sampled = NULL;
    // not put back: the default action of a signal that is still on its way ends the process
}

// --- what the translator tells ---

void hot_set_cache(struct hot *h, const uint8_t *code, size_t bytes, size_t cold)
{
    h->code = code;
    h->code_bytes = bytes;
    h->cold_offset = cold;
    hot_flush(h);
}

static uint32_t *hash_slot(struct hot *h, struct hot_key key)
{
    uint32_t x = (key.linear ^ (key.phys >> 3)) * 0x9e3779b1u ^ key.mode * 0x85ebca6bu;
    return &h->hash[x >> 14 & (HOT_HASH - 1)];
}

static uint32_t find_block(struct hot *h, struct hot_key key)
{
    uint32_t b = *hash_slot(h, key);
    for (; b; b = h->blocks[b].hash_next) {
        const struct hot_key *k = &h->blocks[b].key;
        if (k->linear == key.linear && k->phys == key.phys && k->mode == key.mode &&
            k->bytes == key.bytes && k->insns == key.insns)
            break;
    }
    return b;
}

static uint32_t add_block(struct hot *h, struct hot_key key)
{
    if (h->nblocks == HOT_BLOCKS) {
        h->lost_blocks++;
        return 0;
    }
    uint32_t *slot = hash_slot(h, key), b = h->nblocks++;
    h->blocks[b] = (struct hot_block){.key = key, .hash_next = *slot};
    if (h->ninsns + key.insns + 1u <= HOT_INSNS) {
        h->blocks[b].first_insn = h->ninsns;
        h->blocks[b].room = key.insns + 1u;
        h->ninsns += key.insns + 1u;
    }
    *slot = b;
    return b;
}

uint64_t *hot_translate(struct hot *h, struct hot_key key, const uint8_t *guest)
{
    uint32_t n = find_block(h, key);
    if (!n)
        n = add_block(h, key);
    h->current = n;
    if (!n)
        return &h->execs[0];
    struct hot_block *b = &h->blocks[n];
    b->translations[hot_scope(h)]++;
    b->host_bytes = 0;
    if (!b->code)
        b->code = malloc(key.bytes);
    if (b->code)
        memcpy(b->code, guest, key.bytes);
    return &h->execs[n];
}

// Places of a region are in the order of their addresses: what was emitted and then given up is
// forgotten here.
static void add_place(struct hot *h, uint32_t offset, uint32_t block, unsigned insn)
{
    unsigned r = region_of(h, offset);
    struct hot_place *places = h->places[r];
    uint32_t *n = &h->nplaces[r];
    while (*n && places[*n - 1].offset >= offset)
        --*n;
    if (*n < HOT_PLACES)
        places[(*n)++] = (struct hot_place){offset, block, (uint16_t)insn};
}

void hot_place(struct hot *h, const uint8_t *host, unsigned insn, unsigned guest_offset)
{
    add_place(h, (uint32_t)(host - h->code), h->current, insn);
    if (insn == 0)
        h->start = host;
    struct hot_block *b = &h->blocks[h->current];
    if (!h->current || insn >= b->room)
        return;
    struct hot_insn *i = &h->insns[b->first_insn + insn];
    i->guest_offset = (uint16_t)guest_offset;
    i->host_offset = (uint16_t)(host - h->start);
}

void hot_place_like(struct hot *h, const uint8_t *host, const uint8_t *like)
{
    const struct hot_place *p = find_place(h, (uint32_t)(like - h->code));
    if (p)
        add_place(h, (uint32_t)(host - h->code), p->block, p->insn);
}

void hot_end(struct hot *h, const uint8_t *copy, unsigned bytes)
{
    struct hot_block *b = &h->blocks[h->current];
    uint8_t *both = h->current && b->code && bytes <= HOST_OFFSET_MAX
                        ? realloc(b->code, b->key.bytes + bytes)
                        : NULL;
    if (!both)
        return;
    memcpy(both + b->key.bytes, copy, bytes);
    b->code = both;
    b->host_bytes = bytes;
}

void hot_kill(struct hot *h, struct hot_key key)
{
    uint32_t b = find_block(h, key);
    if (b)
        h->blocks[b].kills[hot_scope(h)]++;
}

void hot_flush(struct hot *h)
{
    h->nplaces[0] = h->nplaces[1] = 0;
}

void hot_make_exit(struct hot *h, size_t number, unsigned insn)
{
    const struct hot_block *b = &h->blocks[h->current];
    if (number < HOT_EXITS)
        h->exits[number] = h->current && insn < b->room ? b->first_insn + insn : 0;
}

void hot_enter_c(struct hot *h, size_t number)
{
    uint32_t insn = number < HOT_EXITS ? h->exits[number] : 0;
    h->in_c = insn ? &h->insns[insn] : NULL;
}

void hot_count_call(struct hot *h)
{
    if (h->in_c)
        h->in_c->exits[hot_scope(h)]++;
}

void hot_leave_c(struct hot *h)
{
    h->in_c = NULL;
}

void hot_mark(struct hot *h, bool begin)
{
    size_t bytes = h->nblocks * sizeof *h->execs;
    h->marked = true;
    if (begin) {
        memcpy(h->execs_at, h->execs, bytes);
        return;
    }
    for (uint32_t b = 0; b < h->nblocks; b++)
        h->execs_in[b] += h->execs[b] - h->execs_at[b];
}
