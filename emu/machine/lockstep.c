#include "emu/machine/lockstep.h"

int lockstep_run(const struct machine_config *config)
{
    (void)config;
    fprintf(stderr, "tickmark-emu: --lockstep is not supported yet\n");
    return 1;
}
