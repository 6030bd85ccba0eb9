/* native.c: the linux port on the metal: a static 32-bit program. */
#include "collector/child.h"
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
    if (env_wants_scratch(words) && env_make_scratch(site, why, room) < 0)
        return -1;
    env_add(command, site->program);
    /* up to 4 KiB of words: more than the other environments' few arguments, so they are counted
     * here */
    env_add_words(command, words);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "too many words for the bench");
    return -1;
}

/* In a chroot of the image's own tree, which takes name spaces and a kernel for i386 programs. */
static int native_work_present(const struct env_site *site, char *why, size_t room)
{
    char program[PATH_MAX], root[PATH_MAX], text[400], err[200];
    int code;
    if (env_find_work(site, why, room) < 0)
        return -1;
    env_work_file(site, "native", program);
    env_work_file(site, "root", root);
    char *argv[] = {program, root, NULL};
    if (child_capture(argv, -1, 20, text, sizeof text, &code, err, sizeof err) < 0) {
        snprintf(why, room, "%s", err);
        return -1;
    }
    snprintf(why, room, "%.300s", text);
    return code ? -1 : 0;
}

static int native_work_command(const struct env_site *site, const struct env_work *work,
                               struct env_command *command, char *why, size_t room)
{
    char path[PATH_MAX], round[24];
    memset(command, 0, sizeof *command);
    if (!strcmp(work->test, "work.boot")) {
        snprintf(why, room, "the host is not booted for it");
        return -1;
    }
    env_work_file(site, "native", path);
    env_add(command, path);
    env_work_file(site, "root", path);
    env_add(command, path);
    snprintf(round, sizeof round, "%lld", (long long)work->round);
    env_add(command, work->test);
    env_add(command, work->code);
    env_add(command, round);
    env_add(command, work->want);
    return 0;
}

const struct env env_native = {.kind = "native",
                               .project = "native",
                               .guest = 0,
                               .rounds = 20,
                               .quick_rounds = 6,
                               .timeout_s = 30,
                               .words_max = ENV_WORDS - 1,
                               .disk = "",
                               .present = native_present,
                               .identify = native_identify,
                               .command = native_command,
                               .work_rounds = 5,
                               .quick_work_rounds = 2,
                               .work_timeout_s = 120,
                               .work_present = native_work_present,
                               .work_command = native_work_command};
