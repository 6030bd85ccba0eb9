/* command_chart.c: one chart as a file. */
#include "collector/command.h"
#include "plots/report.h"

#include <string.h>

static int list_charts(const struct options *options)
{
    struct table table;
    const char *title = NULL;
    table_begin(&table);
    table_head(&table, "chart");
    table_head(&table, "what it shows");
    for (int i = 0; plots_chart_name(i, &title); i++) {
        table_text(&table, plots_chart_name(i, &title));
        table_text(&table, title);
    }
    return command_print(&table, options);
}

/* PNG if it is asked for, or if the file is called so. */
static int wants_png(const struct options *options)
{
    size_t len = options->file ? strlen(options->file) : 0;
    return options->png ||
           (!options->svg && len > 4 && strcmp(options->file + len - 4, ".png") == 0);
}

int command_chart(const struct options *options)
{
    char err[4500] = "", file[256];
    if (options->list)
        return list_charts(options);
    if (options->words.count < 1 || options->words.count > 2 ||
        (options->words.count == 2 && strcmp(options->words.items[0], "hot") != 0))
        return command_fail("chart wants a name (tickmark chart --list); hot may have a FILE of "
                            "tickmark-emu --hot, too");
    if (options->png && options->svg)
        return command_fail("--png or --svg, not both");
    if (options->tests.count > 1 || options->hosts.count > 1)
        return command_fail("a chart is of one test (-t) and of one host (-H)");
    struct plots_chart_wish wish = {.db_path = options->db,
                                    .name = options->words.items[0],
                                    .host = options->hosts.count ? options->hosts.items[0] : NULL,
                                    .test = options->tests.count ? options->tests.items[0] : NULL,
                                    .hot_path =
                                        options->words.count == 2 ? options->words.items[1] : NULL,
                                    .out_path = options->file,
                                    .png = wants_png(options)};
    if (!wish.out_path) {
        snprintf(file, sizeof file, "%.200s.%s", wish.name, wish.png ? "png" : "svg");
        wish.out_path = file;
    }
    if (plots_chart(&wish, err, sizeof err) < 0)
        return command_fail(err);
    printf("%s\n", wish.out_path);
    return 0;
}
