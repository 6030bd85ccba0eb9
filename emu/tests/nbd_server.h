// A qemu-nbd that serves an image on a Unix socket, for tests of block devices.
#ifndef TM_EMU_TESTS_NBD_SERVER_H
#define TM_EMU_TESTS_NBD_SERVER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// The server's process once it accepts connections (its socket is there before it listens), or
// after 30 s without that.
static inline pid_t nbd_server_start(const char *image, const char *format, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1), dup2(null, 2);
        execlp("qemu-nbd", "qemu-nbd", "-t", "-f", format, "-k", path, image, (char *)NULL);
        _exit(127);
    }
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    for (unsigned tries = 0; tries < 3000; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        int failed = fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0;
        close(fd);
        if (!failed)
            break;
        usleep(10000);
    }
    return pid;
}

#endif
