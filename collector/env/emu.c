/* emu.c: the command line of tickmark-emu; it writes its stage counters to a file at exit. */
#include "collector/env/emu.h"

#include <stdio.h>
#include <string.h>

int emu_present(struct env_site *site, char *why, size_t room)
{
    return env_find_built(site, "tickmark-emu", why, room) < 0 ||
                   env_find_image(site, "tickbench.elf", why, room) < 0
               ? -1
               : 0;
}

void emu_identify(const struct env_site *site, const char *engine, char *version,
                  size_t version_room, char *label, size_t label_room)
{
    env_first_line(site, "--version", version, version_room);
    snprintf(label, label_room, "tickmark-emu %s%s%s", engine, *site->options ? " " : "",
             site->options);
}

/* Program, engine and where its counters go. */
static int begin_command(const struct env_site *site, const char *engine,
                         struct env_command *command, char *why, size_t room)
{
    memset(command, 0, sizeof *command);
    if ((size_t)snprintf(command->stats, sizeof command->stats, "%s/stats.json", site->work_dir) >=
        sizeof command->stats) {
        snprintf(why, room, "path too long");
        return -1;
    }
    remove(command->stats);
    env_add(command, site->program);
    env_add(command, "-accel");
    env_add(command, engine);
    env_add_words(command, site->options);
    return 0;
}

int emu_work_command(const struct env_site *site, const char *engine, const struct env_work *work,
                     struct env_command *command, char *why, size_t room)
{
    if (begin_command(site, engine, command, why, room) < 0)
        return -1;
    env_add_work(command, site, work);
    env_add(command, "--stats");
    env_add(command, command->stats);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "command line too long");
    return -1;
}

int emu_command(const struct env_site *site, const char *engine, const char *words,
                struct env_command *command, char *why, size_t room)
{
    if (begin_command(site, engine, command, why, room) < 0)
        return -1;
    env_add_words(command, "-m 64 -kernel");
    env_add(command, site->image);
    env_add(command, "-append");
    env_add(command, words);
    if (env_add_scratch(command, site, words, why, room) < 0)
        return -1;
    env_add_words(command, "-serial stdio -display none -vga std -no-reboot "
                           "-device isa-debug-exit,iobase=0xf4,iosize=4 --stats");
    env_add(command, command->stats);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "command line too long");
    return -1;
}
