/* fake_papi.c: a libpapi for hosts without a PMU: it counts FAKE_PAPI_MHZ / 1000 (3, if it is not
 * set) "cycles" and two thirds as many "instructions" per nanosecond of the attached process's
 * processor time, and refuses all other events.  It insists on the order of calls that the real one
 * wants. */
#include <papi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long process;
static int state; /* 1 created, 2 assigned, 3 attached, 4 runs */
static int events[8], count;

int PAPI_library_init(int version)
{
    return version;
}

int PAPI_num_components(void)
{
    return 1;
}

const PAPI_component_info_t *PAPI_get_component_info(int index)
{
    static PAPI_component_info_t info;
    snprintf(info.name, sizeof info.name, "perf_event");
    return index == 0 ? &info : NULL;
}

int PAPI_query_event(int event)
{
    return event == PAPI_TOT_CYC ? PAPI_OK : PAPI_ENOEVNT;
}

int PAPI_create_eventset(int *set)
{
    *set = 1;
    state = 1;
    count = 0;
    return PAPI_OK;
}

int PAPI_assign_eventset_component(int set, int component)
{
    if (set != 1 || component || state != 1)
        return PAPI_EINVAL;
    state = 2;
    return PAPI_OK;
}

int PAPI_attach(int set, unsigned long pid)
{
    if (set != 1 || state != 2)
        return PAPI_EINVAL;
    process = pid;
    state = 3;
    return PAPI_OK;
}

int PAPI_add_named_event(int set, const char *name)
{
    if (set != 1 || state != 3)
        return PAPI_EINVAL;
    if (strcmp(name, "PAPI_TOT_CYC") && strcmp(name, "PAPI_TOT_INS"))
        return PAPI_ENOEVNT;
    events[count++] = strcmp(name, "PAPI_TOT_CYC") ? 2 : 3;
    return PAPI_OK;
}

int PAPI_start(int set)
{
    if (set != 1 || state != 3 || !count)
        return PAPI_EINVAL;
    state = 4;
    return PAPI_OK;
}

int PAPI_read(int set, long long *values)
{
    const char *mhz = getenv("FAKE_PAPI_MHZ");
    struct timespec used;
    clockid_t clock;
    if (set != 1 || state != 4)
        return PAPI_ENOTRUN;
    if (clock_getcpuclockid((pid_t)process, &clock) || clock_gettime(clock, &used))
        return PAPI_ESYS;
    double ns = (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
    for (int i = 0; i < count; i++)
        values[i] = (long long)(ns * events[i] / 3 * (mhz ? atof(mhz) : 3000) / 1000);
    return PAPI_OK;
}

int PAPI_stop(int set, long long *values)
{
    int status = PAPI_read(set, values);
    state = 3;
    return status;
}

int PAPI_cleanup_eventset(int set)
{
    (void)set;
    return PAPI_OK;
}

int PAPI_destroy_eventset(int *set)
{
    *set = PAPI_NULL;
    return PAPI_OK;
}

char *PAPI_strerror(int status)
{
    static char text[32];
    snprintf(text, sizeof text, "status %d", status);
    return text;
}
