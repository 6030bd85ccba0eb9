/* qemu_tcg.c: QEMU's translator, as Debian ships it. */
#include "collector/env/env.h"

#include <stdio.h>
#include <string.h>

static int qemu_tcg_present(struct env_site *site, char *why, size_t room)
{
    if (env_find_on_path(site, "qemu-system-i386") < 0) {
        snprintf(why, room, "qemu-system-i386 is not installed (apt-get install qemu-system-x86)");
        return -1;
    }
    env_skip_wrapper(site, "/usr/libexec/qemu-system-i386");
    return env_find_image(site, "tickbench.elf", why, room);
}

static void qemu_tcg_identify(const struct env_site *site, char *version, size_t version_room,
                              char *label, size_t label_room)
{
    char number[32] = "";
    env_first_line(site, "--version", version, version_room);
    if (sscanf(version, "QEMU emulator version %31[0-9.]", number) != 1)
        number[0] = 0;
    snprintf(label, label_room, "QEMU %s%sTCG", number, *number ? " " : "");
}

static int qemu_tcg_command(const struct env_site *site, const char *words,
                            struct env_command *command, char *why, size_t room)
{
    memset(command, 0, sizeof *command);
    env_add(command, site->program);
    env_add_words(command, "-accel tcg -cpu max -m 64 -kernel");
    env_add(command, site->image);
    env_add(command, "-append");
    env_add(command, words);
    if (env_add_scratch(command, site, words, why, room) < 0)
        return -1;
    env_add_words(command, "-serial stdio -monitor none -display none -no-reboot "
                           "-device isa-debug-exit,iobase=0xf4,iosize=4");
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "command line too long");
    return -1;
}

static int qemu_tcg_work_command(const struct env_site *site, const struct env_work *work,
                                 struct env_command *command, char *why, size_t room)
{
    memset(command, 0, sizeof *command);
    env_add(command, site->program);
    env_add_words(command, "-accel tcg -cpu max -monitor none");
    env_add_work(command, site, work);
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "command line too long");
    return -1;
}

const struct env env_qemu_tcg = {.kind = "qemu-tcg",
                                 .project = "qemu",
                                 .package = "qemu-system-x86",
                                 .guest = 1,
                                 .rounds = 5,
                                 .quick_rounds = 3,
                                 .timeout_s = 60,
                                 .min_us = 50000,
                                 .quick_min_us = 3000,
                                 .words_max = 4000,
                                 .disk = "hda",
                                 .present = qemu_tcg_present,
                                 .identify = qemu_tcg_identify,
                                 .command = qemu_tcg_command,
                                 .work_rounds = 3,
                                 .quick_work_rounds = 1,
                                 .work_timeout_s = 900,
                                 .work_present = env_find_work,
                                 .work_command = qemu_tcg_work_command};
