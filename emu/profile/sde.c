// PAPI software-defined events: see sde.h. libsde is looked up and not linked: it is a tool's, and
// the emulator runs where there is none.
#include "emu/profile/sde.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sde_lib.h>
#include <string.h>

#include "emu/profile/sde_event.h"

enum { COUNTERS_MAX = 128, STAGE_EVENTS = STAGE_COUNT * SDE_FIELDS, EVENT_INSNS = STAGE_EVENTS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct profile *offered; // NULL: `last` holds
static sde_read_counters *read_counters;
static void *read_opaque;
static long long last[SDE_EVENTS];

static uint64_t stage_value(const struct stage_sum *s, unsigned field)
{
    const uint64_t *const fields[SDE_FIELDS] = {&s->clk, &s->entries, &s->items, &s->bytes};
    return *(const volatile uint64_t *)fields[field]; // the machine's thread writes it
}

static uint64_t counter_value(const char *name)
{
    struct profile_counter counters[COUNTERS_MAX];
    size_t n = read_counters(read_opaque, counters, COUNTERS_MAX);
    for (size_t i = 0; i < n; i++)
        if (strcmp(counters[i].name, name) == 0)
            return counters[i].value;
    return 0; // of the other engine
}

static long long value_of(unsigned event)
{
    uint64_t insns = *(const volatile uint64_t *)&offered->insns;
    if (event == STAGE_execute * SDE_FIELDS + SDE_ITEMS || event == EVENT_INSNS)
        return (long long)insns;
    if (event < STAGE_EVENTS)
        return (long long)stage_value(&offered->stage[event / SDE_FIELDS], event % SDE_FIELDS);
    return (long long)counter_value(sde_events[event].name);
}

// Called by PAPI, on the tool's thread.
static long long read_event(void *param)
{
    unsigned event = (unsigned)((const struct sde_event *)param - sde_events);
    pthread_mutex_lock(&lock);
    if (offered)
        last[event] = value_of(event);
    long long value = last[event];
    pthread_mutex_unlock(&lock);
    return value;
}

bool sde_offer(struct profile *p, sde_read_counters *read, void *opaque)
{
    __typeof__(&papi_sde_init) init;
    __typeof__(&papi_sde_register_counter_cb) add;
    __typeof__(&papi_sde_describe_counter) describe;
    *(void **)&init = dlsym(RTLD_DEFAULT, "papi_sde_init");
    *(void **)&add = dlsym(RTLD_DEFAULT, "papi_sde_register_counter_cb");
    *(void **)&describe = dlsym(RTLD_DEFAULT, "papi_sde_describe_counter");
    if (!init || !add || !describe)
        return false;
    pthread_mutex_lock(&lock);
    bool first = offered == NULL;
    if (first) {
        offered = p;
        read_counters = read;
        read_opaque = opaque;
        p->on = true;
    }
    pthread_mutex_unlock(&lock);
    papi_handle_t handle = first ? init(SDE_LIBRARY) : NULL;
    for (unsigned i = 0; handle && i < SDE_EVENTS; i++) {
        add(handle, sde_events[i].name, PAPI_SDE_RO | PAPI_SDE_INSTANT, PAPI_SDE_long_long,
            read_event, (void *)(uintptr_t)&sde_events[i]);
        describe(handle, sde_events[i].name, sde_events[i].what);
    }
    return handle != NULL;
}

void sde_withdraw(const struct profile *p)
{
    pthread_mutex_lock(&lock);
    if (offered == p) {
        for (unsigned i = 0; i < SDE_EVENTS; i++)
            last[i] = value_of(i);
        offered = NULL;
    }
    pthread_mutex_unlock(&lock);
}
