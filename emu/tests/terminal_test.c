// tickmark-emu on a terminal, as people have it with -nographic: which keys are the guest's, Ctrl-A
// and what follows, the monitor's lines, several that share one end, telnet, signals, and that the
// terminal is left as it was. The guest is a ROM that sends back what COM1 gets.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "emu/tests/verdict.h"

enum { ROM_BYTES = 65536, WAIT_MS = 60000, ARGS_MAX = 24 };

static char emulator[512], dir[] = "/tmp/terminal_XXXXXX", rom[64];
static struct {
    int fd, slave;
    pid_t pid;
    char said[65536];
    size_t n, seen;
} t;

// Sends "K", then all that comes; a Q ends the run by isa-debug-exit.
static bool write_rom(void)
{
    static const uint8_t code[] = {
        0xBA, 0xF8, 0x03, 0xB0, 'K',  0xEE, //       mov dx, 3F8h; mov al, 'K'; out dx, al
        0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01,
        0x74, 0xF8, // wait: mov dx, 3FDh; in; test al, 1; jz wait
        0xBA, 0xF8, 0x03, 0xEC, 0x3C, 'Q',
        0x74, 0x03,                         //       mov dx, 3F8h; in; cmp al, 'Q'; je end
        0xEE, 0xEB, 0xED, 0xE6, 0xF4, 0xF4, //       out dx, al; jmp wait; end: out F4h, al
    };
    static const uint8_t entry[] = {0xEA, 0x00, 0x00, 0x00, 0xF0};
    static uint8_t image[ROM_BYTES];
    memcpy(image, code, sizeof code);
    memcpy(image + ROM_BYTES - 16, entry, sizeof entry);
    snprintf(rom, sizeof rom, "%s/rom", dir);
    FILE *f = fopen(rom, "wb");
    if (!f)
        return false;
    bool good = fwrite(image, 1, sizeof image, f) == sizeof image;
    return fclose(f) == 0 && good;
}

// The emulator with the ROM and the options in `line`, words with blanks between them, on a
// terminal of its own.
static bool begin(const char *line)
{
    static char words[1024];
    char *argv[ARGS_MAX] = {emulator, "-m", "1", "-accel", "interp", "-bios", rom, "-nodefaults"};
    int argc = 8;
    struct termios cooked;
    snprintf(words, sizeof words, "%s", line);
    for (char *w = strtok(words, " "); w && argc < ARGS_MAX - 1; w = strtok(NULL, " "))
        argv[argc++] = w;
    t.n = t.seen = 0;
    t.said[0] = 0;
    t.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t.fd < 0 || grantpt(t.fd) || unlockpt(t.fd))
        return false;
    t.slave = open(ptsname(t.fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t.slave < 0 || tcgetattr(t.slave, &cooked))
        return false;
    cooked.c_iflag |= ICRNL | IXON;
    cooked.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
    tcsetattr(t.slave, TCSANOW, &cooked);
    t.pid = fork();
    if (t.pid == 0) {
        setsid();
        ioctl(t.slave, TIOCSCTTY, 0);
        dup2(t.slave, 0), dup2(t.slave, 1), dup2(t.slave, 2);
        execv(emulator, argv);
        _exit(127);
    }
    return t.pid > 0;
}

static bool read_more(int ms)
{
    struct pollfd pfd = {.fd = t.fd, .events = POLLIN};
    if (t.n == sizeof t.said - 1 || poll(&pfd, 1, ms) <= 0)
        return false;
    ssize_t got = read(t.fd, t.said + t.n, sizeof t.said - 1 - t.n);
    t.n += got > 0 ? (size_t)got : 0;
    t.said[t.n] = 0;
    return got > 0;
}

// Until `text` is on the terminal, behind what was waited for before.
static bool await(const char *text)
{
    for (;;) {
        char *at = memmem(t.said + t.seen, t.n - t.seen, text, strlen(text)); // there are zeros
        if (at) {
            t.seen = (size_t)(at - t.said) + strlen(text);
            return true;
        }
        if (!read_more(WAIT_MS))
            return false;
    }
}

static void type(const char *keys)
{
    if (write(t.fd, keys, strlen(keys)) < 0)
        printf("FAIL terminal: %s\n", strerror(errno));
}

static bool has(tcflag_t local, tcflag_t input)
{
    struct termios now;
    return tcgetattr(t.slave, &now) == 0 &&
           (now.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) == local &&
           (now.c_iflag & (ICRNL | IXON)) == input;
}

// Its exit status, or -signal; and is the terminal as it was?
static int end(bool *restored)
{
    int status = 0;
    for (int ms = 0; waitpid(t.pid, &status, WNOHANG) == 0; ms += 10) {
        if (ms >= WAIT_MS) {
            kill(t.pid, SIGKILL);
            waitpid(t.pid, &status, 0);
            break;
        }
        read_more(10);
    }
    *restored = has(ICANON | ECHO | ISIG | IEXTEN, ICRNL | IXON);
    close(t.slave);
    close(t.fd);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void check_end(void)
{
    bool restored;
    int status = end(&restored);
    CHECK(status == 0, "it ended with %d and '%.200s'", status, t.said);
    CHECK(restored, "the terminal is not as it was");
}

// --- tests ---

static void test_nographic(void)
{
    if (!begin("-serial mon:stdio"))
        return;
    CHECK(await("K"), "the guest says nothing: '%.200s'", t.said);
    CHECK(has(0, 0), "Ctrl-C, Ctrl-S or Enter is not the guest's");
    type("a\x03\x13\x1a\x11z");
    CHECK(await("a\x03\x13\x1a\x11z"), "not all keys came back: '%.200s'", t.said);
    type("\x01\x01");
    CHECK(await("\x01"), "C-a C-a is not C-a");
    type("\x01h");
    CHECK(await("C-a x    exit emulator\r\n"), "no help: '%.200s'", t.said);
    type("\x01"
         "c");
    CHECK(await("(tickmark) "), "no prompt: '%.200s'", t.said);
    type("info staXX\x7f\x7f\x1b[Atus\r");
    CHECK(await("\b \b\b \btus\r\nVM status: running\r\n(tickmark) "), "no answer: '%.200s'",
          t.said);
    type("junk\x15stop\r");
    CHECK(await("stop\r\n(tickmark) "), "Ctrl-U: '%.200s'", t.said);
    type("info status\r");
    CHECK(await("VM status: paused\r\n(tickmark) "), "stopped: '%.200s'", t.said);
    type("\x01"
         "cq\x01"
         "ccont\r\x01"
         "c");
    CHECK(await("cont\r\n") && await("q"), "what was typed while it stood is lost: '%.200s'",
          t.said);
    type("\x01x");
    check_end();
}

static void test_escape(void)
{
    if (!begin("-S -chardev stdio,mux=on,id=c,signal=off -serial chardev:c -serial chardev:c -mon "
               "chardev=c,mode=readline -echr 0x14"))
        return;
    type("\x01\x14h");
    CHECK(await("C-t c    switch"), "no help: '%.200s'", t.said);
    type("\x14"
         "c\x14"
         "cinfo version\r");
    CHECK(await("(tickmark) ") && await("tickmark-emu 0.1"), "the monitor is not third: '%.200s'",
          t.said);
    type("quit\r");
    check_end();
}

// -serial stdio: Ctrl-C ends the emulator, all else is the guest's.
static void test_stdio(void)
{
    if (!begin("-serial stdio"))
        return;
    CHECK(await("K"), "the guest says nothing");
    CHECK(has(ISIG, 0), "not the keys alone");
    type("\x01x\x13\x16");
    CHECK(await("\x01x\x13\x16"), "keys are lost: '%.200s'", t.said);
    type("\x03");
    check_end();
}

static void test_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (!begin("-serial mon:stdio"))
            return;
        CHECK(await("K"), "the guest says nothing");
        kill(t.pid, signals[i]);
        check_end();
    }
}

// -nographic with COM1 elsewhere: the monitor is on the terminal.
static void test_monitor(void)
{
    char line[100];
    snprintf(line, sizeof line, "-nographic -monitor stdio -serial file:%s/log", dir);
    if (!begin(line))
        return;
    CHECK(await("(tickmark) "), "no prompt: '%.200s'", t.said);
    type("quit\n");
    check_end();
}

static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int ms = 0; ms < WAIT_MS; ms += 10) {
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
            return fd;
        usleep(10000);
    }
    close(fd);
    return -1;
}

// Read from a socket into the same buffer.
static void turn_to(int fd)
{
    t.fd = fd;
    t.n = t.seen = 0;
    t.said[0] = 0;
}

// A socket that COM1 and a monitor share; one client after the other, with the keys where they
// were.
static void test_socket(void)
{
    char line[128], path[64];
    snprintf(path, sizeof path, "%s/socket", dir);
    snprintf(line, sizeof line, "-serial mon:unix:%s,server", path);
    if (!begin(line))
        return;
    int terminal = t.fd;
    for (int i = 0; i < 3; i++) {
        int fd = connect_to(path);
        CHECK(fd >= 0, "nobody at the socket");
        turn_to(fd);
        CHECK(i > 0 || await("K"), "the guest says nothing");
        type(i == 1 ? "info status\n" : "abc");
        CHECK(await(i == 1 ? "VM status: running\r\n(tickmark) " : "abc"), "client %d: '%.200s'", i,
              t.said);
        type("\x01"
             "c");
        CHECK(await(i == 0 ? "(tickmark) " : "\n"), "client %d: '%.200s'", i, t.said);
        if (i == 2)
            type("quit\r");
        else
            close(fd);
    }
    t.fd = terminal;
    check_end();
    CHECK(access(path, F_OK) != 0, "the socket is left");
}

// A port that is free now.
static unsigned find_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) ||
        getsockname(fd, (struct sockaddr *)&a, &n))
        return 0;
    close(fd);
    return ntohs(a.sin_port);
}

static int connect_to_port(unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int ms = 0; ms < WAIT_MS; ms += 10) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
            return fd;
        close(fd);
        usleep(10000);
    }
    return -1;
}

// Telnet asks for single keys; what it says about itself is not the guest's.
static void test_telnet(void)
{
    static const char hello[] = "\xff\xfb\x01\xff\xfb\x03\xff\xfb";
    static const uint8_t speech[] = {'a', 255, 253, 1,   255, 250, 24,
                                     'x', 255, 240, 'b', 255, 255, 'c'};
    char line[128];
    unsigned port = find_port(), second = find_port();
    snprintf(line, sizeof line,
             "-serial telnet:127.0.0.1:%u,server,nowait -monitor telnet:127.0.0.1:%u,server,nowait",
             port, second);
    if (!begin(line))
        return;
    int terminal = t.fd, fd = connect_to_port(port);
    CHECK(fd >= 0, "nobody at the port");
    turn_to(fd);
    CHECK(await(hello), "it does not begin as telnet");
    type("a");
    CHECK(await("a"), "the guest says nothing");
    CHECK(write(fd, speech, sizeof speech) == sizeof speech, "%s", strerror(errno));
    CHECK(await("ab\xff"
                "c"),
          "telnet's words reach the guest: '%.200s'", t.said);
    close(fd);
    turn_to(connect_to_port(second));
    CHECK(await(hello), "the monitor does not begin as telnet");
    CHECK(await("(tickmark) "), "no prompt: '%.200s'", t.said + 12);
    type("info status\r\n");
    CHECK(await("info status\r\nVM status: running\r\n(tickmark) "), "'%.200s'", t.said + 12);
    type("quit\r\n");
    close(t.fd == terminal ? -1 : t.fd);
    t.fd = terminal;
    check_end();
}

// What comes through a pipe is not lost, and its end is no end of the machine.
static void test_pipe(void)
{
    enum { BYTES = 300 };
    char command[1400], back[BYTES + 10];
    snprintf(
        command, sizeof command,
        "(head -c %d /dev/zero | tr '\\0' x; sleep 0.2; echo Q) | timeout 60 %s -m 1 -accel interp "
        "-bios %s -device isa-debug-exit,iobase=0xf4,iosize=1 -nographic; echo $?",
        BYTES, emulator, rom);
    FILE *f = popen(command, "r");
    size_t n = f ? fread(back, 1, sizeof back - 1, f) : 0;
    back[n] = 0;
    if (f)
        pclose(f);
    CHECK(n == BYTES + 5 && back[0] == 'K' && strspn(back + 1, "x") == BYTES &&
              strcmp(back + 1 + BYTES, "163\n") == 0,
          "%zu bytes, the end is '%s'", n, n > 20 ? back + n - 20 : back);
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *slash = strrchr(argv[0], '/');
    snprintf(emulator, sizeof emulator, "%.*s/../../tickmark-emu",
             slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(dir) || !write_rom()) {
        printf("FAIL terminal: %s\n", strerror(errno));
        return 1;
    }
    test_nographic(), case_end("terminal.nographic");
    test_escape(), case_end("terminal.escape");
    test_stdio(), case_end("terminal.stdio");
    test_signals(), case_end("terminal.signals");
    test_monitor(), case_end("terminal.monitor");
    test_socket(), case_end("terminal.socket");
    test_telnet(), case_end("terminal.telnet");
    test_pipe(), case_end("terminal.pipe");
    unlink(rom);
    char log[64];
    snprintf(log, sizeof log, "%s/log", dir);
    unlink(log);
    rmdir(dir);
    return verdict_failures != 0;
}
