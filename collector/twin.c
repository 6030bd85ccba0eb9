/* twin.c: see twin.h. */
#include "collector/twin.h"
#include "collector/env/env.h"
#include "collector/turn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TWIN_SHARE 0.95

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* |ratio - 1| of the environment's floors, in order; the number of them. */
static size_t list_apart(const struct matches *matches, const char *kind, double *apart)
{
    size_t count = 0;
    for (size_t i = 0; i < matches->count; i++) {
        const struct match *m = &matches->rows[i];
        double ratio = matches->pairs[i].ratio.est;
        if (!m->remark && m->a->is_floor && isfinite(ratio) && !strcmp(m->a->env, kind))
            apart[count++] = fabs(ratio - 1);
    }
    qsort(apart, count, sizeof *apart, compare_reals);
    return count;
}

static int set_floors(struct store *store, const struct matches *matches, const int64_t sweeps[2],
                      double *apart)
{
    int told = 0;
    for (size_t e = 0; e < env_count; e++) {
        const char *kind = env_table[e]->kind;
        size_t count = list_apart(matches, kind, apart);
        if (!count)
            continue;
        double floor_aa = apart[(size_t)ceil(TWIN_SHARE * (double)count) - 1];
        for (int k = 0; k < 2; k++)
            if (store_set_twin_noise(store, sweeps[k], kind, floor_aa, (int64_t)count) < 0)
                return -1;
        fprintf(stderr, "%s %s %.2f %% (%zu tests)", told++ ? "," : "tickmark: noise floor:", kind,
                100 * floor_aa, count);
    }
    if (told)
        fputc('\n', stderr);
    return 0;
}

int twin_measure(struct store *store, const struct options *options, const int64_t sweeps[2],
                 char *err, size_t errlen)
{
    struct turn_answer answer;
    double *apart = NULL;
    int status = turn_judge(store, options, NAN, sweeps, &answer, err, errlen);
    if (!status && !(apart = calloc(answer.matches.count + 1, sizeof *apart))) {
        snprintf(err, errlen, "no memory");
        status = -1;
    } else if (!status &&
               (set_floors(store, &answer.matches, sweeps, apart) < 0 ||
                store_seal_sweep(store, sweeps[0]) < 0 || store_seal_sweep(store, sweeps[1]) < 0)) {
        snprintf(err, errlen, "%s", store_error(store));
        status = -1;
    }
    free(apart);
    turn_free(&answer);
    return status;
}
