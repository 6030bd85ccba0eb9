// The monitor on a running machine, through its socket: what each word answers and does, bad lines,
// and a screendump read back and compared with what the guest wrote.
#include <errno.h>
#include <inttypes.h>
#include <png.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "emu/interp/interp.h"
#include "emu/machine/clock.h"
#include "emu/machine/machine_state.h"
#include "emu/monitor/monitor.h"
#include "emu/tests/verdict.h"

enum { CODE = 0x7C00, WAIT_MS = 10000, STOPPED_NS = 50000000 };

static struct machine *m;
static struct monitor *mon;
static pthread_t runner;
static int status, fd = -1;
static char answer[1 << 16], dir[] = "/tmp/monitor_XXXXXX", path[64];

static void *run(void *opaque)
{
    (void)opaque;
    status = machine_run(m);
    return NULL;
}

// Read up to the next prompt, into `answer`; false if there is none.
static bool await_prompt(void)
{
    size_t n = 0;
    for (;;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        if (n == sizeof answer - 1 || poll(&pfd, 1, WAIT_MS) <= 0)
            return false;
        ssize_t got = read(fd, answer + n, sizeof answer - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        answer[n] = 0;
        if (n >= 11 && strcmp(answer + n - 11, "(tickmark) ") == 0) {
            answer[n - 11] = 0;
            return true;
        }
    }
}

// A line to the monitor; its answer.
static const char *say(const char *line)
{
    if (write(fd, line, strlen(line)) < 0 || write(fd, "\n", 1) < 0 || !await_prompt())
        return "(no answer)";
    return answer;
}

static bool connect_to_monitor(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && await_prompt();
}

// A machine that runs `code` in real mode at CODE.
static bool begin(const uint8_t *code, size_t bytes)
{
    char why[256], where[128];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &engine_interp,
                                    .vga = true,
                                    .drives[MACHINE_FLOPPY] = {.kind = DRIVE_FLOPPY, .id = "mine"},
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    m = machine_create(&config, why, sizeof why);
    if (!m)
        return false;
    mmu_phys_write(m->mmu, CODE, code, bytes);
    m->cpu->seg[SEG_CS].selector = 0;
    m->cpu->seg[SEG_CS].base = 0;
    m->cpu->eip = CODE;
    m->cpu->gpr[REG_EBX] = 0x12345678;
    snprintf(path, sizeof path, "%s/socket", dir);
    snprintf(where, sizeof where, "unix:%s,server,nowait", path);
    mon = monitor_start(m, where, why, sizeof why);
    CHECK(mon != NULL, "%s", why);
    return mon && pthread_create(&runner, NULL, run, NULL) == 0 && connect_to_monitor();
}

static void end(void)
{
    pthread_join(runner, NULL);
    monitor_stop(mon);
    machine_destroy(m);
    close(fd);
    CHECK(access(path, F_OK) != 0, "the socket is left behind");
}

#define EXPECT(line, text)                                                                         \
    CHECK(strstr(say(line), text), "'%.60s' says '%.200s', not '%s'", line, answer, text)

static void to_mouse(unsigned value)
{
    machine_port_write(m, 0x64, 1, 0xD4);
    machine_port_write(m, 0x60, 1, value);
}

static unsigned read_controller(unsigned bytes)
{
    unsigned value = 0;
    while (bytes--)
        value = value << 8 | machine_port_read(m, 0x60, 1);
    return value;
}

// The guest asks for the wheel as drivers do, and hears of it and of the buttons. The machine is
// stopped, so that the ports are this thread's.
static void test_wheel(void)
{
    static const uint8_t ask[] = {0xFF, 0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF4};
    while (machine_port_read(m, 0x64, 1) & 1)
        machine_port_read(m, 0x60, 1);
    for (unsigned i = 0; i < sizeof ask; i++)
        to_mouse(ask[i]);
    while (machine_port_read(m, 0x64, 1) & 1)
        machine_port_read(m, 0x60, 1);
    EXPECT("mouse_move 0 0 1", "");
    CHECK(read_controller(4) == 0x080000FF, "the wheel up is no -1");
    EXPECT("mouse_move 7 2 -3", "");
    CHECK(read_controller(4) == 0x2807FE03, "7 to the right, 2 and 3 steps of the wheel down");
    EXPECT("mouse_button 2", "");
    CHECK(read_controller(4) == 0x0C000000, "the middle button");
    EXPECT("mouse_button 4", "");
    CHECK(read_controller(4) == 0x0A000000, "the right button");
    EXPECT("mouse_button 0", "");
    CHECK(read_controller(4) == 0x08000000, "no button");
}

static const uint8_t endless[] = {0xFF, 0x06, 0x00, 0x05, // inc word [500h]
                                  0xEB, 0xFA};            // back

static void test_look(void)
{
    if (!begin(endless, sizeof endless)) {
        CHECK(false, "no machine with a monitor");
        case_end("monitor.look");
        return;
    }
    EXPECT("info status", "running");
    EXPECT("info registers", "EBX=12345678");
    EXPECT("info registers", "CS =0000 00000000 0000ffff 00009300");
    EXPECT("x/6xb 0x7c00", "00007c00: 0xff 0x06 0x00 0x05 0xeb 0xfa\n");
    EXPECT("xp /2xh 0x7c00", "0000000000007c00: 0x06ff 0x0500\n");
    EXPECT("x /1xw 0x7c02", "00007c02: 0xfaeb0500\n");
    EXPECT("x/2i 0x7c00", "inc");
    EXPECT("x/2i 0x7c00", "00007c04:  jmp");
    EXPECT("x/1db 0x7c00", "-1");
    EXPECT("xp 0x40000000", "Cannot access memory");
    EXPECT("p $ebx-8+0x10", "0x12345680");
    EXPECT("info mem", "PG disabled");
    EXPECT("help", "screendump FILE");
    case_end("monitor.look");

    // The machine's clock loses what it stood still, however long the steps around it take on a
    // busy host.
    EXPECT("stop", "");
    EXPECT("info status", "paused");
    uint64_t host = clock_host_ns(), before = machine_now_ns(m);
    unsigned count = (unsigned)mmu_load(m->cpu, 0x500, 2);
    usleep(STOPPED_NS / 1000);
    CHECK(machine_now_ns(m) == before, "the clock runs while stopped");
    CHECK((unsigned)mmu_load(m->cpu, 0x500, 2) == count, "a stopped machine counts");
    EXPECT("cont", "");
    uint64_t ran = machine_now_ns(m) - before, passed = clock_host_ns() - host;
    CHECK(ran + STOPPED_NS <= passed, "the clock ran while stopped: %" PRIu64 " of %" PRIu64 " ns",
          ran, passed);
    for (int tries = 0; tries < 500 && (unsigned)mmu_load(m->cpu, 0x500, 2) == count; tries++)
        usleep(10000);
    EXPECT("stop", "");
    CHECK((unsigned)mmu_load(m->cpu, 0x500, 2) != count, "it does not go on");
    // Keys reach the controller: A is 1E and 9E.
    EXPECT("sendkey a", "");
    CHECK(machine_port_read(m, 0x64, 1) & 1, "no byte of the keyboard");
    EXPECT("sendkey shift-nokey", "no key 'nokey'");
    EXPECT("mouse_move 5 -3", "");
    test_wheel();
    EXPECT("mouse_move 5", "a number was expected");
    case_end("monitor.drive");

    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    EXPECT("frobnicate", "unknown command: 'frobnicate'");
    EXPECT(longest, "too long");
    EXPECT("x/99999999999b 0", "at most");
    EXPECT("x/4q 0", "is no format");
    EXPECT("x/1000c 0x7c00", "00007");
    EXPECT("xp 12z", "was expected");
    EXPECT("x $foo", "no register 'foo'");
    EXPECT("x 0x123456789", "is not a number");
    EXPECT("x", "is not a number");
    EXPECT("info nothing", "no 'info nothing'");
    EXPECT("change nowhere /nonexistent", "no drive 'nowhere'");
    EXPECT("change floppy0", "wants a drive and an image");
    EXPECT("change floppy0 /nonexistent/a.img", "No such file");
    EXPECT("eject", "wants a drive");
    EXPECT("eject -f ide0-hd7", "no drive");
    EXPECT("screendump /nonexistent/a.png", "No such file");
    EXPECT("screendump", "wants a file");
    EXPECT("screendump -f png", "wants a file");
    EXPECT("screendump a -f gif", "no format 'gif'");
    EXPECT("screendump a -f", "no format ''");
    EXPECT("\t  ", "");
    // A floppy goes in and out.
    char image[80], line[128];
    snprintf(image, sizeof image, "%s/a.img", dir);
    FILE *f = fopen(image, "w");
    CHECK(f && ftruncate(fileno(f), 1474560) == 0 && fclose(f) == 0, "no image");
    snprintf(line, sizeof line, "change floppy0 %s", image);
    CHECK(*say(line) == 0, "change says %.200s", answer);
    CHECK(strstr(say("info block"), image), "info block says %.200s", answer);
    CHECK(*say("eject floppy0") == 0, "eject says %.200s", answer);
    snprintf(line, sizeof line, "change mine %s", image); // the id of -drive
    CHECK(*say(line) == 0, "change says %.200s", answer);
    CHECK(*say("eject mine") == 0, "eject says %.200s", answer);
    unlink(image);
    // One session after the other.
    close(fd);
    CHECK(connect_to_monitor(), "no second session");
    EXPECT("info status", "paused");
    case_end("monitor.bad_lines");
    if (write(fd, "quit\n", 5) != 5)
        return;
    end();
    CHECK(status == 0, "exit status %d", status);
    case_end("monitor.quit");
}

// 4 MB of page tables: page 0 to itself, page 1 read-only for users, page 2 to page 7.
static void test_paging(void)
{
    if (!begin(endless, sizeof endless)) {
        CHECK(false, "no machine with a monitor");
        case_end("monitor.paging");
        return;
    }
    say("stop");
    uint32_t directory = 0x21000 | 7, table[] = {0x00003, 0x01005, 0x07007, 0x08007};
    mmu_phys_write(m->mmu, 0x20000, &directory, sizeof directory);
    mmu_phys_write(m->mmu, 0x21000, table, sizeof table);
    m->cpu->cr3 = 0x20000;
    m->cpu->cr0 |= CR0_PE | CR0_PG | CR0_WP;
    CHECK(strcmp(say("info mem"), "0000000000000000-0000000000001000 0000000000001000 -rw\n"
                                  "0000000000001000-0000000000002000 0000000000001000 ur-\n"
                                  "0000000000002000-0000000000004000 0000000000002000 urw\n") == 0,
          "info mem: %.300s", answer);
    EXPECT("info tlb", "00002000-00003fff: 0000000000007000");
    EXPECT("x/1xb 0x5000", "Cannot access memory");
    uint8_t mark = 0x5a;
    mmu_phys_write(m->mmu, 0x7123, &mark, 1);
    EXPECT("x/1xb 0x2123", "0x5a");
    uint32_t entry = 0;
    mmu_phys_read(m->mmu, 0x21008, &entry, 4);
    CHECK(entry == 0x7007, "looking set bits: %08x", entry);
    if (write(fd, "q\n", 2) == 2)
        end();
    case_end("monitor.paging");
}

// The PNG at `name`, or NULL.
static uint8_t *read_png(const char *name, unsigned *width, unsigned *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels = NULL;
    if (!png_image_begin_read_from_file(&image, name))
        return NULL;
    image.format = PNG_FORMAT_RGB;
    *width = image.width;
    *height = image.height;
    pixels = malloc(PNG_IMAGE_SIZE(image));
    if (pixels && !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
        free(pixels);
        return NULL;
    }
    return pixels;
}

// Is the PPM at `name` the same picture? By its name, or by -f.
static void check_ppm(const char *line, const char *name, const uint8_t *rgb, unsigned width,
                      unsigned height)
{
    char head[32], want[32];
    int n = snprintf(want, sizeof want, "P6\n%u %u\n255\n", width, height);
    uint8_t *pixels = calloc(width * height, 3);
    CHECK(*say(line) == 0, "%.200s", answer);
    FILE *f = fopen(name, "rb");
    CHECK(f && pixels && fread(head, 1, (size_t)n, f) == (size_t)n &&
              memcmp(head, want, (size_t)n) == 0,
          "%s: no PPM of that size", line);
    CHECK(f && pixels && fread(pixels, 3, width * height, f) == width * height && getc(f) == EOF &&
              memcmp(pixels, rgb, (size_t)width * height * 3) == 0,
          "%s: another picture", line);
    if (f)
        fclose(f);
    free(pixels);
    unlink(name);
}

static void test_screendump(void)
{
    static const uint16_t vbe[][2] = {{1, 1024}, {2, 768}, {3, 32}, {4, 0x41}};
    char file[64], line[128];
    unsigned width = 0, height = 0;
    if (!begin(endless, sizeof endless)) {
        CHECK(false, "no machine with a monitor");
        case_end("monitor.screendump");
        return;
    }
    say("stop");
    for (unsigned i = 0; i < 4; i++) {
        machine_port_write(m, 0x1CE, 2, vbe[i][0]);
        machine_port_write(m, 0x1CF, 2, vbe[i][1]);
    }
    machine_port_write(m, 0x1CE, 2, 5); // bank 5, through the window
    machine_port_write(m, 0x1CF, 2, 5);
    for (unsigned i = 0; i < 16384; i++)
        mmu_store(m->cpu, 0xA0000 + 4 * i, 4, i * 2654435761u);
    snprintf(file, sizeof file, "%s/screen.png", dir);
    snprintf(line, sizeof line, "screendump %s", file);
    CHECK(*say(line) == 0, "%.200s", answer);
    uint8_t *rgb = read_png(file, &width, &height);
    CHECK(rgb && width == 1024 && height == 768, "a picture of %u x %u", width, height);
    for (unsigned i = 0; rgb && i < 1024 * 768; i++) {
        uint32_t first = 5 * 16384,
                 v = i >= first && i < first + 16384 ? (i - first) * 2654435761u : 0;
        CHECK(rgb[3 * i] == (v >> 16 & 255) && rgb[3 * i + 1] == (v >> 8 & 255) &&
                  rgb[3 * i + 2] == (v & 255),
              "pixel %u", i);
    }
    unlink(file);
    if (rgb) {
        snprintf(file, sizeof file, "%s/screen.ppm", dir);
        snprintf(line, sizeof line, "screendump %s", file);
        check_ppm(line, file, rgb, width, height);
        snprintf(line, sizeof line, "screendump -f ppm %s", file);
        check_ppm(line, file, rgb, width, height);
        snprintf(line, sizeof line, "screendump %s -f ppm", file);
        check_ppm(line, file, rgb, width, height);
    }
    free(rgb);
    EXPECT("xp /1xw 0xa0004", "0x9e3779b1");
    unlink(file);
    if (write(fd, "system_reset\ncont\n", 18) == 18)
        end();
    CHECK(status == 0, "status %d after a reset that nobody boots", status);
    case_end("monitor.screendump");
}

static void test_places(void)
{
    static const char *const bad[] = {"",
                                      "tcp",
                                      "tcp:",
                                      "tcp:1",
                                      "tcp:nowhere.invalid:1,server",
                                      "tcp::1,serve",
                                      "unix:",
                                      "unix:/nonexistent/a,server,nowait",
                                      "unix:/nonexistent/a",
                                      "file:x"};
    char why[256];
    struct machine_config config = {
        .ram_bytes = 2 << 20, .engine = &engine_interp, .serial_fd = -1, .debugcon_fd = -1};
    m = machine_create(&config, why, sizeof why);
    for (unsigned i = 0; m && i < sizeof bad / sizeof *bad; i++) {
        why[0] = 0;
        mon = monitor_start(m, bad[i], why, sizeof why);
        CHECK(!mon && strstr(why, "-monitor"), "'%s' is a place: %s", bad[i], why);
    }
    machine_destroy(m);
    case_end("monitor.places");
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    if (!freopen("/dev/null", "w", stderr)) // what the machine says about its end
        return 1;
    test_look();
    test_paging();
    test_screendump();
    test_places();
    rmdir(dir);
    return verdict_failures != 0;
}
