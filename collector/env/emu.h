/* emu.h: what our emulator's environments share: the same program, another engine. */
#ifndef COLLECTOR_ENV_EMU_H
#define COLLECTOR_ENV_EMU_H

#include "collector/env/env.h"

int emu_present(struct env_site *site, char *why, size_t room);
void emu_identify(const struct env_site *site, const char *engine, char *version,
                  size_t version_room, char *label, size_t label_room);
int emu_command(const struct env_site *site, const char *engine, const char *words,
                struct env_command *command, char *why, size_t room);

int emu_work_command(const struct env_site *site, const char *engine, const struct env_work *work,
                     struct env_command *command, char *why, size_t room);

#endif
