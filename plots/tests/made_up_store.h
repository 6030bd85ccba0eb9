/* Made-up result stores for the report's tests: the real schema (db/migrations), rows that never
 * were measured. */
#ifndef PLOTS_TESTS_MADE_UP_STORE_H
#define PLOTS_TESTS_MADE_UP_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;

enum { MADE_UP_ENVS = 5 };
extern const char *const made_up_env[MADE_UP_ENVS]; /* in the report's order; [0] is native */

/* A new store at path with all migrations run; NULL with a message on stdout. */
struct sqlite3 *made_up_open(const char *path);
/* The same with the first so many migrations only, and the marks of a store of that schema. */
struct sqlite3 *made_up_open_older(const char *path, int schema);

/* Run one statement: letters t text, i int64_t, r double (NaN is NULL) for the values that follow.
 * 0 or -1 (told). */
int made_up_put(struct sqlite3 *db, const char *sql, const char *letters, ...);

/* Host 1 with state 1, the environments 1 to 5 of made_up_env with builds of the same numbers,
 * sweep 1. */
int made_up_ground(struct sqlite3 *db, const char *host_label, const char *sweep_label);

/* A test (id) and a result of it in an environment (1 to 5) of a sweep; returns the result's id, 0
 * on failure. */
int made_up_test(struct sqlite3 *db, int64_t id, const char *name, const char *family,
                 const char *title, const char *alias);
int64_t made_up_result(struct sqlite3 *db, int64_t sweep, int64_t env, int64_t test,
                       const char *status, const char *reason, double clk);
int made_up_stage(struct sqlite3 *db, int64_t result, const char *stage, double clk, double ops);

/* A whole sweep that could be a real one: about 80 tests in 5 environments, with noise, failures
 * and stages. */
int made_up_whole_sweep(struct sqlite3 *db);
/* Beside it another host, older builds, and what else the charts are drawn from. */
int made_up_others(struct sqlite3 *db);

#endif
