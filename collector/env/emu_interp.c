/* emu_interp.c: our emulator with its reference engine. */
#include "collector/env/emu.h"

static void emu_interp_identify(const struct env_site *site, char *version, size_t version_room,
                                char *label, size_t label_room)
{
    emu_identify(site, "interp", version, version_room, label, label_room);
}

static int emu_interp_command(const struct env_site *site, const char *words,
                              struct env_command *command, char *why, size_t room)
{
    return emu_command(site, "interp", words, command, why, room);
}

static int emu_interp_work_command(const struct env_site *site, const struct env_work *work,
                                   struct env_command *command, char *why, size_t room)
{
    return emu_work_command(site, "interp", work, command, why, room);
}

const struct env env_emu_interp = {.kind = "emu-interp",
                                   .project = "tickmark-emu",
                                   .guest = 1,
                                   .rounds = 5,
                                   .quick_rounds = 2,
                                   .timeout_s = 90,
                                   .min_us = 50000,
                                   .quick_min_us = 3000,
                                   .words_max = 4000,
                                   .disk = "hda",
                                   .present = emu_present,
                                   .identify = emu_interp_identify,
                                   .command = emu_interp_command,
                                   .work_rounds = 1,
                                   .quick_work_rounds = 0,
                                   .work_timeout_s = 900,
                                   .work_present = env_find_work,
                                   .work_command = emu_interp_work_command};
