/* case.h: what the test programs of collector/ share: verdict lines, and running tickmark in a
 * folder of its own. */
#ifndef COLLECTOR_TESTS_CASE_H
#define COLLECTOR_TESTS_CASE_H

#include "db/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>

extern int case_failures;

/* `ok NAME` when good, else `FAIL NAME: why`. */
void case_report(const char *name, int good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct case_place {
    char tickmark[512], dir[512], build[512], db[600], log[600];
};
/* A temporary folder (with CASE_IN_MEMORY set, on no disk: what is small and syncs often) with a
 * build folder in which tickbench (and tickmark-emu, for envs) is the fake one. */
int case_open_place(struct case_place *place, const char *argv0);
void case_close_place(struct case_place *place);
/* Starts tickmark with the words (split at blanks; {db} and {build} are replaced); output goes to
 * place->log. */
pid_t case_start(const struct case_place *place, const char *words);
/* Exit code, or 128 + signal. */
int case_wait(pid_t pid);
int case_run(const struct case_place *place, const char *words);
/* First value of a query, or NAN. */
double case_ask(const struct case_place *place, const char *sql);
/* Waits until that value is more than `least`, 30 s at most; whether it came. */
int case_await(const struct case_place *place, const char *sql, double least);
/* First text of a query into a static buffer, "" when absent. */
const char *case_ask_text(const struct case_place *place, const char *sql);
/* Changes the database, as somebody might: 0 or -1 (err). */
int case_change(const struct case_place *place, const char *sql, char *err, size_t errlen);
/* Whether the log of the last run holds the text. */
int case_log_holds(const struct case_place *place, const char *text);

#endif
