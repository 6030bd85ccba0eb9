/* emu_jit.c: our emulator with its translating engine. */
#include "collector/env/emu.h"

static void emu_jit_identify(const struct env_site *site, char *version, size_t version_room,
                             char *label, size_t label_room)
{
    emu_identify(site, "jit", version, version_room, label, label_room);
}

static int emu_jit_command(const struct env_site *site, const char *words,
                           struct env_command *command, char *why, size_t room)
{
    return emu_command(site, "jit", words, command, why, room);
}

static int emu_jit_work_command(const struct env_site *site, const struct env_work *work,
                                struct env_command *command, char *why, size_t room)
{
    return emu_work_command(site, "jit", work, command, why, room);
}

const struct env env_emu_jit = {.kind = "emu-jit",
                                .project = "tickmark-emu",
                                .guest = 1,
                                .rounds = 5,
                                .quick_rounds = 3,
                                .timeout_s = 60,
                                .min_us = 50000,
                                .quick_min_us = 3000,
                                .words_max = 4000,
                                .disk = "hda",
                                .present = emu_present,
                                .identify = emu_jit_identify,
                                .command = emu_jit_command,
                                .work_rounds = 3,
                                .quick_work_rounds = 1,
                                .work_timeout_s = 600,
                                .work_present = env_find_work,
                                .work_command = emu_jit_work_command};
