/* interference.c: see interference.h. */
#include "collector/interference.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t read_steal(int cpu)
{
    char word[24] = "cpu ", line[400];
    int64_t ticks = STORE_NONE;
    FILE *in = fopen("/proc/stat", "re");
    if (cpu >= 0)
        snprintf(word, sizeof word, "cpu%d ", cpu);
    while (in && fgets(line, sizeof line, in)) {
        long long steal;
        /* user nice system idle iowait irq softirq steal */
        if (!strncmp(line, word, strlen(word)) &&
            sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %lld", &steal) == 1)
            ticks = steal;
    }
    if (in)
        fclose(in);
    return ticks;
}

static int64_t read_pressure(void)
{
    char line[200];
    int64_t us = STORE_NONE;
    FILE *in = fopen("/proc/pressure/cpu", "re");
    while (in && fgets(line, sizeof line, in)) {
        const char *total = strstr(line, "total=");
        long long value;
        if (!strncmp(line, "some ", 5) && total && sscanf(total + 6, "%lld", &value) == 1)
            us = value;
    }
    if (in)
        fclose(in);
    return us;
}

void interference_begin(struct interference *before, int cpu)
{
    before->steal_ticks = read_steal(cpu);
    before->pressure_us = read_pressure();
}

void interference_read_waits(pid_t pid, struct interference_waits *waits)
{
    char path[80];
    waits->count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = pid > 0 ? opendir(path) : NULL;
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        long long wait_ns;
        int tid = atoi(entry->d_name);
        if (!tid || waits->count == INTERFERENCE_THREADS)
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, tid);
        FILE *in = fopen(path, "re");
        if (in && fscanf(in, "%*s %lld", &wait_ns) == 1) {
            waits->thread[waits->count].tid = tid;
            waits->thread[waits->count++].ns = wait_ns;
        }
        if (in)
            fclose(in);
    }
    if (tasks)
        closedir(tasks);
}

int64_t interference_waited(const struct interference_waits *before,
                            const struct interference_waits *after)
{
    int64_t sum_ns = before->count && after->count ? 0 : STORE_NONE;
    for (size_t i = 0; sum_ns != STORE_NONE && i < after->count; i++) {
        sum_ns += after->thread[i].ns;
        for (size_t k = 0; k < before->count; k++)
            if (before->thread[k].tid == after->thread[i].tid)
                sum_ns -= before->thread[k].ns;
    }
    return sum_ns;
}

static int64_t apart(int64_t before, int64_t after)
{
    return before == STORE_NONE || after == STORE_NONE ? STORE_NONE : after - before;
}

static int64_t cpu_time_ns(const struct rusage *usage)
{
    return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000 +
           ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

void interference_end(const struct interference *before, int cpu, const struct child *child,
                      struct store_run *run)
{
    struct interference after;
    interference_begin(&after, cpu);
    int64_t ticks = apart(before->steal_ticks, after.steal_ticks);
    run->steal_ms = ticks == STORE_NONE ? STORE_NONE : ticks * 1000 / sysconf(_SC_CLK_TCK);
    run->pressure_us = apart(before->pressure_us, after.pressure_us);
    run->wait_ns = child->wait_ns;
    run->cpu_ns = child->is_reaped ? cpu_time_ns(&child->usage) : STORE_NONE;
    run->preempted = child->is_reaped ? child->usage.ru_nivcsw : STORE_NONE;
}
