/* The report: charts and one static page from a result store.
 *
 * Interface: plots_report() reads the database read-only and leaves in out_dir (made if absent)
 *   index.html         one self-contained page
 *   report.json        everything the page shows, as numbers
 *   NAME.svg           a chart each, of those in chart.def that have something to draw
 *   NAME.tsv NAME.gp   what it was drawn from: `gnuplot NAME.gp` in out_dir draws it again
 * plots_chart() draws one of them into a file.
 *
 * Invariants: every file is written under a temporary
 * name and renamed, index.html last; nothing in the database is trusted: texts are cleaned on
 * reading and escaped on writing; a chart that cannot be drawn is removed, so that no old picture
 * stands beside new figures. */
#ifndef PLOTS_REPORT_H
#define PLOTS_REPORT_H

#include <stddef.h>
#include <stdio.h>

/* host: a label or the beginning of a fingerprint, NULL: that of the newest sweep.
 * 0, or -1 with one line in err.  When only gnuplot is missing or fails, the page and report.json
 * are still written (with tables only) before the error is returned. */
int plots_report(const char *db_path, const char *host, const char *out_dir, char *err,
                 size_t errlen);

struct plots_chart_wish {
    const char *db_path, *name; /* of chart.def */
    const char *host, *test;    /* NULL: that of the newest sweep; the test that moved most */
    const char *hot_path;       /* a file of tickmark-emu --hot; NULL: what the database holds */
    const char *out_path;
    int png; /* else SVG */
};

/* 0, or -1 with one line in err. */
int plots_chart(const struct plots_chart_wish *wish, char *err, size_t errlen);
/* The names of the charts with their titles, i from 0; NULL behind the last. */
const char *plots_chart_name(int i, const char **title);

#endif
