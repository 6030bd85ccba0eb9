// A client of gdb's remote serial protocol, for tests: packets out and in, nothing of its own
// judgement. An answer that does not come within CLIENT_WAIT_MS is "(none)".
#ifndef TM_EMU_TESTS_GDB_CLIENT_H
#define TM_EMU_TESTS_GDB_CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENT_WAIT_MS = 20000 };

static int client_fd = -1;
static bool client_no_ack;
static char client_answer[1 << 16];

static inline void client_close(void)
{
    if (client_fd >= 0)
        close(client_fd);
    client_fd = -1;
    client_no_ack = false;
}

static inline bool client_connect(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    client_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return client_fd >= 0 && connect(client_fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static inline void client_raw(const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(client_fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        n -= (size_t)sent;
    }
}

// -1: none came.
static inline int client_byte(void)
{
    uint8_t byte;
    struct pollfd pfd = {.fd = client_fd, .events = POLLIN};
    if (client_fd < 0 || poll(&pfd, 1, CLIENT_WAIT_MS) <= 0 || recv(client_fd, &byte, 1, 0) != 1)
        return -1;
    return byte;
}

static inline void client_send(const char *text, size_t n)
{
    uint8_t sum = 0;
    char tail[4];
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + (uint8_t)text[i]);
    snprintf(tail, sizeof tail, "#%02x", sum);
    client_raw("$", 1);
    client_raw(text, n);
    client_raw(tail, 3);
}

// The next packet's contents, in client_answer too; acknowledgements are skipped.
static inline const char *client_receive(void)
{
    size_t n = 0;
    uint8_t sum = 0;
    int c, high, low;
    do
        c = client_byte();
    while (c >= 0 && c != '$');
    while (c >= 0 && (c = client_byte()) >= 0 && c != '#' && n < sizeof client_answer - 1) {
        sum = (uint8_t)(sum + c);
        client_answer[n++] = (char)c;
    }
    client_answer[n] = 0;
    if (c < 0 || (high = client_byte()) < 0 || (low = client_byte()) < 0)
        return strcpy(client_answer, "(none)");
    char digits[3] = {(char)high, (char)low, 0};
    if (strtoul(digits, NULL, 16) != sum)
        return strcpy(client_answer, "(wrong sum)");
    if (!client_no_ack)
        client_raw("+", 1);
    return client_answer;
}

static inline const char *client_ask(const char *text)
{
    client_send(text, strlen(text));
    return client_receive();
}

// Eight digits, lowest byte first.
static inline uint32_t client_hex32(const char *text)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 4 && text[2 * i]; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        v |= (uint32_t)strtoul(digits, NULL, 16) << (8 * i);
    }
    return v;
}

static inline uint32_t client_register(unsigned number)
{
    char text[16];
    snprintf(text, sizeof text, "p%x", number);
    return client_hex32(client_ask(text));
}

static inline uint32_t client_word(uint32_t address)
{
    char text[32];
    snprintf(text, sizeof text, "m%x,4", address);
    return client_hex32(client_ask(text));
}

// Drop what has come; the end of the connection closes it.
static inline void client_drain(void)
{
    char bytes[4096];
    ssize_t n;
    while ((n = recv(client_fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        ;
    if (n == 0)
        client_close();
}

#endif
