// tickmark-emu: read the command line, build the machine, run it, write the statistics.
//
// Exit status: what the guest chose through isa-debug-exit; 0 after a clean stop; 1 after a triple
// fault, a wrong command line or a kernel that cannot be booted; 2 when lockstep found a
// difference.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "emu/background.h"
#include "emu/display/display.h"
#include "emu/gdb/gdb.h"
#include "emu/machine/call.h"
#include "emu/machine/lockstep.h"
#include "emu/monitor/monitor.h"
#include "emu/options.h"
#include "emu/stream/mux.h"

static struct machine *running; // for the signal handler only

static void on_signal(int number)
{
    (void)number;
    if (running)
        machine_stop(running);
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal,
                             .sa_flags = (int)SA_RESETHAND}; // a second one kills
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    signal(SIGPIPE, SIG_IGN); // a reader that is gone is an error of write()
    signal(SIGXFSZ, SIG_IGN); // as is a file that may not grow
}

static int complain(const char *why)
{
    fprintf(stderr, "tickmark-emu: %s\n", why);
    return 1;
}

// Keys go to the guest one by one while it runs, with `all` of them those that would end or stop
// this program, too. True if the terminal was changed and must be put back.
static bool open_terminal(struct termios *saved, bool all)
{
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, saved))
        return false;
    struct termios raw = *saved;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL | IEXTEN | (all ? ISIG : 0u));
    raw.c_iflag &= (tcflag_t) ~(BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static int write_figures(struct machine *m, const char *option, const char *path)
{
    const char *reason;
    if (!path || machine_write_stats(m, path, &reason) == 0)
        return 0;
    fprintf(stderr, "tickmark-emu: %s %s: %s\n", option, path, reason);
    return -1;
}

struct monitors {
    struct monitor *monitor[STREAMS_MAX + 1];
    unsigned n;
};

static void stop_monitors(struct options *o, struct monitors *all)
{
    for (unsigned i = 0; i < o->streams.nmuxes; i++)
        mux_stop(o->streams.mux[i]);
    while (all->n)
        monitor_stop(all->monitor[--all->n]);
}

static void quit_now(void *machine)
{
    machine_stop(machine);
}

// On a mux's thread.
static void quit(void *machine)
{
    machine_call(machine, quit_now, machine);
}

static int start_monitors(struct options *o, struct machine *m, struct monitors *all, char *why,
                          size_t whylen)
{
    struct streams *s = &o->streams;
    if (s->place && !(all->monitor[all->n] = monitor_start(m, s->place, why, whylen)))
        return -1;
    all->n += s->place != NULL;
    for (unsigned i = 0; i < s->nmonitors; i++) {
        struct mux *x = s->line_monitor[i].mux;
        if (!(all->monitor[all->n] = monitor_start_at(m, s->line_monitor[i].fd, x, why, whylen)))
            return -1;
        all->n++;
        if (!mux_takes_stdin(x) || isatty(STDIN_FILENO))
            machine_attend(m);
    }
    for (unsigned i = 0; i < s->nmuxes; i++)
        if (!mux_start(s->mux[i], quit, m)) {
            snprintf(why, whylen, "no thread for the keys");
            return -1;
        }
    return 0;
}

static int run_machine(struct options *o, struct background *b)
{
    char why[512];
    struct termios saved;
    struct machine *m = machine_create(&o->config, why, sizeof why);
    if (!m)
        return complain(why);
    struct monitors monitors = {.n = 0};
    struct display *display = NULL;
    struct gdb *gdb = gdb_create(m, monitor_do_line);
    if (!gdb)
        snprintf(why, sizeof why, "no memory or descriptors for the gdb stub");
    if (!gdb || (o->gdb && gdb_listen(gdb, o->gdb, why, sizeof why)) ||
        (o->shown && !(display = display_start(m, &o->display, why, sizeof why))) ||
        start_monitors(o, m, &monitors, why, sizeof why)) {
        machine_refuse_calls(m);
        stop_monitors(o, &monitors);
        display_stop(display);
        gdb_destroy(gdb, 1);
        machine_destroy(m);
        return complain(why);
    }
    if (o->stopped) {
        machine_attend(m);
        machine_pause(m);
    }
    running = m;
    catch_signals();
    background_ready(b);
    bool restore = o->streams.takes_stdin && open_terminal(&saved, o->streams.has_keys);
    int status = machine_run(m);
    if (restore)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    running = NULL;
    stop_monitors(o, &monitors);
    gdb_destroy(gdb, status);
    display_stop(display);
    if (o->stats_path || o->hot_path)
        machine_print_stats(m, stderr);
    if (write_figures(m, "--stats", o->stats_path) || write_figures(m, "--hot", o->hot_path))
        status = status ? status : 1;
    machine_destroy(m);
    return status;
}

static int run_with_pid(struct options *o, struct background *b)
{
    char why[512];
    if (o->pid_path && background_write_pid(b, o->pid_path, why, sizeof why))
        return complain(why);
    int status = run_machine(o, b);
    background_end(b);
    return status;
}

static int act(struct options *o, struct background *b)
{
    char why[512];
    const char *reason;
    const char *paths[] = {o->stats_path, o->hot_path}, *const names[] = {"--stats", "--hot"};
    if (o->cpu_help) {
        model_print_help(stdout);
        return 0;
    }
    if (o->help || o->help_option) {
        options_print_help(stdout, o->help ? 0 : o->help_option);
        return 0;
    }
    if (o->version) {
        puts("tickmark-emu 0.1");
        return 0;
    }
    for (unsigned i = 0; i < 2; i++)
        if (paths[i] && profile_check_path(paths[i], &reason)) {
            snprintf(why, sizeof why, "%s %s: %s", names[i], paths[i], reason);
            return complain(why);
        }
    if (o->lockstep && o->hot_path)
        return complain("--hot looks at one machine, --lockstep runs two");
    return o->lockstep ? lockstep_run(&o->config) : run_with_pid(o, b);
}

// A standard descriptor that is closed would become that of a disk, or of the guest's memory, and
// get what is printed.
static void fill_descriptors(void)
{
    int fd;
    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
        ;
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    static struct options o; // config's streams are pointed at
    struct background background = {.ready_fd = -1, .pid_fd = -1};
    char why[512];
    fill_descriptors();
    int status, bad = options_parse(&o, argc, argv, why, sizeof why);
    if (!bad && o.daemonize && background_fork(&background, &status))
        return status; // what is open is the other one's
    status = bad ? complain(why) : act(&o, &background);
    streams_close(&o.streams);
    return status;
}
