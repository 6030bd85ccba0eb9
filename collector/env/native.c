/* native.c: the linux port on the metal: a static 32-bit program. */
#include "collector/env/env.h"

#include <stdio.h>
#include <string.h>

static int native_present(struct env_site *site, char *why, size_t room)
{
    site->image[0] = 0;
    return env_find_built(site, "tickbench", why, room);
}

static void native_identify(const struct env_site *site, char *version, size_t version_room,
                            char *label, size_t label_room)
{
    (void)site;
    snprintf(version, version_room, "tickbench");
    snprintf(label, label_room, "native");
}

static int native_command(const struct env_site *site, const char *words,
                          struct env_command *command, char *why, size_t room)
{
    memset(command, 0, sizeof *command);
    env_add(command, site->program);
    /* up to 4 KiB of words: more than the other environments' few arguments, so they are counted
     * here */
    env_add_words(command, words);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "too many words for the bench");
    return -1;
}

const struct env env_native = {.kind = "native",
                               .project = "native",
                               .guest = 0,
                               .rounds = 20,
                               .quick_rounds = 6,
                               .timeout_s = 30,
                               .words_max = ENV_WORDS - 1,
                               .present = native_present,
                               .identify = native_identify,
                               .command = native_command};
