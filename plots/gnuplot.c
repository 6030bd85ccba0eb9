/* gnuplot as a child process with a time limit; contract in gnuplot.h. */
#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { GNUPLOT_POLL_MS = 5 };

/* -1: still running after limit_ms, and killed. */
static int wait_limited(pid_t pid, int limit_ms, int *status)
{
    for (int waited_ms = 0;; waited_ms += GNUPLOT_POLL_MS) {
        pid_t done = waitpid(pid, status, WNOHANG);
        if (done == pid)
            return 0;
        if (done < 0 &&
            errno != EINTR) { /* the program ignores SIGCHLD: how the child ended is lost */
            *status = -1;
            return 0;
        }
        if (waited_ms >= limit_ms)
            break;
        nanosleep(&(struct timespec){.tv_nsec = GNUPLOT_POLL_MS * 1000000L}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    return -1;
}

/* The first line of the log that says something; gnuplot first repeats the line it did not
 * understand, and points. */
static void first_complaint(const char *dir, const char *log, char *complaint, size_t size)
{
    char path[4352], line[256];
    complaint[0] = '\0';
    snprintf(path, sizeof path, "%s/%s", dir, log);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strstr(line, "line ") || !complaint[0])
            snprintf(complaint, size, "%.200s", line);
        if (strstr(line, "line "))
            break;
    }
    if (file)
        fclose(file);
}

int plots_gnuplot_run(const char *dir, const char *script, const char *log, int limit_ms, char *err,
                      size_t errlen)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    int status = 0;
    char program[] = "gnuplot", defaults[] = "-d", file[256], complaint[224];
    snprintf(file, sizeof file, "%s", script);
    char *argv[] = {program, defaults, file, NULL};

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    int rc = posix_spawnp(&pid, program, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);

    if (rc == ENOENT) {
        snprintf(err, errlen,
                 "gnuplot is not installed, so there are no charts; Debian's package gnuplot-nox "
                 "brings it");
        return -1;
    }
    if (rc) {
        snprintf(err, errlen, "gnuplot cannot be started: %s", strerror(rc));
        return -1;
    }
    if (wait_limited(pid, limit_ms, &status)) {
        snprintf(err, errlen, "gnuplot took more than %.1f s over %s and was stopped",
                 (double)limit_ms / 1000, script);
        return -1;
    }
    if (status == 0)
        return 0;
    first_complaint(dir, log, complaint, sizeof complaint);
    if (status > 0 && WIFSIGNALED(status))
        snprintf(err, errlen, "gnuplot died of signal %d over %s", WTERMSIG(status), script);
    else
        snprintf(err, errlen, "gnuplot failed over %s: %s", script,
                 complaint[0] ? complaint : "no reason given");
    return -1;
}
