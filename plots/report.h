/* The report: charts and one static page from a result store.
 *
 * Interface: plots_report() is all there is.  It reads the database read-only and leaves in out_dir
 * (made if absent): index.html                 one self-contained page report.json everything the
 * page shows, as numbers NAME.svg NAME.png          one chart each: clk_per_op, slowdown,
 * stages-emu-jit, stages-emu-interp NAME.tsv NAME.gp           what the chart was drawn from:
 * `gnuplot NAME.gp` in out_dir draws it again Invariants: every file is written under a temporary
 * name and renamed, index.html last; nothing in the database is trusted: texts are cleaned on
 * reading and escaped on writing; a chart that cannot be drawn is removed, so that no old picture
 * stands beside new figures. */
#ifndef PLOTS_REPORT_H
#define PLOTS_REPORT_H

#include <stddef.h>

/* 0, or -1 with one line in err.  When only gnuplot is missing or fails, the page and report.json
 * are still written (with tables only) before the error is returned. */
int plots_report(const char *db_path, const char *out_dir, char *err, size_t errlen);

#endif
