/* clock_check.c: see clock_check.h. */
#include "collector/clock_check.h"
#include "collector/child.h"
#include "collector/event.h"
#include "collector/ladder.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_FLAGS (16 | 32) /* of a sample: the clock moved, or is none */
#define CYCLES      "PAPI_TOT_CYC"
enum { ROUNDS = 9, MIN_US = 20000, TIMEOUT_S = 60, MOST = 100, LEAST = 5, LEAST_NS = 5000000 };

struct reading {
    double cycles, cpu_ns;
};
struct check {
    struct ladder *ladder; /* PAPI */
    int perf_fd;
    clockid_t cpu_clock;
    struct reading begin;
    double counted_khz[MOST], clock_khz[MOST];
    size_t counted, clocks;
    int bye;
};

static int open_perf_cycles(pid_t pid)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = PERF_COUNT_HW_CPU_CYCLES;
    attr.exclude_kernel = attr.exclude_hv = 1;
    attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Whether the host has such a counter at all. */
static const char *find_source(const struct counter_access *access)
{
    if (!strcmp(access->level, "papi"))
        return CYCLES;
    int fd = open_perf_cycles(0);
    if (fd < 0)
        return NULL;
    close(fd);
    return "perf cycles";
}

/* Multiplexed or failed: NAN. */
static double read_cycles(const struct check *c)
{
    struct ladder_value values[LADDER_MOST];
    uint64_t perf[3]; /* count, time enabled, time running */
    size_t count = c->ladder ? ladder_read(c->ladder, values) : 0;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(values[i].name, CYCLES))
            return values[i].value;
    if (c->perf_fd >= 0 && read(c->perf_fd, perf, sizeof perf) == (ssize_t)sizeof perf &&
        perf[1] == perf[2])
        return (double)perf[0];
    return NAN;
}

static struct reading read_both(const struct check *c)
{
    struct timespec cpu;
    struct reading now = {NAN, NAN};
    if (clock_gettime(c->cpu_clock, &cpu) == 0)
        now.cpu_ns = (double)cpu.tv_sec * 1e9 + (double)cpu.tv_nsec;
    now.cycles = read_cycles(c);
    return now;
}

static void keep(double khz, double *to, size_t *count)
{
    if (isfinite(khz) && khz > 0 && *count < MOST)
        to[(*count)++] = khz;
}

static void on_event(void *context, struct event *e)
{
    struct check *c = context;
    if (e->type == EVENT_BEGIN) {
        c->begin = read_both(c);
    } else if (e->type == EVENT_END) {
        struct reading end = read_both(c);
        double cpu_ns = end.cpu_ns - c->begin.cpu_ns;
        if (cpu_ns >= LEAST_NS)
            keep((end.cycles - c->begin.cycles) / cpu_ns * 1e6, c->counted_khz, &c->counted);
        c->begin.cycles = NAN;
    } else if (e->type == EVENT_SAMPLE && e->flags != STORE_NONE && !(e->flags & CLOCK_FLAGS)) {
        keep((double)e->cal_before, c->clock_khz, &c->clocks);
        keep((double)e->cal_after, c->clock_khz, &c->clocks);
    } else if (e->type == EVENT_BYE) {
        c->bye = 1;
    }
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int64_t median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return llround((values[(count - 1) / 2] + values[count / 2]) / 2);
}

/* A test that only computes. */
static const char *choose_test(const struct catalogue *catalogue)
{
    const struct catalogue_test *usual = catalogue_find(catalogue, "int.add_rr");
    for (size_t i = 0; !usual && i < catalogue->count; i++)
        if (!strcmp(catalogue->tests[i].kind, "floor") && !*catalogue->tests[i].needs)
            usual = &catalogue->tests[i];
    return usual ? usual->name : NULL;
}

/* 0, or -1 (err): nothing is said of the clock. */
static int measure(const struct sweep *sweep, struct clock_check *found, char *err, size_t errlen)
{
    const char *test = choose_test(&sweep->catalogue);
    char program[PATH_MAX], name[100], rounds[16], min_us[16];
    char words[][12] = {"--rounds", "--min-us", "-t"};
    char *argv[] = {program, words[0], rounds, words[1], min_us, words[2], name, NULL};
    struct check *c = calloc(1, sizeof *c);
    struct event_reader *reader = calloc(1, sizeof *reader);
    struct child child;
    int status = -1;
    snprintf(program, sizeof program, "%s", sweep->bench);
    snprintf(name, sizeof name, "%s", test ? test : "");
    snprintf(rounds, sizeof rounds, "%d", ROUNDS);
    snprintf(min_us, sizeof min_us, "%d", MIN_US);
    if (!c || !reader || !test) {
        snprintf(err, errlen, test ? "no memory" : "no test to count with");
    } else if (child_start(&(struct child_spec){.argv = argv, .cpu = sweep->cpu}, &child, err,
                           errlen) == 0) {
        reader->on_event = on_event;
        reader->context = c;
        int is_papi = !strcmp(found->source, CYCLES);
        c->ladder =
            is_papi ? ladder_open(child.pid, &sweep->host.counters, CYCLES, err, errlen) : NULL;
        c->perf_fd = is_papi ? -1 : open_perf_cycles(child.pid);
        if ((c->ladder || c->perf_fd >= 0) && !clock_getcpuclockid(child.pid, &c->cpu_clock)) {
            event_follow(reader, &child, TIMEOUT_S, &c->bye);
            snprintf(err, errlen, "%zu intervals counted, %zu calibrations", c->counted, c->clocks);
            status = c->counted >= LEAST && c->clocks >= LEAST ? 0 : -1;
        }
        ladder_close(c->ladder);
        if (c->perf_fd >= 0)
            close(c->perf_fd);
        child_end(&child);
    }
    if (!status) {
        found->counted_khz = median_of(c->counted_khz, c->counted);
        found->clock_khz = median_of(c->clock_khz, c->clocks);
    }
    free(reader);
    free(c);
    return status;
}

const char *clock_check_verdict(const struct clock_check *check)
{
    double ratio = (double)check->counted_khz / (double)check->clock_khz;
    return fabs(ratio - 1) <= CLOCK_CHECK_LIMIT ? "agrees" : "differs";
}

/* Whether the sweep was checked before it was interrupted: 1, 0 or -1. */
static int has_verdict(const struct sweep *sweep)
{
    struct store_table table;
    struct store_param param = {":sweep", NULL, sweep->id};
    if (store_query(sweep->store,
                    "SELECT 1 FROM sweep WHERE id = :sweep AND clock_verdict IS NOT NULL", &param,
                    1, &table) < 0)
        return -1;
    int found = table.rows > 0;
    store_free_table(&table);
    return found;
}

int clock_check_sweeps(struct sweep *sweeps, size_t count)
{
    struct clock_check check = {.source = find_source(&sweeps[0].host.counters)};
    char err[300] = "";
    int missing = 0, status = 0;
    for (size_t i = 0; check.source && i < count && status >= 0; i++) {
        status = has_verdict(&sweeps[i]);
        missing |= status == 0;
    }
    if (status < 0 || !missing)
        return status < 0 ? -1 : 0;
    if (measure(&sweeps[0], &check, err, sizeof err) < 0) {
        fprintf(stderr, "tickmark: the core clock is not checked against %s: %s\n", check.source,
                err);
        return 0;
    }
    const char *verdict = clock_check_verdict(&check);
    if (!strcmp(verdict, "differs"))
        fprintf(stderr,
                "tickmark: warning: %s counts %.1f MHz, the calibrated core clock is %.1f MHz "
                "(%+.1f %%): figures in clocks may be wrong by as much\n",
                check.source, (double)check.counted_khz / 1e3, (double)check.clock_khz / 1e3,
                100 * ((double)check.counted_khz / (double)check.clock_khz - 1));
    for (size_t i = 0; i < count && status >= 0; i++)
        if ((status = has_verdict(&sweeps[i])) == 0)
            status = store_set_clock_verdict(sweeps[i].store, sweeps[i].id, check.clock_khz,
                                             check.counted_khz, verdict);
    return status < 0 ? -1 : 0;
}
