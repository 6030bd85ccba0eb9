/* child.c: see child.h. */
#include "collector/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the child tells before it becomes the program: a letter, and errno for 'X' (cannot execute).
 */
struct child_word {
    char what; /* A: ASLR stays on, P: not pinned, X: not executed */
    int error;
};

void child_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void say(int fd, char what, int error)
{
    struct child_word word;
    memset(&word, 0, sizeof word);
    word.what = what;
    word.error = error;
    if (write(fd, &word, sizeof word) < 0)
        _exit(126);
}

static _Noreturn void become(const struct child_spec *spec, int in, int out, int err, int word_fd,
                             pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent)
        _exit(126);                  /* the collector died between fork and prctl */
    setpriority(PRIO_PROCESS, 0, 0); /* the collector may be at a better one */
    if (spec->pty) {
        setsid();
        ioctl(in, TIOCSCTTY, 0);
        setenv("TERM", "xterm", 1);
    } else {
        setpgid(0, 0);
    }
    if (spec->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)spec->cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
            say(word_fd, 'P', errno);
    }
    if (!spec->keep_aslr && personality(ADDR_NO_RANDOMIZE) < 0)
        say(word_fd, 'A', errno);
    if (spec->pad_bytes) {
        char pad[4096];
        size_t bytes = spec->pad_bytes < sizeof pad ? spec->pad_bytes : sizeof pad - 1;
        memset(pad, 'x', bytes);
        pad[bytes] = 0;
        setenv("TICKMARK_PAD", pad, 1);
    }
    if (spec->cwd && chdir(spec->cwd) < 0) {
        say(word_fd, 'X', errno);
        _exit(126);
    }
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvp(spec->argv[0], spec->argv);
    say(word_fd, 'X', errno);
    _exit(126);
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Descriptors: 0/1 output pipe, 2/3 error pipe, 4/5 word pipe, 6 null, 7/8 pty. */
static int open_streams(const struct child_spec *spec, int fds[9])
{
    for (int i = 0; i < 9; i++)
        fds[i] = -1;
    if (pipe2(fds + 4, O_CLOEXEC) < 0)
        return -1;
    if (spec->pty) {
        struct winsize size = {.ws_row = 50, .ws_col = 132};
        if (openpty(&fds[7], &fds[8], NULL, NULL, &size) < 0)
            return -1;
        fcntl(fds[7], F_SETFD, FD_CLOEXEC);
        fcntl(fds[8], F_SETFD, FD_CLOEXEC);
        return 0;
    }
    if (pipe2(fds, O_CLOEXEC) < 0 || pipe2(fds + 2, O_CLOEXEC) < 0)
        return -1;
    fds[6] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fds[6] < 0 ? -1 : 0;
}

int child_start(const struct child_spec *spec, struct child *child, char *err, size_t errlen)
{
    int fds[9];
    memset(child, 0, sizeof *child);
    child->wait_ns = INT64_MIN;
    child->out_fd = child->err_fd = -1;
    if (open_streams(spec, fds) < 0) {
        snprintf(err, errlen, "cannot make pipes: %s", strerror(errno));
        close_all(fds, 9);
        return -1;
    }
    pid_t parent = getpid();
    child->pid = fork();
    if (child->pid < 0) {
        snprintf(err, errlen, "cannot fork: %s", strerror(errno));
        close_all(fds, 9);
        return -1;
    }
    if (!child->pid)
        become(spec, spec->pty ? fds[8] : fds[6], spec->pty ? fds[8] : fds[1],
               spec->pty ? fds[8] : fds[3], fds[5], parent);
    child->group = child->pid;
    if (!spec->pty)
        setpgid(child->pid, child->pid); /* both sides do it: neither has to wait for the other */
    child->out_fd = spec->pty ? fds[7] : fds[0];
    child->err_fd = spec->pty ? -1 : fds[2];
    close_all((int[]){fds[1], fds[3], fds[5], fds[6], fds[8]}, 5);
    fcntl(child->out_fd, F_SETFL, O_NONBLOCK);
    if (child->err_fd >= 0)
        fcntl(child->err_fd, F_SETFL, O_NONBLOCK);
    struct child_word word;
    ssize_t got;
    while ((got = read(fds[4], &word, sizeof word)) !=
           0) { /* 0: executed, the pipe closed itself */
        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof word)
            break;
        child->aslr_refused |= word.what == 'A';
        child->pin_refused |= word.what == 'P';
        if (word.what == 'X') {
            snprintf(err, errlen, "%s: %s", spec->argv[0], strerror(word.error));
            close(fds[4]);
            child_end(child);
            return -1;
        }
    }
    close(fds[4]);
    return 0;
}

/* Of a process that may be a zombie already: gone with its number. */
static int64_t read_wait_ns(pid_t pid)
{
    char path[48];
    long long wait_ns;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *in = fopen(path, "re");
    int found = in && fscanf(in, "%*s %lld", &wait_ns) == 1;
    if (in)
        fclose(in);
    return found ? wait_ns : INT64_MIN;
}

/* options: WNOHANG or 0.  1 when it has ended. */
static int reap(struct child *child, int *status, int options)
{
    siginfo_t info;
    pid_t pid;
    info.si_pid = 0;
    if (child->pid <= 0)
        return 0;
    /* first only look, so that its figures can still be read */
    while (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | options) < 0)
        if (errno != EINTR)
            return 0;
    if (info.si_pid != child->pid)
        return 0;
    child->wait_ns = read_wait_ns(child->pid);
    while ((pid = wait4(child->pid, status, options, &child->usage)) < 0 && errno == EINTR)
        ;
    if (pid != child->pid)
        return 0;
    child->is_reaped = 1;
    child->pid = -1;
    return 1;
}

int child_poll(struct child *child, int *status)
{
    return reap(child, status, WNOHANG);
}

void child_end(struct child *child)
{
    int status;
    if (child->group > 0)
        kill(-child->group, SIGKILL); /* also what outlived its leader */
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        reap(child, &status, 0);
    }
    while (waitpid(-1, &status, WNOHANG) > 0) /* orphans that we adopted */
        ;
    if (child->out_fd >= 0)
        close(child->out_fd);
    if (child->err_fd >= 0)
        close(child->err_fd);
    child->pid = child->group = child->out_fd = child->err_fd = -1;
}

int child_capture(char *const *argv, int cpu, int timeout_s, char *text, size_t room,
                  int *exit_code, char *err, size_t errlen)
{
    struct child_spec spec = {.argv = argv, .cpu = cpu};
    struct child child;
    size_t used = 0, read_bytes = 0;
    int status = 0, ended = 0;
    text[0] = 0;
    if (child_start(&spec, &child, err, errlen) < 0)
        return -1;
    time_t end = time(NULL) + timeout_s;
    struct pollfd fds[2] = {{child.out_fd, POLLIN, 0}, {child.err_fd, POLLIN, 0}};
    while (time(NULL) <= end && read_bytes < (size_t)16 << 20) {
        char bytes[4096];
        poll(fds, 2, ended ? 0 : 100);
        int idle = 1;
        for (int k = 0; k < 2; k++) {
            if (fds[k].fd < 0)
                continue;
            ssize_t got = read(fds[k].fd, bytes, sizeof bytes);
            if (got == 0)
                fds[k].fd = -1;
            if (got <= 0)
                continue;
            idle = 0;
            read_bytes += (size_t)got;
            size_t take = (size_t)got < room - 1 - used ? (size_t)got : room - 1 - used;
            memcpy(text + used, bytes, take);
            used += take;
        }
        if (ended && idle)
            break;
        ended = ended || child_poll(&child, &status);
    }
    text[used] = 0;
    if (!ended)
        snprintf(err, errlen, "%s: no end after %d s", argv[0], timeout_s);
    child_end(&child);
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended ? 0 : -1;
}

int child_choose_cpu(void)
{
    static int chosen = -1;
    cpu_set_t set;
    if (chosen >= 0)
        return chosen;
    if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) < 2)
        return -1;
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            chosen = (int)i;
    CPU_CLR((size_t)chosen, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        chosen = -1;
    return chosen;
}
