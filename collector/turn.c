/* turn.c: see turn.h. */
#include "collector/turn.h"
#include "collector/memory.h"

#include <string.h>

int turn_work(struct sweep *sweeps, size_t count)
{
    int busy = 1;
    for (size_t i = 0; i < count; i++)
        sweeps[i].unlocked = memory_lock();
    for (size_t turn = 0; busy; turn++) {
        busy = 0;
        for (size_t i = 0; i < count; i++) {
            int step = queue_step(&sweeps[turn % 2 ? count - 1 - i : i]);
            if (step < 0 || step == 2)
                return step;
            busy |= step;
        }
    }
    for (size_t i = 0; i < count; i++)
        progress_clear(&sweeps[i].progress);
    return 0;
}

int turn_end(struct sweep *sweep, int status, const char *state)
{
    if (!sweep->id)
        return 0;
    if (status)
        return store_set_sweep(sweep->store, sweep->id, state, NULL);
    return judge_results(sweep->store, sweep->id, STORE_NONE) < 0 ||
                   store_set_stops(sweep->store, sweep->id) < 0 ||
                   store_set_noise(sweep->store, sweep->id) < 0 ||
                   store_set_sweep(sweep->store, sweep->id, "done", NULL) < 0 ||
                   store_seal_sweep(sweep->store, sweep->id) < 0
               ? -1
               : 0;
}

int turn_judge(struct store *store, const struct options *options, double threshold,
               const int64_t sweeps[2], struct turn_answer *answer, char *err, size_t errlen)
{
    memset(answer, 0, sizeof *answer);
    for (int k = 0; k < 2; k++) {
        struct side *side = &answer->sides[k];
        snprintf(side->kind, sizeof side->kind, "sweep");
        snprintf(side->key, sizeof side->key, "%lld", (long long)sweeps[k]);
        if (side_load(store, options, side, err, errlen) < 0)
            return -1;
    }
    if (match_join(&answer->sides[0], &answer->sides[1], &answer->matches) == 0 &&
        match_judge(store, &answer->matches, threshold, 1) == 0)
        return 0;
    snprintf(err, errlen, "%s", *store_error(store) ? store_error(store) : "no memory");
    return -1;
}

void turn_free(struct turn_answer *answer)
{
    match_free(&answer->matches);
    side_free(&answer->sides[0]);
    side_free(&answer->sides[1]);
}
