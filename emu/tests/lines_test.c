// Serial ports beyond COM1, the printer port, streams of all kinds, and the two test devices.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "emu/device/pci.h"
#include "emu/stream/stream.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { COM1 = 0x3F8, COM2 = 0x2F8, COM3 = 0x3E8, COM4 = 0x2E8, LPT = 0x378 };

static char dir[] = "/tmp/lines_XXXXXX";

static struct machine *make(struct machine_config config)
{
    char why[256];
    config.ram_bytes = 1 << 20;
    config.engine = &bench_engine;
    config.serial_fd = config.debugcon_fd = -1;
    struct machine *m = machine_create(&config, why, sizeof why);
    if (!m)
        printf("FAIL lines: %s\n", why);
    return m;
}

static const char *in_dir(const char *before, const char *name)
{
    static char text[2][100];
    static unsigned n;
    n ^= 1;
    snprintf(text[n], sizeof text[n], "%s%s/%s", before, dir, name);
    return text[n];
}

static void open_pic(struct machine *m)
{
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1), outb(m, 0x21, 0);
}

static struct stream *open_stream(const char *what)
{
    char why[512] = "";
    struct stream *s = stream_open(what, why, sizeof why);
    CHECK(s != NULL, "%s", why);
    return s;
}

static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

// COM2 to COM4 have their ports, their lines, and share IRQ3 and IRQ4 with one another.
static void test_serial(void)
{
    struct machine *m = make((struct machine_config){.serial_there = {false, true, true, false}});
    if (!m)
        return;
    open_pic(m);
    CHECK(inb(m, COM4 + 5) == 0xff, "COM4 answers and was not asked for");
    outb(m, COM2 + 7, 0x5a);
    outb(m, COM3 + 7, 0xa5);
    CHECK(inb(m, COM2 + 7) == 0x5a && inb(m, COM3 + 7) == 0xa5 && inb(m, COM1 + 7) == 0,
          "they share registers");
    outb(m, COM2 + 4, 8), outb(m, COM2 + 1, 2);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x23, "COM2 is not IRQ3");
    inb(m, COM2 + 2);
    outb(m, 0x20, 0x20);
    // IRQ4 is up while COM1 or COM3 wants it.
    outb(m, COM1 + 4, 8), outb(m, COM1 + 1, 2);
    outb(m, COM3 + 4, 8), outb(m, COM3 + 1, 2);
    inb(m, COM1 + 2);
    CHECK(m->cpu->intr, "COM1 takes COM3's interrupt away");
    inb(m, COM3 + 2);
    CHECK(!m->cpu->intr, "IRQ4 stays");
    // A break comes back in loopback as a zero byte.
    outb(m, COM2 + 4, 0x10);
    outb(m, COM2 + 3, 0x43);
    CHECK((inb(m, COM2 + 5) & 0x11) == 0x11 && inb(m, COM2) == 0, "no break");
    CHECK(!(inb(m, COM2 + 5) & 0x11), "the break stays");
    machine_destroy(m);
    case_end("lines.serial");
}

static void send_text(struct machine *m, uint16_t port, const char *text)
{
    for (; *text; text++)
        outb(m, port, (uint8_t)*text);
}

static void expect_text(struct machine *m, uint16_t port, const char *text)
{
    for (; *text; text++) {
        for (int tries = 0; tries < 1000 && !(inb(m, port + 5) & 1); tries++) {
            usleep(1000);
            uart_poll(m->uart);
        }
        uint8_t byte = inb(m, port);
        CHECK(byte == (uint8_t)*text, "port %x: %02x, not '%c'", port, byte, *text);
    }
}

static bool expect_bytes(int fd, const char *text)
{
    char got[64];
    size_t n = 0, want = strlen(text);
    while (n < want) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        if (poll(&pfd, 1, 10000) <= 0)
            return false;
        ssize_t here = read(fd, got + n, want - n);
        if (here <= 0)
            return false;
        n += (size_t)here;
    }
    return memcmp(got, text, want) == 0;
}

static void test_streams(void)
{
    char why[512];
    struct machine_config config = {.serial_there = {true, true, true, true}};
    char path[100];
    snprintf(path, sizeof path, "%s", in_dir("", "both"));
    mkfifo(in_dir("", "fifo.in"), 0600);
    mkfifo(in_dir("", "fifo.out"), 0600);
    snprintf(why, sizeof why, "%s,server,nowait", in_dir("unix:", "both"));
    struct stream *s[] = {open_stream(in_dir("file:", "file")), open_stream(why),
                          open_stream(in_dir("pipe:", "fifo")), open_stream("null")};
    for (unsigned i = 0; i < 4; i++)
        config.serial[i] = s[i];
    struct machine *m = make(config);
    if (!m)
        return;
    // A file.
    send_text(m, COM1, "to the file\n");
    char got[64] = "";
    int fd = open(in_dir("", "file"), O_RDONLY);
    CHECK(read(fd, got, sizeof got - 1) == 12 && strcmp(got, "to the file\n") == 0, "'%s'", got);
    close(fd);
    // A socket that waits for nobody: what is said before somebody comes is lost.
    send_text(m, COM2, "lost\n");
    for (unsigned turn = 0; turn < 2; turn++) {
        fd = connect_to(path);
        CHECK(fd >= 0, "no connection");
        CHECK(write(fd, "in", 2) == 2, "the socket takes nothing");
        expect_text(m, COM2, "in");
        send_text(m, COM2, "out\n");
        CHECK(expect_bytes(fd, "out\n"), "nothing came out");
        close(fd);
        uart_poll(m->uart);
    }
    // FIFOs for both ways.
    int in = open(in_dir("", "fifo.in"), O_RDWR), out = open(in_dir("", "fifo.out"), O_RDWR);
    CHECK(write(in, "pipe", 4) == 4, "the FIFO takes nothing");
    expect_text(m, COM3, "pipe");
    send_text(m, COM3, "and back\n");
    CHECK(expect_bytes(out, "and back\n"), "nothing came out of the FIFO");
    close(in);
    close(out);
    machine_destroy(m);
    for (unsigned i = 0; i < 4; i++)
        stream_close(s[i]);
    CHECK(access(path, F_OK) != 0, "the socket is left behind");
    static const char *const bad[] = {"", "file", "tcp:1", "unix:", "tcp::1,what", "file:/no/such"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        *why = 0;
        CHECK(!stream_open(bad[i], why, sizeof why) && *why, "'%s' is a stream", bad[i]);
    }
    case_end("lines.streams");
}

static void test_parallel(void)
{
    struct stream *s = open_stream(in_dir("file:", "printed"));
    struct machine *m = make((struct machine_config){.parallel_there = true, .parallel = s});
    if (!m)
        return;
    open_pic(m);
    outb(m, LPT, 0x5a);
    CHECK(inb(m, LPT) == 0x5a, "the data latch");
    outb(m, LPT + 2, 0x2c);
    CHECK(inb(m, LPT) == 0xff, "data as input");
    outb(m, LPT + 2, 0x0c);
    CHECK(inb(m, LPT + 2) == 0xcc, "control reads %02x", inb(m, LPT + 2));
    CHECK((inb(m, LPT + 1) & 0xf8) == 0xd8, "status %02x: not ready", inb(m, LPT + 1));
    outb(m, LPT + 2, 0x08);
    CHECK(!(inb(m, LPT + 1) & 0x80), "ready during reset");
    for (const char *p = "print\n"; *p; p++) {
        outb(m, LPT, (uint8_t)*p);
        outb(m, LPT + 2, 0x1d);
        CHECK(!m->cpu->intr, "an interrupt before the strobe's end");
        outb(m, LPT + 2, 0x1c);
        CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x27, "not IRQ7");
        inb(m, LPT + 1);
        outb(m, 0x20, 0x20);
        CHECK(!m->cpu->intr, "the interrupt stays");
    }
    outb(m, LPT, '!'); // not selected: nobody listens
    outb(m, LPT + 2, 0x05), outb(m, LPT + 2, 0x04);
    machine_destroy(m);
    stream_close(s);
    char got[16] = "";
    int fd = open(in_dir("", "printed"), O_RDONLY);
    CHECK(read(fd, got, sizeof got - 1) == 6 && strcmp(got, "print\n") == 0, "printed '%s'", got);
    close(fd);
    m = make((struct machine_config){.parallel_there = false});
    CHECK(inb(m, LPT + 1) == 0xff, "a printer port that nobody asked for");
    machine_destroy(m);
    case_end("lines.parallel");
}

static uint32_t in32(struct machine *m, uint16_t port)
{
    return machine_port_read(m, port, 4);
}

static void test_pc_testdev(void)
{
    struct machine *m = make((struct machine_config){.pc_testdev = true});
    if (!m)
        return;
    open_pic(m);
    machine_port_write(m, 0xE0, 4, 0x12345678);
    CHECK(in32(m, 0xE0) == 0x12345678, "E0: %x", in32(m, 0xE0));
    CHECK(inb(m, 0xE1) == 0x56 && machine_port_read(m, 0xE2, 2) == 0x1234, "parts of it");
    outb(m, 0xE3, 0xab);
    CHECK(in32(m, 0xE0) == 0xab345678, "a byte of it");
    CHECK(in32(m, 0xE8) == 0xab345678, "E8 is not the same register");
    machine_port_write(m, 0xE9, 2, 0xcdef);
    CHECK(in32(m, 0xE0) == 0xabcdef78, "by bytes: %x", in32(m, 0xE0));
    machine_port_write(m, 0xE4, 4, 0x1000);
    machine_port_write(m, 0x2005, 1, 1);
    CHECK(m->cpu->intr && machine_intr_acknowledge(m) == 0x25, "line 5");
    machine_port_write(m, 0x2005, 1, 0);
    outb(m, 0x20, 0x20);
    CHECK(!m->cpu->intr, "line 5 stays");
    for (uint16_t line = 16; line < 24; line++) {
        outb(m, (uint16_t)(0x2000 + line), 1);
        outb(m, (uint16_t)(0x2000 + line), 0);
    }
    for (uint32_t at = 0xFF000000u; at < 0xFF010000u; at += 0xFFFC) {
        mmu_store_system(m->cpu, at, 4, 0x01020304 + at);
        CHECK(mmu_load_system(m->cpu, at, 4) == 0x01020304u + at, "memory at %x", at);
        mmu_store_system(m->cpu, at + 1, 1, 0xee);
        CHECK((mmu_load_system(m->cpu, at, 2) & 0xff00) == 0xee00, "a byte at %x", at);
    }
    machine_destroy(m);
    case_end("lines.pc_testdev");
}

static uint32_t config_read(struct machine *m, unsigned slot, unsigned offset)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | slot << 11 | offset);
    return in32(m, 0xCFC);
}

static void config_write(struct machine *m, unsigned slot, unsigned offset, uint32_t value)
{
    machine_port_write(m, 0xCF8, 4, 0x80000000u | slot << 11 | offset);
    machine_port_write(m, 0xCFC, 4, value);
}

static void test_pci_testdev(void)
{
    enum { PORTS = 0xC000 };
    const uint32_t memory = 0xFEB00000u;
    struct machine *m = make((struct machine_config){.pci_testdev = true});
    if (!m)
        return;
    unsigned slot = 0;
    while (slot < 32 && config_read(m, slot, 0) != 0x00051b36)
        slot++;
    CHECK(slot < 32, "no 1b36:0005 on the bus");
    CHECK(config_read(m, slot, 8) >> 8 == 0x00ff00, "class %x", config_read(m, slot, 8));
    config_write(m, slot, 0x10, memory);
    config_write(m, slot, 0x14, PORTS);
    CHECK(config_read(m, slot, 0x14) == (PORTS | 1), "BAR 1 is no ports");
    config_write(m, slot, 4, 3);
    for (uint8_t test = 0; test < 4; test++) {
        mmu_store_system(m->cpu, memory, 1, test);
        outb(m, PORTS, test);
        bool there = test < 3;
        CHECK(mmu_load_system(m->cpu, memory + 1, 1) == there && inb(m, PORTS + 1) == there,
              "test %u is %sthere", test, there ? "not " : "");
        if (!there)
            break;
        uint32_t at = (uint32_t)mmu_load_system(m->cpu, memory + 4, 4), port = in32(m, PORTS + 4);
        uint32_t value = in32(m, PORTS + 8);
        CHECK(at >= 64 && at < 4096 && port >= 64 && port < 256, "offsets %x and %x", at, port);
        CHECK(value == mmu_load_system(m->cpu, memory + 8, 4), "data");
        for (unsigned i = 0; i < 5; i++) {
            mmu_store_system(m->cpu, memory + at, 1, value);
            outb(m, (uint16_t)(PORTS + port), (uint8_t)value);
        }
        mmu_store_system(m->cpu, memory + at, 2, value); // not of the width
        outb(m, (uint16_t)(PORTS + port), (uint8_t)~value);
        CHECK(mmu_load_system(m->cpu, memory + 12, 4) == 5, "test %u: count", test);
        CHECK(in32(m, PORTS + 12) == (test == 2 ? 5 : 6), "test %u: count of ports", test);
        uint32_t name = in32(m, PORTS + 16);
        CHECK(memcmp(&name, "port", 4) == 0, "test %u: name", test);
    }
    CHECK(mmu_load_system(m->cpu, memory + 4095, 1) == 0 && inb(m, PORTS + 255) == 0, "the end");
    machine_destroy(m);
    case_end("lines.pci_testdev");
}

// The speaker's recording: a second of 1 kHz from mode 3 is around 1,000 periods; then silence.
static void test_speaker(void)
{
    enum { HEADER = 44, RATE = 44100 };
    static uint8_t wav[4 * RATE];
    char why[256];
    int fd = open(in_dir("", "wav"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct machine_config config = {.ram_bytes = 1 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .speaker_fd = fd};
    struct machine *m = machine_create(&config, why, sizeof why);
    CHECK(m != NULL && fd > 0, "%s", why);
    pass_ns(m, 100000000); // 100 ms of nothing
    outb(m, 0x43, 0xb6), outb(m, 0x42, 0xa9), outb(m, 0x42, 0x04);
    outb(m, 0x61, 3);
    for (unsigned i = 0; i < 100; i++) {
        pass_ns(m, 10000000);
        inb(m, 0x61); // looks at the timer in between change nothing
    }
    outb(m, 0x61, 0);
    pass_ns(m, 5000000000); // cut to two seconds
    outb(m, 0x61, 2);       // without the gate, mode 3's output is up: level, no tone
    pass_ns(m, 100000000);
    machine_destroy(m);
    ssize_t n = pread(fd, wav, sizeof wav, 0);
    uint32_t bytes, riff, rate;
    memcpy(&bytes, wav + 40, 4), memcpy(&riff, wav + 4, 4), memcpy(&rate, wav + 24, 4);
    CHECK(n > HEADER && memcmp(wav, "RIFF", 4) == 0 && memcmp(wav + 8, "WAVEfmt ", 8) == 0 &&
              memcmp(wav + 36, "data", 4) == 0,
          "no WAV");
    CHECK(bytes == (uint32_t)n - HEADER && riff == bytes + 36 && rate == RATE, "sizes: %u, %zd",
          bytes, n);
    CHECK(bytes >= 32 * RATE / 10 - 4 && bytes <= 32 * RATE / 10 + 4, "%u samples", bytes);
    unsigned rises = 0;
    const uint8_t *s = wav + HEADER;
    for (unsigned i = 0; i < RATE / 10 - 2; i++)
        CHECK(s[i] == 0x80, "sample %u is %02x", i, s[i]);
    for (unsigned i = RATE / 10; i < RATE / 10 * 11; i++)
        rises += s[i - 1] < 0x80 && s[i] >= 0x80;
    CHECK(rises >= 998 && rises <= 1001, "%u periods of 1 kHz", rises);
    for (unsigned i = RATE / 10 * 11 + 2; i < RATE / 10 * 31 - 4; i++)
        CHECK(s[i] == 0x80, "sample %u is %02x", i, s[i]);
    CHECK(s[bytes - 10] == s[bytes - 1000] && s[bytes - 10] > 0x80, "a level is %02x",
          s[bytes - 10]);
    close(fd);
    case_end("lines.speaker");
}

int main(void)
{
    if (!mkdtemp(dir)) {
        printf("FAIL lines: no folder\n");
        return 1;
    }
    test_serial();
    test_streams();
    test_parallel();
    test_speaker();
    test_pc_testdev();
    test_pci_testdev();
    static const char *const files[] = {"file", "fifo.in", "fifo.out", "printed", "wav"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_dir("", files[i]));
    rmdir(dir);
    return verdict_failures != 0;
}
