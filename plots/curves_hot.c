/* The hot-block curve: how many of the guest's blocks, the hottest first, have how much of the
 * clocks. Its input are the blocks that `tickmark hot --keep` filed, or a file that tickmark-emu
 * wrote with --hot. */
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curves.h"
#include "plots/embedded.h"
#include "plots/text.h"

struct hot_block {
    double clk;
    unsigned linear;
    const char *symbol;
};

static int hotter_first(const void *a, const void *b)
{
    const struct hot_block *p = a, *q = b;
    return (p->clk < q->clk) - (p->clk > q->clk);
}

/* A curve; `all` is what its blocks have a share of. */
static void draw(struct plots_curves *curves, const char *name, struct hot_block *block, size_t n,
                 double all)
{
    char digits[PLOTS_NUMBER_SIZE];
    double sum = 0;
    if (curves->nseries >= PLOTS_SIDE_MAX || !(all > 0))
        return;
    const struct plots_env_look *look = &plots_env_look[(curves->nseries + 1) % PLOTS_ENV_COUNT];
    qsort(block, n, sizeof *block, hotter_first);
    struct plots_curves_series *series =
        plots_curves_add_series(curves, name, look->light, look->point, true);
    for (size_t i = 0; i < n && block[i].clk > 0; i++) {
        sum += block[i].clk;
        /* all of the first hundred, then ever fewer */
        if (i < 100 || i + 1 == n ||
            floor(50 * log10((double)i + 1)) > floor(50 * log10((double)i)))
            plots_curves_add_point(
                curves, series, (double)(i + 1), 100 * sum / all, (double)NAN, (double)NAN, false,
                "%s\nblock %zu, at %08x %s: %.2f %% of the clocks\nthe first %zu "
                "have %.1f %%; %s clk",
                name, i + 1, block[i].linear, block[i].symbol, 100 * block[i].clk / all, i + 1,
                100 * sum / all, plots_number(digits, block[i].clk));
    }
}

/* ---- from the database */

struct stored {
    struct plots_curves *curves;
    char name[CURVES_LABEL_SIZE];
    struct hot_block block[1024];
    size_t blocks;
};

static void draw_stored(struct stored *stored)
{
    double all = 0;
    for (size_t i = 0; i < stored->blocks; i++)
        all += stored->block[i].clk;
    draw(stored->curves, stored->name, stored->block, stored->blocks, all);
    stored->blocks = 0;
}

static int on_block(struct plots_reader *reader, sqlite3_stmt *row, void *into)
{
    struct stored *stored = into;
    const char *env = plots_column_text(reader, row, 0), *test = plots_column_text(reader, row, 1);
    const char *symbol = plots_column_text(reader, row, 5);
    char name[CURVES_LABEL_SIZE];
    double clk = plots_column_real(row, 3);
    snprintf(name, sizeof name, "%s, %s", test ? test : "?", env ? env : "?");
    if (strcmp(name, stored->name) != 0) {
        draw_stored(stored);
        snprintf(stored->name, sizeof stored->name, "%s", name);
    }
    if (stored->blocks < sizeof stored->block / sizeof *stored->block && clk > 0)
        stored->block[stored->blocks++] =
            (struct hot_block){clk, (unsigned)plots_column_int(row, 4), symbol ? symbol : ""};
    return reader->err[0] ? -1 : 0;
}

static int read_stored(struct plots_curves *curves, struct plots_model *model)
{
    struct stored *stored = calloc(1, sizeof *stored);
    if (!stored) {
        curves->failed = true;
        return 0;
    }
    stored->curves = curves;
    int failed = plots_reader_query(&model->reader, plots_text_chart_hot_sql, model->host_fp,
                                    on_block, stored);
    draw_stored(stored);
    free(stored);
    plots_curves_finish(curves);
    return failed;
}

/* ---- from a file */

int plots_hot_prepare(struct plots_curves *curves, struct plots_model *model)
{
    json_error_t error;
    const char *path = model->hot_path;
    curves->x_axis = "guest blocks, the hottest first (log)";
    curves->y_axis = "share of the clocks (%)";
    curves->log_x = true;
    curves->of_blocks = true;
    curves->y_to = 100;
    if (!path)
        return read_stored(curves, model);
    json_t *root = json_load_file(path, 0, &error);
    const json_t *blocks = json_object_get(json_object_get(root, "hot"), "blocks");
    if (!json_is_array(blocks)) {
        snprintf(model->reader.err, sizeof model->reader.err,
                 "%.200s: not a file of tickmark-emu --hot%s%.100s", path, root ? "" : ": ",
                 root ? "" : error.text);
        json_decref(root);
        return -1;
    }
    size_t n = json_array_size(blocks);
    struct hot_block *block = calloc(n + 1, sizeof *block);
    /* what belongs to no block is part of the whole */
    double all = json_number_value(json_object_get(json_object_get(root, "hot"), "clk_elsewhere"));
    all = isfinite(all) && all > 0 ? all : 0;
    for (size_t i = 0; block && i < n; i++) {
        const json_t *one = json_array_get(blocks, i);
        double clk = json_number_value(json_object_get(one, "clk"));
        json_int_t linear = json_integer_value(json_object_get(one, "linear"));
        block[i].clk = isfinite(clk) && clk > 0 ? clk : 0;
        block[i].linear = (unsigned)linear;
        block[i].symbol = "";
        all += block[i].clk;
    }
    if (block && all > 0)
        draw(curves, "blocks", block, n, all);
    curves->failed |= !block;
    free(block);
    json_decref(root);
    plots_curves_finish(curves);
    return 0;
}
