/* report.json: everything the page shows, unrounded.  Absent numbers and texts are null. */
#ifndef PLOTS_JSON_H
#define PLOTS_JSON_H

#include <stdio.h>

#include "plots/chart.h"
#include "plots/model.h"

/* 0, or -1 when memory or the disk is full. */
int plots_write_json(FILE *out, const struct plots_model *model,
                     const struct plots_chart chart[PLOTS_CHART_COUNT]);

#endif
