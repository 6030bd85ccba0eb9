#include "emu/tests/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { HANG_CPU_S = 60, HANG_CLOCK_S = 240 };

volatile uint64_t watchdog_steps;
void (*volatile watchdog_second)(void);
static const char *name;
static void (*describe)(char *text, size_t n);

// The sanitizers', where they are.
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

static void accuse(const char *what)
{
    char text[1024], input[768] = "";
    describe(input, sizeof input);
    int n = snprintf(text, sizeof text, "FAIL %s: %s: %s\n", name, what, input);
    if (n > 0 && write(STDOUT_FILENO, text, strlen(text)) < 0)
        return; // nobody listens
}

static void on_death(void)
{
    accuse("stopped by a sanitizer");
}

static void on_signal(int number)
{
    accuse(number == SIGABRT ? "abort" : "crash");
    signal(number, SIG_DFL);
    raise(number);
}

static void on_tick(int number)
{
    static uint64_t seen;
    static time_t seen_s;
    static clock_t seen_cpu;
    (void)number;
    if (watchdog_second)
        watchdog_second();
    if (seen_s == 0 || seen != watchdog_steps) {
        seen = watchdog_steps;
        seen_s = time(NULL);
        seen_cpu = clock();
    } else if ((clock() - seen_cpu) / CLOCKS_PER_SEC > HANG_CPU_S ||
               time(NULL) - seen_s > HANG_CLOCK_S) {
        accuse("a hang");
        _exit(1);
    }
}

void watchdog_start(const char *test, void (*say)(char *text, size_t n))
{
    static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    const struct itimerval second = {{1, 0}, {1, 0}};
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    name = test;
    describe = say;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_death);
    else
        for (unsigned i = 0; i < sizeof deadly / sizeof *deadly; i++)
            signal(deadly[i], on_signal);
    sigaction(SIGALRM, &tick, NULL);
    setitimer(ITIMER_REAL, &second, NULL);
}

void watchdog_hush(void)
{
    int report = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), nowhere = open("/dev/null", O_WRONLY);
    if (report >= 0 && __sanitizer_set_report_fd)
        __sanitizer_set_report_fd((void *)(intptr_t)report);
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
}
