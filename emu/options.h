// The command line of tickmark-emu, from words to struct options.
#ifndef TM_EMU_OPTIONS_H
#define TM_EMU_OPTIONS_H

#include "emu/display/display.h"
#include "emu/machine/machine.h"
#include "emu/network.h"
#include "emu/streams.h"

struct options {
    struct machine_config config;
    struct settings settings; // config.settings points here
    struct cpu_model model;   // config.model points here, if -cpu was given
    bool cpu_help;
    const char *stats_path, *hot_path;
    const char *gdb;                // where one can connect; NULL: nowhere
    bool stopped;                   // the machine waits at its first instruction
    struct network_options network; // config.netdevs point here
    struct display_options display;
    bool shown; // there is a display
    bool lockstep, snapshot, no_defaults;
    bool daemonize;
    const char *pid_path; // NULL: none
    bool help, version;
    int help_option;        // -device help: that option's number and 1; 0: none
    struct streams streams; // config's streams are of these
};

// 0, or -1 with `why` set. Opens the files that it names; nothing else has effects. The caller
// closes o->streams, in both cases.
int options_parse(struct options *o, int argc, char **argv, char *why, size_t whylen);
// The text about one option (help_option), or with 0 about all.
void options_print_help(FILE *to, int option);

#endif
