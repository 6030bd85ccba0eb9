/* stagefile.c: see stagefile.h. */
#include "collector/stagefile.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STAGE_COUNT   11
#define STAGEFILE_MAX (64 << 20)

static const char *const stage_names[STAGE_COUNT] = {"decode",  "translate", "link",   "dispatch",
                                                     "execute", "mmu",       "helper", "irq",
                                                     "device",  "smc",       "idle"};

struct stage_sum {
    int64_t tsc, calls, items, bytes;
};

static int64_t count_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_real(value) && fabs(json_real_value(value)) < 9e18
               ? (int64_t)json_real_value(value)
               : 0;
}

/* A file may say anything: sums stay in range. */
static void add(int64_t *to, int64_t more)
{
    if (__builtin_add_overflow(*to, more, to))
        *to = more < 0 ? INT64_MIN : INT64_MAX;
}

/* Sums of the intervals of one marker; their number, or -1 when one has no stages. */
static int64_t sum_intervals(const json_t *intervals, int64_t marker, struct stage_sum *sums)
{
    size_t i;
    json_t *interval;
    int64_t found = 0;
    memset(sums, 0, STAGE_COUNT * sizeof *sums);
    json_array_foreach(intervals, i, interval)
    {
        const json_t *stages = json_object_get(interval, "stages");
        if (count_of(interval, "test") != marker)
            continue;
        if (!json_is_object(stages))
            return -1;
        found++;
        for (size_t k = 0; k < STAGE_COUNT; k++) {
            const json_t *stage = json_object_get(stages, stage_names[k]);
            add(&sums[k].tsc, count_of(stage, "clk"));
            add(&sums[k].calls, count_of(stage, "entries"));
            add(&sums[k].items, count_of(stage, "items"));
            add(&sums[k].bytes, count_of(stage, "bytes"));
        }
    }
    return found;
}

static int store_sums(const struct stagefile_target *t, size_t index, const struct stage_sum *sums)
{
    const struct catalogue_test *test = &t->catalogue->tests[index];
    for (size_t k = 0; k < STAGE_COUNT; k++) {
        struct store_stage row = {stage_names[k],
                                  sums[k].calls,
                                  sums[k].items,
                                  sums[k].bytes,
                                  sums[k].tsc,
                                  (double)sums[k].tsc *
                                      (isnan(t->core_per_tsc) ? 1 : t->core_per_tsc),
                                  t->counts[index].iterations * (double)test->ops};
        if (store_add_stage(t->store, t->sweep_id, t->env_id, t->build_id, test->id, &row) < 0)
            return -1;
    }
    return 0;
}

static int store_all(const struct stagefile_target *t, const json_t *intervals, char *why,
                     size_t room)
{
    int left_out = 0;
    if (store_begin(t->store) < 0)
        return -1;
    for (size_t i = 0; i < t->catalogue->count; i++) {
        struct stage_sum sums[STAGE_COUNT];
        if (!t->counts[i].intervals)
            continue;
        int64_t found = sum_intervals(intervals, t->catalogue->tests[i].marker, sums);
        if (found != t->counts[i].intervals) {
            if (!left_out++)
                snprintf(why, room, "statistics file: %lld intervals of %s, %lld were announced",
                         (long long)found, t->catalogue->tests[i].name,
                         (long long)t->counts[i].intervals);
            continue;
        }
        if (store_sums(t, i, sums) < 0) {
            store_rollback(t->store);
            return -1;
        }
    }
    return store_commit(t->store) < 0 ? -1 : left_out > 0;
}

int stagefile_store(const char *path, const struct stagefile_target *target, char *why, size_t room)
{
    struct stat st;
    json_error_t error;
    if (stat(path, &st) < 0) {
        snprintf(why, room, "no statistics file");
        return 1;
    }
    if (st.st_size > STAGEFILE_MAX) {
        snprintf(why, room, "the statistics file has %lld MiB", (long long)st.st_size >> 20);
        return 1;
    }
    json_t *root = json_load_file(path, 0, &error);
    const json_t *intervals = json_object_get(root, "intervals");
    int status = 1;
    if (!root)
        snprintf(why, room, "statistics file: line %d: %.150s", error.line, error.text);
    else if (!json_is_array(intervals))
        snprintf(why, room, "statistics file: no list of intervals");
    else
        status = store_all(target, intervals, why, room);
    json_decref(root);
    return status;
}
