/* What a report shows, as read from the database: one host, its sweeps, environments, tests and
 * results. Everything that is written (page, report.json, charts) is written from this and nothing
 * else. Missing numbers are NaN, missing texts NULL. */
#ifndef PLOTS_MODEL_H
#define PLOTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plots/query.h"

enum plots_env {
#define ENV(id, kind, light, dark, point, mark) PLOTS_ENV_##id,
#include "plots/env.def"
#undef ENV
    PLOTS_ENV_COUNT
};

enum plots_stage {
#define STAGE(id, name, light, dark) PLOTS_STAGE_##id,
#include "plots/stage.def"
#undef STAGE
    PLOTS_STAGE_COUNT
};

struct plots_env_look {
    const char *kind;
    unsigned light, dark;
    int point;
    const char *mark;
};
struct plots_stage_look {
    const char *name;
    unsigned light, dark;
};
extern const struct plots_env_look plots_env_look[PLOTS_ENV_COUNT];
extern const struct plots_stage_look plots_stage_look[PLOTS_STAGE_COUNT];

/* What the database knows of the host, as name and text; the order is the page's. */
struct plots_fact {
    const char *key, *title, *text;
};
enum { PLOTS_FACT_MAX = 32 };

struct plots_sweep {
    const char *uuid, *label, *started, *finished, *state, *collector;
    int64_t seed, rounds, results, shown;
    double aa_floor; /* the native one */
    const char *floors_text,
        *floors; /* of all environments: for people, as JSON; NULL: an older sweep */
};

struct plots_setup { /* one environment row with one build: what stands behind a column */
    enum plots_env env;
    const char *label, *argv, *image_sha, *guest_tsc, *project, *version, *commit, *compiler,
        *cflags, *build_sha;
    bool nested, dirty;
    int64_t results;
};

struct plots_missing { /* an environment that the newest sweep did not find */
    const char *kind, *reason;
};

struct plots_stage_count {
    double clk, ops, items; /* clk and items over ops operations */
    int64_t calls, bytes;
};

struct plots_cell { /* the newest outcome of one test in one environment */
    bool present, slow_older;
    int64_t result_id, n, dropped, flags;
    int64_t asked, correct; /* of a suite of questions; asked 0: none */
    const char *status, *reason, *started, *code_sha;
    double est, lo, hi, tsc, ns, guest_tsc, clk_ghz;
    double slowdown, slow_lo, slow_hi, slow_native;
    struct plots_stage_count *stage; /* PLOTS_STAGE_COUNT of them, or NULL */
    double stage_clk;                /* their sum, clocks per operation */
};

/* The newest outcome of a test in an environment on any host: what tables across hosts show. */
enum plots_status {
    PLOTS_STATUS_NONE, /* never measured */
    PLOTS_STATUS_OK,
    PLOTS_STATUS_NOISY,
    PLOTS_STATUS_WRONG,
    PLOTS_STATUS_CRASH,
    PLOTS_STATUS_TIMEOUT,
    PLOTS_STATUS_UNSUPPORTED,
    PLOTS_STATUS_COUNT
};
extern const char *const plots_status_name[PLOTS_STATUS_COUNT];

struct plots_narrow {
    enum plots_status status;
    bool proven; /* est is in core clocks, not in ticks */
    double est, lo, hi, slowdown, slow_lo, slow_hi;
};

struct plots_mean { /* of slowdowns against native; n 0: no mean */
    double value, best, worst;
    int n, noisy;
    const char *best_test, *worst_test;
    /* of its `met` tests that qemu-tcg has as well: faster on `ahead`, slower by over 5 % on
     * `behind` */
    int ahead, behind, met;
};

struct plots_host { /* the newest first; one of them is the model's own */
    int64_t id;
    const char *fp, *label, *brand, *virt, *newest;
    int64_t sweeps;
    bool shown;                /* the model's own */
    struct plots_narrow *cell; /* tests * PLOTS_ENV_COUNT, in the order of model->test */
    struct plots_mean mean[PLOTS_ENV_COUNT]; /* value and n: of slowdowns; [native]: clk/op against
                                                the shown host's */
};
enum { PLOTS_SIDE_MAX = 6 }; /* hosts that a chart tells apart */

struct plots_test {
    const char *name, *family, *title, *alias, *unit, *noise;
    bool compares; /* natively it measures the instruction, so that a ratio says something */
    bool common;   /* in the set that the headline means are taken over */
    bool answers;  /* a suite of questions: right or wrong matters, and not time */
    int measured;  /* on so many hosts natively, in clocks */
    struct plots_cell cell[PLOTS_ENV_COUNT];
};

struct plots_left_out { /* results that are in the tables and not in the means */
    int64_t n;
    const char *why;
};
enum { PLOTS_LEFT_OUT_MAX = 8 };

struct plots_column { /* one environment over all tests */
    bool present;     /* has results of any status */
    bool elsewhere;   /* another host has some */
    bool compared;    /* takes part in the common set */
    int ok, noisy, wrong, crash, timeout, unsupported, stages;
    struct plots_mean common, own;
};

struct plots_reference {
    const char *source, *test, *host, *env, *text, *unit;
    double value;
};

struct plots_published { /* an environment of 2010 on its host */
    const char *env, *host;
    double slowdown; /* NaN: no native figure of that processor */
};

struct plots_model {
    struct plots_reader reader;
    const char *host_fp, *host_label;
    int64_t hosts;
    struct plots_fact fact[PLOTS_FACT_MAX];
    size_t facts;
    struct plots_host *host;
    size_t host_count;
    struct plots_published *published;
    size_t publisheds;
    struct plots_sweep *sweep;
    size_t sweeps;
    struct plots_setup *setup;
    size_t setups;
    struct plots_missing *missing;
    size_t missings;
    struct plots_test *test;
    size_t tests;
    struct plots_reference *reference;
    size_t references;
    struct plots_column column[PLOTS_ENV_COUNT];
    int common; /* tests in the common set */
    struct plots_left_out left_out[PLOTS_LEFT_OUT_MAX];
    size_t left_outs;
    char generated[32];
    const char *hot_path; /* a file of tickmark-emu --hot, for the hot-block curve; NULL: none */
};

/* host: part of a label or of a fingerprint, NULL: that of the newest sweep.
 * 0, or -1 with the reason in model->reader.err.  Free in both cases. */
int plots_model_load(struct plots_model *model, const char *db_path, const char *host);
void plots_model_free(struct plots_model *model);

/* Whether a status carries a figure. */
bool plots_status_good(const char *status);

/* All hosts, with or without their figures, and what was published (plots/hosts.c): 0, or -1 with
 * model->reader.err set. */
int plots_model_load_hosts(struct plots_model *model, bool figures);
void plots_model_free_hosts(struct plots_model *model);
const struct plots_narrow *plots_host_cell(const struct plots_model *model, size_t host,
                                           const struct plots_test *test, int env);

/* Headline figures of the loaded tests (plots/mean.c): 0, or -1 with model->reader.err set. */
int plots_model_summarise(struct plots_model *model);
/* Whether the tables across hosts have a column for it. */
bool plots_column_shown(const struct plots_model *model, int env);
/* Number of an environment's kind, or -1. */
int plots_env_by_kind(const char *kind);

/* A stage's clocks per operation, and its share in the cell's stage clocks.  Stage counters run
 * over whole timed intervals, so their sum holds one-time work that the N / 2N estimate cancels:
 * the two need not be equal. */
/* One round has no spread: its interval is stored from the figure to the figure, which would read
 * as one that is known to the last digit, and that of its slowdown would be the native one's alone.
 */
void plots_drop_point_interval(double *lo, double *hi, double *slow_lo, double *slow_hi);
double plots_stage_share(const struct plots_cell *cell, enum plots_stage stage);
double plots_stage_clk_per_op(const struct plots_cell *cell, enum plots_stage stage);

#endif
