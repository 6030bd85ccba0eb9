/* ladder.c: see ladder.h.  PAPI is loaded at run time, as counter.c says why. */
#include "collector/ladder.h"

#include <dirent.h>
#include <dlfcn.h>
#include <linux/perf_event.h>
#include <math.h>
#include <papi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAPI_MOST = 10, PERF_MOST = 6, NAME = 64 };

struct papi_calls {
    int (*create)(int *), (*assign)(int, int), (*attach)(int, unsigned long);
    int (*query)(int), (*add)(int, const char *), (*start)(int), (*read)(int, long long *);
    int (*stop)(int, long long *), (*cleanup)(int), (*destroy)(int *);
    char *(*describe)(int);
};

struct ladder {
    pid_t pid;
    struct papi_calls papi;
    int set, papi_count, papi_runs;
    char papi_names[PAPI_MOST][NAME];
    int perf[PERF_MOST];
};

struct proc_values {
    double run_ns, delay_ns, minor_faults, major_faults;
};

/* ---- PAPI -------------------------------------------------------------------------------- */

static int load_papi(struct papi_calls *papi, char *err, size_t errlen)
{
    char name[NAME];
    int (*init)(int);
    snprintf(name, sizeof name, "libpapi.so.%d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION),
             PAPI_VERSION_MINOR(PAPI_VERSION));
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(err, errlen, "%s is not installed", name);
        return -1;
    }
    const struct {
        const char *name;
        void *to;
    } calls[] = {{"PAPI_library_init", &init},
                 {"PAPI_query_event", &papi->query},
                 {"PAPI_create_eventset", &papi->create},
                 {"PAPI_assign_eventset_component", &papi->assign},
                 {"PAPI_attach", &papi->attach},
                 {"PAPI_add_named_event", &papi->add},
                 {"PAPI_start", &papi->start},
                 {"PAPI_read", &papi->read},
                 {"PAPI_stop", &papi->stop},
                 {"PAPI_cleanup_eventset", &papi->cleanup},
                 {"PAPI_destroy_eventset", &papi->destroy},
                 {"PAPI_strerror", &papi->describe}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        void *call = dlsym(library, calls[i].name);
        if (!call) {
            snprintf(err, errlen, "%s has no %s", name, calls[i].name);
            return -1;
        }
        memcpy(calls[i].to, &call, sizeof call);
    }
    if (init(PAPI_VER_CURRENT) == PAPI_VER_CURRENT)
        return 0;
    snprintf(err, errlen, "%s does not initialise", name);
    return -1;
}

static int add_event(struct ladder *l, const char *name, size_t bytes, int must, char *err,
                     size_t errlen)
{
    char *to = l->papi_names[l->papi_count];
    if (l->papi_count == PAPI_MOST || bytes >= NAME || !bytes) {
        snprintf(err, errlen, "--events wants at most %d names of PAPI, separated by commas",
                 PAPI_MOST);
        return must ? -1 : 0;
    }
    memcpy(to, name, bytes);
    to[bytes] = 0;
    int status = l->papi.add(l->set, to);
    if (status == PAPI_OK) {
        l->papi_count++;
        return 0;
    }
    snprintf(err, errlen, "PAPI cannot count %s: %s", to, l->papi.describe(status));
    return must ? -1 : 0;
}

/* One event set for the process; what does not fit into it beside the others is not counted. */
static int open_papi(struct ladder *l, const char *events, char *err, size_t errlen)
{
    static const char *const usual[] = {
#define PAPI_EVENT(name) name,
#define PERF_EVENT(name, config)
#define PROC_VALUE(name, field)
#include "collector/ladder.def"
#undef PAPI_EVENT
#undef PERF_EVENT
#undef PROC_VALUE
    };
    l->set = PAPI_NULL;
    if (load_papi(&l->papi, err, errlen) < 0)
        return -1;
    l->papi.query(PAPI_TOT_CYC); /* completes a component that PAPI 7 initialises late */
    int status = l->papi.create(&l->set);
    if (status == PAPI_OK)
        status = l->papi.assign(l->set, 0);
    if (status == PAPI_OK)
        status = l->papi.attach(l->set, (unsigned long)l->pid);
    if (status != PAPI_OK) {
        snprintf(err, errlen, "PAPI cannot attach to a process: %s", l->papi.describe(status));
        return -1;
    }
    for (size_t i = 0; !events && i < sizeof usual / sizeof *usual; i++)
        add_event(l, usual[i], strlen(usual[i]), 0, err, errlen);
    while (events && *events) {
        size_t bytes = strcspn(events, ",");
        if (add_event(l, events, bytes, 1, err, errlen) < 0)
            return -1;
        events += bytes + (events[bytes] == ',');
    }
    status = l->papi_count ? l->papi.start(l->set) : PAPI_ENOEVNT;
    l->papi_runs = status == PAPI_OK;
    if (!l->papi_runs)
        snprintf(err, errlen, "PAPI does not count: %s", l->papi.describe(status));
    return l->papi_runs ? 0 : -1;
}

/* ---- perf -------------------------------------------------------------------------------- */

static int open_perf(pid_t pid, uint64_t config)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = config;
    attr.inherit = 1; /* and threads that it makes from now on */
    attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    attr.exclude_kernel = config == PERF_COUNT_SW_TASK_CLOCK;
    long fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0 &&
        !attr.exclude_kernel) { /* perf_event_paranoid 2 lets in what excludes the kernel */
        attr.exclude_kernel = 1;
        fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    }
    return (int)fd;
}

static double read_perf(int fd)
{
    uint64_t value[3]; /* count, time enabled, time running */
    if (fd < 0 || read(fd, value, sizeof value) != (ssize_t)sizeof value || value[1] != value[2])
        return NAN;
    return (double)value[0];
}

/* ---- /proc ------------------------------------------------------------------------------- */

static int read_text(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "r");
    size_t bytes = f ? fread(text, 1, room - 1, f) : 0;
    text[bytes] = 0;
    if (f)
        fclose(f);
    return bytes ? 0 : -1;
}

/* All threads of the process. */
static struct proc_values read_proc(pid_t pid)
{
    struct proc_values v = {NAN, NAN, NAN, NAN};
    char path[96], text[1024];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        double run, delay;
        int tid = atoi(entry->d_name);
        if (!tid)
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, tid);
        if (read_text(path, text, sizeof text) < 0 || sscanf(text, "%lf %lf", &run, &delay) != 2)
            continue;
        v.run_ns = (isnan(v.run_ns) ? 0 : v.run_ns) + run;
        v.delay_ns = (isnan(v.delay_ns) ? 0 : v.delay_ns) + delay;
    }
    if (tasks)
        closedir(tasks);
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const char *rest = read_text(path, text, sizeof text) < 0 ? NULL : strrchr(text, ')');
    double minor, major;
    if (rest && sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %lf %*u %lf", &minor, &major) == 2) {
        v.minor_faults = minor;
        v.major_faults = major;
    }
    return v;
}

/* ---- all rungs --------------------------------------------------------------------------- */

struct ladder *ladder_open(pid_t pid, const struct counter_access *access, const char *events,
                           char *err, size_t errlen)
{
    struct ladder *l = calloc(1, sizeof *l);
    int n = 0;
    if (!l) {
        snprintf(err, errlen, "no memory");
        return NULL;
    }
    l->pid = pid;
    l->set = PAPI_NULL;
#define PAPI_EVENT(name)
#define PERF_EVENT(name, config) l->perf[n++] = open_perf(pid, config);
#define PROC_VALUE(name, field)
#include "collector/ladder.def"
#undef PAPI_EVENT
#undef PERF_EVENT
#undef PROC_VALUE
    while (n < PERF_MOST)
        l->perf[n++] = -1;
    if ((events || !strcmp(access->level, "papi")) && open_papi(l, events, err, errlen) < 0 &&
        events) {
        ladder_close(l);
        return NULL;
    }
    return l;
}

size_t ladder_read(struct ladder *l, struct ladder_value values[LADDER_MOST])
{
    long long counts[PAPI_MOST];
    size_t n = 0;
    int perf = 0, counted = l->papi_runs && l->papi.read(l->set, counts) == PAPI_OK;
    for (int i = 0; i < l->papi_count && l->papi_runs; i++)
        values[n++] =
            (struct ladder_value){l->papi_names[i], "papi", counted ? (double)counts[i] : NAN};
    struct proc_values proc = read_proc(l->pid);
#define PAPI_EVENT(name)
#define PERF_EVENT(name, config)                                                                   \
    values[n++] = (struct ladder_value){name, "perf", read_perf(l->perf[perf++])};
#define PROC_VALUE(name, field) values[n++] = (struct ladder_value){name, "rusage", proc.field};
#include "collector/ladder.def"
#undef PAPI_EVENT
#undef PERF_EVENT
#undef PROC_VALUE
    return n;
}

void ladder_close(struct ladder *l)
{
    long long counts[PAPI_MOST];
    if (!l)
        return;
    if (l->papi_runs)
        l->papi.stop(l->set, counts);
    if (l->set != PAPI_NULL && l->papi.cleanup) {
        l->papi.cleanup(l->set);
        l->papi.destroy(&l->set);
    }
    for (int i = 0; i < PERF_MOST; i++)
        if (l->perf[i] >= 0)
            close(l->perf[i]);
    free(l);
}
