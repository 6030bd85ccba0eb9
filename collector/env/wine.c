/* wine.c: the windows port under Debian's wine, on the host's own processor: the same measured
 * bytes as natively, other system calls. It is no emulator of a processor and no Windows, so a
 * sweep has it only where it is asked for. Wine keeps its drives and its registry where the user's
 * own does (WINEPREFIX, or ~/.wine); the first start of a user sets that up, which takes a minute.
 */
#include "collector/child.h"
#include "collector/env/env.h"

#include <stdio.h>
#include <string.h>

#define WINE_START_S 180
#define WINE_INSTALL                                                                               \
    "dpkg --add-architecture i386; apt-get update; apt-get install wine wine32:i386"

/* Nothing of its own on standard error, and no offer to download a browser or .NET. */
static void add_program(struct env_command *command, const struct env_site *site)
{
    memset(command, 0, sizeof *command);
    env_add_words(command, "env WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml=");
    env_add(command, site->program);
    env_add(command, site->image);
}

/* That there is a program says little: many have no 32-bit one beside it. */
static int runs_the_bench(const struct env_site *site, char *why, size_t room)
{
    struct env_command command;
    char text[400], err[200] = "";
    int code = 0;
    add_program(&command, site);
    env_add(&command, "--list");
    if (child_capture(command.argv, -1, WINE_START_S, text, sizeof text, &code, err, sizeof err) ==
            0 &&
        strstr(text, "@tm "))
        return 0;
    const char *said = *err ? err : text;
    snprintf(why, room, "%s does not run tickbench.exe, %.*s%s(" WINE_INSTALL ")", site->program,
             (int)strcspn(said, "\r\n"), said, *said ? " " : "");
    return -1;
}

static int wine_present(struct env_site *site, char *why, size_t room)
{
    if (env_find_on_path(site, "wine") < 0) {
        snprintf(why, room, "wine is not installed (" WINE_INSTALL ")");
        return -1;
    }
    if (env_find_image(site, "tickbench.exe", why, room) < 0) {
        snprintf(why, room,
                 "tickbench.exe is not built (apt-get install gcc-mingw-w64-i686, then make all)");
        return -1;
    }
    return runs_the_bench(site, why, room);
}

static void wine_identify(const struct env_site *site, char *version, size_t version_room,
                          char *label, size_t label_room)
{
    char number[32] = "";
    env_first_line(site, "--version", version, version_room);
    if (sscanf(version, "wine-%31[0-9.]", number) != 1)
        number[0] = 0;
    snprintf(label, label_room, "Wine%s%s", *number ? " " : "", number);
}

static int wine_command(const struct env_site *site, const char *words, struct env_command *command,
                        char *why, size_t room)
{
    add_program(command, site);
    env_add_words(command, words);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "too many words for the bench");
    return -1;
}

const struct env env_wine = {.kind = "wine",
                             .project = "wine",
                             .package = "wine wine32:i386",
                             .guest = 0,
                             .on_request = 1,
                             .rounds = 10,
                             .quick_rounds = 3,
                             .timeout_s = 60,
                             .words_max = ENV_WORDS - 1,
                             /* no disk: its writes go to the host's cache, whatever a program asks
                                for (1.8 us for 512 bytes) */
                             .present = wine_present,
                             .identify = wine_identify,
                             .command = wine_command};
