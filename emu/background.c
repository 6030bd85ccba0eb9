#include "emu/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool background_fork(struct background *b, int *status)
{
    int fds[2], how = 0;
    char byte;
    *status = 1;
    if (pipe2(fds, O_CLOEXEC) < 0) {
        fprintf(stderr, "tickmark-emu: -daemonize: %s\n", strerror(errno));
        return true;
    }
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        setsid();
        b->ready_fd = fds[1];
        return false;
    }
    close(fds[1]);
    if (child < 0)
        fprintf(stderr, "tickmark-emu: -daemonize: %s\n", strerror(errno));
    ssize_t n;
    while ((n = read(fds[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    close(fds[0]);
    if (n == 1)
        *status = 0;
    else if (child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how))
        *status = WEXITSTATUS(how);
    return true;
}

int background_write_pid(struct background *b, const char *path, char *why, size_t whylen)
{
    char text[32];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    // the lock is gone when the process is: a file that was left is no hindrance
    if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0 && ftruncate(fd, 0) == 0 &&
        write(fd, text, (size_t)n) == n) {
        b->pid_fd = fd;
        b->path = path;
        return 0;
    }
    snprintf(why, whylen, "-pidfile %s: %s", path,
             errno == EAGAIN || errno == EACCES ? "another one has it" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

void background_ready(struct background *b)
{
    if (b->ready_fd < 0)
        return;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0)
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
    if (null > 2)
        close(null);
    ssize_t n = write(b->ready_fd, "", 1);
    (void)n; // who waited may be gone
    close(b->ready_fd);
    b->ready_fd = -1;
}

void background_end(struct background *b)
{
    if (b->pid_fd < 0)
        return;
    unlink(b->path);
    close(b->pid_fd);
    b->pid_fd = -1;
}
