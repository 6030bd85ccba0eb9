/* command_report.c: charts and a page. */
#include "collector/command.h"
#include "plots/report.h"

int command_report(const struct options *options)
{
    char err[1024] = "";
    if (plots_report(options->db, options->out_dir, err, sizeof err) < 0)
        return command_fail(err);
    printf("%s/index.html\n", options->out_dir);
    return 0;
}
