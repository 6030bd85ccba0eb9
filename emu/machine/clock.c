#include "emu/machine/clock.h"

#include <poll.h>
#include <time.h>

#include "emu/machine/machine_state.h"

// The longest single sleep. Something else (a signal between the check and the sleep) is noticed
// this late at worst.
enum { WAKE_FDS_MAX = 8 };
enum { IDLE_MAX_NS = 100 * 1000 * 1000 };

uint64_t clock_host_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t machine_now_ns(const struct machine *m)
{
    if (m->config.icount)
        return cpu_icount(m->cpu) + m->skipped_ns;
    return (m->paused ? m->paused_ns : clock_host_ns()) - m->start_ns;
}

uint64_t machine_now_tsc(const struct machine *m)
{
    return m->config.icount ? machine_now_ns(m) : profile_rdtsc();
}

uint64_t machine_tsc_to_ns(const struct machine *m, uint64_t ticks)
{
    const uint64_t year_ns = 365ull * 86400 * 1000000000;
    unsigned __int128 ns = ticks;
    if (!m->config.icount) { // by what both have done since the machine was made
        uint64_t tsc = profile_rdtsc() - m->start_tsc;
        ns = ns * (clock_host_ns() - m->start_tsc_ns) / (tsc ? tsc : 1);
    }
    return ns < year_ns ? (uint64_t)ns + 1 : year_ns;
}

void machine_timer_cancel(struct machine *m, struct machine_timer *t)
{
    if (!t->armed)
        return;
    for (struct machine_timer **p = &m->timers; *p; p = &(*p)->next) {
        if (*p == t) {
            *p = t->next;
            break;
        }
    }
    t->armed = false;
    t->next = NULL;
}

void machine_timer_set(struct machine *m, struct machine_timer *t, uint64_t deadline_ns)
{
    machine_timer_cancel(m, t);
    struct machine_timer **p = &m->timers;
    while (*p &&
           (*p)->deadline_ns <= deadline_ns) // equal deadlines fire in the order they were set
        p = &(*p)->next;
    t->deadline_ns = deadline_ns;
    t->armed = true;
    t->next = *p;
    *p = t;
    if (m->timers == t)
        machine_poke(m); // the running slice may be longer than this
}

uint64_t machine_timer_next_ns(const struct machine *m)
{
    return m->timers ? m->timers->deadline_ns : CLOCK_NEVER;
}

void machine_timers_run(struct machine *m)
{
    if (!m->timers)
        return;
    uint64_t now_ns = machine_now_ns(m);
    // A timer that sets itself again to a past deadline must not hold the machine up for ever.
    for (unsigned fired = 0; m->timers && m->timers->deadline_ns <= now_ns && fired < 64; fired++) {
        struct machine_timer *t = m->timers;
        m->timers = t->next;
        t->armed = false;
        t->next = NULL;
        m->timers_fired++;
        t->fire(t->opaque);
    }
}

void clock_idle_until(struct machine *m, uint64_t deadline_ns, const int *wake_fds, unsigned n)
{
    uint64_t now_ns = machine_now_ns(m);
    if (deadline_ns <= now_ns)
        return;
    uint64_t wait_ns = deadline_ns - now_ns;
    if (m->config.icount && deadline_ns != CLOCK_NEVER) {
        m->skipped_ns += wait_ns;
        return;
    }
    if (wait_ns > IDLE_MAX_NS)
        wait_ns = IDLE_MAX_NS;
    struct timespec ts = {.tv_sec = 0, .tv_nsec = (long)wait_ns};
    struct pollfd pfd[1 + WAKE_FDS_MAX] = {{.fd = calls_fd(m->calls), .events = POLLIN}};
    unsigned used = 1;
    for (unsigned i = 0; i < n && i < WAKE_FDS_MAX; i++)
        if (wake_fds[i] >= 0)
            pfd[used++] = (struct pollfd){.fd = wake_fds[i], .events = POLLIN};
    ppoll(pfd, used, &ts, NULL);
}

bool machine_is_deterministic(const struct machine *m)
{
    return m->config.icount;
}
