/* stages.c: see stages.h. */
#include "collector/stages.h"
#include "collector/side.h"

#include <stdlib.h>
#include <string.h>

/* The query's rows of one result are adjacent. */
static void collect(struct stages *stages, const struct options *options, const char *word)
{
    const struct store_table *from = &stages->from;
    for (size_t i = 0; i < from->rows; i++) {
        const char *test = store_cell(from, i, 0)->text, *env = store_cell(from, i, 1)->text,
                   *sha = store_cell(from, i, 3)->text;
        if (!option_chooses(&options->tests, test) || !option_chooses(&options->envs, env))
            continue;
        struct stages_row *row = stages->count ? &stages->rows[stages->count - 1] : NULL;
        if (!row || strcmp(row->test, test) || strcmp(row->env, env) ||
            strcmp(row->build_sha, sha)) {
            row = &stages->rows[stages->count++];
            *row = (struct stages_row){.test = test,
                                       .env = env,
                                       .version = store_cell(from, i, 2)->text,
                                       .build_sha = sha,
                                       .side = word};
        }
        for (size_t k = 0; k < PROFILE_STAGES; k++)
            if (!strcmp(store_cell(from, i, 4)->text, profile_stage_names[k])) {
                row->stages[k] = (struct profile_sum){
                    store_cell(from, i, 5)->real, store_cell(from, i, 6)->real,
                    store_cell(from, i, 7)->real, store_cell(from, i, 8)->real};
                row->clk += row->stages[k].clk;
            }
    }
}

/* What the query asks: the sweeps of the side, and the build or environment that it stands for. */
static char *choose_sweeps(struct store *store, const struct options *options, const char *word,
                           struct side *side, char *err, size_t errlen)
{
    struct store_table rows;
    memset(side, 0, sizeof *side);
    snprintf(side->kind, sizeof side->kind, "test"); /* all sweeps of the hosts */
    if (word && side_find(store, word, side, err, errlen) < 0)
        return NULL;
    char *hosts = side_list_hosts(store, options, err, errlen), *sweeps = NULL;
    if (!hosts)
        return NULL;
    struct store_param params[] = {
        {":kind", side->kind, 0}, {":key", side->key, 0}, {":hosts", hosts, 0}};
    if (store_query(store, "choice_sweeps", params, 3, &rows) < 0) {
        snprintf(err, errlen, "%s", store_error(store));
    } else {
        sweeps = strdup(rows.rows ? store_cell(&rows, 0, 0)->text : "[]");
        if (!sweeps)
            snprintf(err, errlen, "no memory");
        store_free_table(&rows);
    }
    free(hosts);
    return sweeps;
}

int stages_load(struct store *store, const struct options *options, const char *word, int per_build,
                struct stages *stages, char *err, size_t errlen)
{
    struct side side;
    memset(stages, 0, sizeof *stages);
    char *sweeps = choose_sweeps(store, options, word, &side, err, errlen);
    if (!sweeps)
        return -1;
    struct store_param params[] = {
        {":sweeps", sweeps, 0},
        {":env", !strcmp(side.kind, "env") ? side.key : NULL, STORE_NONE},
        {":build", !strcmp(side.kind, "build") ? side.key : NULL, STORE_NONE},
        {":per_build", NULL, per_build}};
    int status = store_query(store, "stages_of", params, 4, &stages->from);
    free(sweeps);
    if (status < 0) {
        snprintf(err, errlen, "%s", store_error(store));
        return -1;
    }
    stages->rows = calloc(stages->from.rows + 1, sizeof *stages->rows);
    if (!stages->rows) {
        snprintf(err, errlen, "no memory");
        stages_free(stages);
        return -1;
    }
    collect(stages, options, word);
    return 0;
}

void stages_free(struct stages *stages)
{
    free(stages->rows);
    store_free_table(&stages->from);
    memset(stages, 0, sizeof *stages);
}
