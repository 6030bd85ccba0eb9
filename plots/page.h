/* index.html: one self-contained static page.
 * page.c writes the frame, the facts and the headline figures, tables.c,
 * correctness.c, published.c and article.c the tables.
 */
#ifndef PLOTS_PAGE_H
#define PLOTS_PAGE_H

#include <stdio.h>

#include "plots/chart.h"
#include "plots/model.h"

/* The whole page.  trouble, if not NULL, says why there are no charts.  Write errors stay in out
 * (ferror). */
void plots_write_page(FILE *out, const struct plots_model *model,
                      const struct plots_chart chart[PLOTS_CHART_COUNT], const char *trouble);

/* Parts of it (tables.c, correctness.c, published.c, article.c). */
void plots_write_test_table(FILE *out, const struct plots_model *model);
void plots_write_mark_table(FILE *out, const struct plots_model *model);
void plots_write_stage_table(FILE *out, const struct plots_model *model, enum plots_env env);
void plots_write_correctness(FILE *out, const struct plots_model *model);
void plots_write_reference_table(FILE *out, const struct plots_model *model);
void plots_write_article(FILE *out, const struct plots_model *model);

/* All hosts (across.c): the table; the figures of those that are not the page's own, as JSON for
 * the script; and the form that chooses what of all is seen. */
void plots_write_host_table(FILE *out, const struct plots_model *model);
void plots_write_host_data(FILE *out, const struct plots_model *model);
void plots_write_filters(FILE *out, const struct plots_model *model);

/* An environment's name with its mark in its colour. */
void plots_write_env_name(FILE *out, enum plots_env env);

#endif
