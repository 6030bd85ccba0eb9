/* counter.c: see counter.h.
 * PAPI is loaded at run time and not linked: it is a help, not a need, and a tickmark that was
 * built here must start on a machine without libpapi.  Its header is needed to build, for the
 * layout of what it returns. */
#include "collector/counter.h"

#include <dlfcn.h>
#include <linux/perf_event.h>
#include <papi.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Level 2 of the ladder: the kernel's software events need no PMU. */
static int perf_software_works(void)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_TASK_CLOCK;
    attr.exclude_kernel = 1;
    long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd >= 0)
        close((int)fd);
    return fd >= 0;
}

/* Level 1: whether PAPI can count cycles; otherwise access->reason says in its words why not. */
static int papi_counts(struct counter_access *access)
{
    char name[64];
    snprintf(name, sizeof name, "libpapi.so.%d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION),
             PAPI_VERSION_MINOR(PAPI_VERSION));
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(access->papi, sizeof access->papi, "not installed");
        snprintf(access->reason, sizeof access->reason, "%s is not installed", name);
        snprintf(access->remedy, sizeof access->remedy, "apt-get install libpapi7.0");
        return 0;
    }
    int (*init)(int), (*components)(void), (*query)(int);
    const PAPI_component_info_t *(*info)(int);
    char *(*describe)(int);
    *(void **)&describe = dlsym(library, "PAPI_strerror");
    *(void **)&init = dlsym(library, "PAPI_library_init");
    *(void **)&components = dlsym(library, "PAPI_num_components");
    *(void **)&query = dlsym(library, "PAPI_query_event");
    *(void **)&info = dlsym(library, "PAPI_get_component_info");
    snprintf(access->papi, sizeof access->papi, "%d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION),
             PAPI_VERSION_MINOR(PAPI_VERSION));
    if (!init || !components || !query || !info || init(PAPI_VER_CURRENT) != PAPI_VER_CURRENT) {
        snprintf(access->reason, sizeof access->reason, "%s does not initialise", name);
        return 0;
    }
    for (int i = 0; i < components(); i++) {
        const PAPI_component_info_t *component = info(i);
        if (!component || strcmp(component->name, "perf_event") != 0)
            continue;
        /* asking for an event completes a component that PAPI 7 initialises late */
        int status = query(PAPI_TOT_CYC);
        component = info(i);
        if (status == PAPI_OK && !component->disabled)
            return 1;
        if (component->disabled_reason[0])
            snprintf(access->reason, sizeof access->reason, "%s", component->disabled_reason);
        else
            snprintf(access->reason, sizeof access->reason, "PAPI_TOT_CYC: %.200s",
                     describe ? describe(status) : "not available");
        return 0;
    }
    snprintf(access->reason, sizeof access->reason, "PAPI has no perf_event component");
    return 0;
}

void counter_probe(struct counter_access *access)
{
    memset(access, 0, sizeof *access);
    if (papi_counts(access)) {
        access->level = "papi";
        return;
    }
    access->level = perf_software_works() ? "perf" : "none";
    if (!*access->remedy)
        snprintf(access->remedy, sizeof access->remedy,
                 "a kernel and hypervisor that expose a PMU (kvm: -cpu host,pmu=on) and "
                 "sysctl kernel.perf_event_paranoid=1; results are complete without it");
}
