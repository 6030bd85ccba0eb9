#include "emu/stream/socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool read_word(const char *word, size_t n, struct socket_place *p)
{
    static const struct {
        const char *word;
        bool server, wait;
    } words[] = {{"server=on", true, true},  {"server", true, true},   {"nowait", false, false},
                 {"wait=off", false, false}, {"wait=on", false, true}, {"wait", false, true}};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == n && strncmp(words[i].word, word, n) == 0) {
            p->server |= words[i].server;
            p->wait = words[i].server ? p->wait : words[i].wait;
            return true;
        }
    return false;
}

// A service's name, or a number that is a port.
static bool good_port(const char *port)
{
    char *end;
    unsigned long n = strtoul(port, &end, 10);
    return *port && (*end || (n > 0 && n <= 0xffff));
}

bool socket_read_place(const char *text, struct socket_place *p)
{
    *p = (struct socket_place){.tcp = strncmp(text, "tcp:", 4) == 0, .wait = true};
    if (!p->tcp && strncmp(text, "unix:", 5) != 0)
        return false;
    text += p->tcp ? 4 : 5;
    size_t n = strcspn(text, ",");
    if (n == 0 || n >= sizeof p->address)
        return false;
    memcpy(p->address, text, n);
    for (text += n; *text; text += n) {
        n = strcspn(++text, ",");
        if (!read_word(text, n, p))
            return false;
    }
    const char *colon = strrchr(p->address, ':');
    return !p->tcp || (colon && good_port(colon + 1));
}

static int close_failed(int fd)
{
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static int open_unix(const struct socket_place *p)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct stat st;
    size_t n = strlen(p->address);
    if (n >= sizeof to.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(to.sun_path, p->address, n + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (p->server && lstat(p->address, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(p->address);
    if (p->server ? bind(fd, (struct sockaddr *)&to, sizeof to) || listen(fd, 1)
                  : connect(fd, (struct sockaddr *)&to, sizeof to))
        return close_failed(fd);
    return fd;
}

static int open_address(const struct addrinfo *a, bool server)
{
    int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (server)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (server ? bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1) == 0
               : connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    return close_failed(fd);
}

static int open_tcp(const struct socket_place *p)
{
    char host[sizeof p->address];
    struct addrinfo want = {.ai_socktype = SOCK_STREAM}, *found;
    memcpy(host, p->address, sizeof host);
    char *colon = strrchr(host, ':');
    *colon = 0;
    // No host is this one: what is behind it is no service for the world.
    int failed = getaddrinfo(*host ? host : "127.0.0.1", colon + 1, &want, &found);
    if (failed) {
        errno = failed == EAI_SYSTEM ? errno : EADDRNOTAVAIL;
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = open_address(a, p->server);
    int error = errno;
    freeaddrinfo(found);
    errno = error;
    return fd;
}

int socket_open(const struct socket_place *p)
{
    return p->tcp ? open_tcp(p) : open_unix(p);
}
