/* Starting gnuplot. */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stddef.h>

/* Run `gnuplot -d script` in directory dir, for at most limit_ms; what it complains about goes to
 * dir/log. 0, or -1 with err: not installed (names the package), killed after its time, failed with
 * its first complaint. */
int plots_gnuplot_run(const char *dir, const char *script, const char *log, int limit_ms, char *err,
                      size_t errlen);

#endif
