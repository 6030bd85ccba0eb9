// From the command line to streams: -serial, -parallel, -debugcon, -chardev and who uses it.
//
// Everything is opened by streams_connect(), when all of the line is known: a -chardev may follow
// its user.
#ifndef TM_EMU_STREAMS_H
#define TM_EMU_STREAMS_H

#include "emu/machine/machine.h"

struct stream;

enum { STREAMS_MAX = 16 };

struct streams {
    struct {
        char *id, *what; // what: as stream_open() takes it
        bool used, shared, has_keys;
        struct mux *mux; // shared (mux=on) and in use
    } chardev[STREAMS_MAX];
    struct {
        const char *option, *what; // what: chardev:ID, too
        struct stream **to;
    } want[STREAMS_MAX];
    struct stream *open[STREAMS_MAX];
    struct mux *mux[STREAMS_MAX];
    const char *monitor; // -monitor; NULL: none
    unsigned mon;        // -mon: 1 and the chardev's number; 0: none
    const char *place;   // once connected: where monitor_start() finds one of them; NULL: nowhere
    struct {
        struct mux *mux;
        int fd; // its lines are read here
    } line_monitor[STREAMS_MAX];
    unsigned nchardevs, nwants, nopen, nserials, nmuxes, nmonitors;
    char escape;      // -echr
    bool plain;       // mon:stdio has no monitor
    bool takes_stdin; // one of them does
    bool has_keys;    // of a terminal on stdio all keys are the guest's, Ctrl-C, too
};

// 0, or -1 with `why` set; each takes the option's value.
int streams_add_serial(struct streams *s, struct machine_config *c, const char *what, char *why,
                       size_t whylen);
int streams_add_chardev(struct streams *s, const char *text, char *why, size_t whylen);
// -option WHAT goes to *to.
int streams_add(struct streams *s, const char *option, const char *what, struct stream **to,
                char *why, size_t whylen);
// -mon chardev=ID[,mode=readline]
int streams_add_mon(struct streams *s, const char *text, char *why, size_t whylen);
// Does one of them ask for standard input?
bool streams_want_stdio(const struct streams *s);
int streams_connect(struct streams *s, char *why, size_t whylen);
void streams_close(struct streams *s);

#endif
