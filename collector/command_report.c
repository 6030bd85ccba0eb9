/* command_report.c: charts and a page. */
#include "collector/command.h"
#include "plots/report.h"

int command_report(const struct options *options)
{
    char err[1024] = "";
    if (options->hosts.count > 1)
        return command_fail("a report is of one host (-H), with the others beside it");
    const char *host = options->hosts.count ? options->hosts.items[0] : NULL;
    if (plots_report(options->db, host, options->out_dir, err, sizeof err) < 0)
        return command_fail(err);
    printf("%s/index.html\n", options->out_dir);
    return 0;
}
