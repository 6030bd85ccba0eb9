// UART, RTC, the small ports, random port traffic, and the stage profile's sums.
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { COM1 = 0x3F8 };

static void test_uart_output(void)
{
    int ends[2];
    char got[64];
    if (pipe2(ends, O_NONBLOCK))
        return;
    struct machine *m = bench_machine(ends[1]);
    for (const char *c = "first\nsec"; *c; c++) {
        CHECK(inb(m, COM1 + 5) == 0x60, "LSR %02x before a byte", inb(m, COM1 + 5));
        outb(m, COM1, (uint8_t)*c);
    }
    ssize_t n = read(ends[0], got, sizeof got);
    CHECK(n == 6 && memcmp(got, "first\n", 6) == 0, "%zd bytes came at the end of the line", n);
    uart_flush(m->uart);
    n = read(ends[0], got, sizeof got);
    CHECK(n == 3 && memcmp(got, "sec", 3) == 0, "%zd bytes came at the flush", n);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    int saved = dup(2), null = open("/dev/null", O_WRONLY);
    dup2(null, 2); // the message about the lost reader
    for (unsigned i = 0; i < 20000; i++)
        outb(m, COM1, i % 50 ? 'x' : '\n');
    dup2(saved, 2);
    close(saved);
    close(null);
    CHECK(inb(m, COM1 + 5) == 0x60, "the port died with its reader");
    machine_destroy(m);
    close(ends[1]);
    case_end("uart.output");
}

static void test_uart_registers(void)
{
    struct machine *m = bench_machine(-1);
    outb(m, COM1 + 3, 0x83);
    outb(m, COM1, 0x34);
    outb(m, COM1 + 1, 0x12);
    CHECK(inb(m, COM1) == 0x34 && inb(m, COM1 + 1) == 0x12, "the divisor does not read back");
    outb(m, COM1 + 3, 0x03);
    CHECK(inb(m, COM1 + 1) == 0, "DLAB off shows %02x as IER", inb(m, COM1 + 1));
    outb(m, COM1 + 7, 0x5A);
    CHECK(inb(m, COM1 + 7) == 0x5A, "the scratch register");
    CHECK(inb(m, COM1 + 2) == 0x01, "IIR %02x without the FIFO", inb(m, COM1 + 2));
    outb(m, COM1 + 2, 0x01);
    CHECK(inb(m, COM1 + 2) == 0xC1, "IIR %02x with the FIFO: not a 16550A", inb(m, COM1 + 2));
    // Loopback: 16 bytes in the FIFO, the seventeenth overruns.
    outb(m, COM1 + 4, 0x10);
    for (unsigned i = 0; i < 17; i++)
        outb(m, COM1, (uint8_t)(0x40 + i));
    uint8_t lsr = inb(m, COM1 + 5);
    CHECK((lsr & 0x03) == 0x03, "LSR %02x after 17 bytes", lsr);
    CHECK(!(inb(m, COM1 + 5) & 0x02), "reading LSR does not clear the overrun");
    for (unsigned i = 0; i < 16; i++) {
        uint8_t b = inb(m, COM1);
        CHECK(b == 0x40 + i, "byte %u came back as %02x", i, b);
    }
    CHECK(!(inb(m, COM1 + 5) & 1), "data ready in an empty FIFO");
    // Modem lines in loopback: RTS-CTS, DTR-DSR, OUT1-RI, OUT2-DCD.
    outb(m, COM1 + 4, 0x10 | 0x02 | 0x08);
    uint8_t msr = inb(m, COM1 + 6);
    CHECK((msr & 0xf0) == 0x90, "MSR %02x for RTS and OUT2", msr);
    CHECK((inb(m, COM1 + 6) & 0x0f) == 0, "reading MSR does not clear the changes");
    machine_destroy(m);
    case_end("uart.registers");
}

static void test_uart_interrupts(void)
{
    struct machine *m = bench_machine(-1);
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1),
        outb(m, 0x21, 0xEF);
    outb(m, COM1 + 1, 0x02);
    CHECK(!m->cpu->intr, "an interrupt with OUT2 off");
    outb(m, COM1 + 4, 0x08);
    CHECK(m->cpu->intr, "no interrupt from an empty transmitter");
    CHECK(machine_intr_acknowledge(m) == 0x24, "not IRQ4");
    CHECK(inb(m, COM1 + 2) == 0x02, "IIR is not the transmitter's");
    CHECK(inb(m, COM1 + 2) == 0x01, "reading IIR does not clear it");
    outb(m, 0x20, 0x20);
    CHECK(!m->cpu->intr, "the interrupt stays");
    outb(m, COM1, 'x');
    CHECK(m->cpu->intr, "no interrupt after the byte went out");
    machine_destroy(m);
    case_end("uart.interrupts");
}

static void test_uart_input(void)
{
    int ends[2];
    char why[256];
    if (pipe(ends))
        return;
    struct machine_config config = {.ram_bytes = 1 << 20,
                                    .engine = &bench_engine,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .serial_in_fd = ends[0]};
    struct machine *m = machine_create(&config, why, sizeof why);
    CHECK(m != NULL, "%s", why);
    outb(m, COM1 + 2, 0x01);
    CHECK(uart_wake_fd(m->uart) == ends[0], "input does not wake the machine");
    CHECK(write(ends[1], "0123456789abcdefGHI", 19) == 19, "the pipe is full");
    uart_poll(m->uart);
    CHECK(uart_wake_fd(m->uart) < 0, "a full FIFO asks for more");
    for (unsigned i = 0; i < 16; i++)
        CHECK(inb(m, COM1) == (uint8_t) "0123456789abcdef"[i], "byte %u", i);
    CHECK(!(inb(m, COM1 + 5) & 0x03), "bytes were taken for which there was no room");
    uart_poll(m->uart);
    CHECK(inb(m, COM1 + 5) & 1, "the rest does not come");
    CHECK(inb(m, COM1) == 'G' && inb(m, COM1) == 'H' && inb(m, COM1) == 'I', "the rest is wrong");
    close(ends[1]);
    uart_poll(m->uart);
    CHECK(uart_wake_fd(m->uart) < 0, "the end of the input wakes for ever");
    machine_destroy(m);
    close(ends[0]);
    case_end("uart.input");
}

static uint8_t cmos(struct machine *m, uint8_t reg)
{
    outb(m, 0x70, reg);
    return inb(m, 0x71);
}

static void set_cmos(struct machine *m, uint8_t reg, uint8_t value)
{
    outb(m, 0x70, reg);
    outb(m, 0x71, value);
}

static void test_rtc(void)
{
    struct machine *m = bench_machine(-1);
    CHECK(cmos(m, 0x32) == 0x20 && cmos(m, 9) == 0 && cmos(m, 8) == 1 && cmos(m, 7) == 1,
          "icount does not begin on 2000-01-01 but %02x%02x-%02x-%02x", cmos(m, 0x32), cmos(m, 9),
          cmos(m, 8), cmos(m, 7));
    CHECK(cmos(m, 6) == 7, "that Saturday is weekday %u", cmos(m, 6));
    pass_ns(m, 61500000000);
    CHECK(cmos(m, 0) == 1 && cmos(m, 2) == 1, "after 61.5 s it is :%02x:%02x", cmos(m, 2),
          cmos(m, 0));
    CHECK(!(cmos(m, 10) & 0x80), "UIP in the middle of a second");
    pass_ns(m, 499900000);
    CHECK(cmos(m, 10) & 0x80, "no UIP 100 us before the second");
    CHECK(cmos(m, 13) == 0x80, "register D is %02x", cmos(m, 13));
    // Set the clock: 31 Dec 1999, 23:59:58, with SET, in BCD.
    set_cmos(m, 11, 0x82);
    static const uint8_t values[][2] = {{0, 0x58}, {2, 0x59}, {4, 0x23},   {7, 0x31},
                                        {8, 0x12}, {9, 0x99}, {0x32, 0x19}};
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
        set_cmos(m, values[i][0], values[i][1]);
    pass_ns(m, 5000000000);
    CHECK(cmos(m, 0) == 0x58, "the clock runs while SET holds it: %02x", cmos(m, 0));
    set_cmos(m, 11, 0x02);
    pass_ns(m, 3000000000);
    CHECK(cmos(m, 9) == 0 && cmos(m, 0x32) == 0x20 && cmos(m, 4) == 0,
          "no new year: %02x%02x %02xh", cmos(m, 0x32), cmos(m, 9), cmos(m, 4));
    // 12 hours: midnight is 12 AM; an afternoon has bit 7. And binary.
    set_cmos(m, 11, 0x00);
    CHECK(cmos(m, 4) == 0x12, "midnight in 12 hours is %02x", cmos(m, 4));
    pass_ns(m, 14ull * 3600 * 1000000000);
    CHECK(cmos(m, 4) == 0x82, "14:00 in 12 hours is %02x", cmos(m, 4));
    set_cmos(m, 11, 0x06);
    CHECK(cmos(m, 4) == 14, "14:00 in binary is %u", cmos(m, 4));
    set_cmos(m, 0x40, 0xA5);
    CHECK(cmos(m, 0x40) == 0xA5 && cmos(m, 0xC0) == 0xA5,
          "CMOS memory, with and without the NMI bit");
    machine_destroy(m);
    case_end("rtc.time");
}

static void test_rtc_interrupts(void)
{
    struct machine *m = bench_machine(-1);
    outb(m, 0x20, 0x11), outb(m, 0x21, 0x20), outb(m, 0x21, 4), outb(m, 0x21, 1), outb(m, 0x21, 0);
    outb(m, 0xA0, 0x11), outb(m, 0xA1, 0x28), outb(m, 0xA1, 2), outb(m, 0xA1, 1), outb(m, 0xA1, 0);
    cmos(m, 12);
    set_cmos(m, 11, 0x42); // periodic at 1,024 Hz
    unsigned n = 0;
    for (unsigned i = 0; i < 10000; i++) { // 100 ms
        pass_ns(m, 10000);
        if (!m->cpu->intr)
            continue;
        CHECK(machine_intr_acknowledge(m) == 0x28, "not IRQ8");
        CHECK(cmos(m, 12) == 0xC0, "register C of a periodic interrupt");
        outb(m, 0xA0, 0x20), outb(m, 0x20, 0x20);
        n++;
    }
    CHECK(n >= 101 && n <= 104, "%u periodic interrupts in 100 ms", n);
    set_cmos(m, 11, 0x12); // at each update
    cmos(m, 12);
    n = 0;
    for (unsigned i = 0; i < 300; i++) {
        pass_ns(m, 10000000);
        if (!m->cpu->intr)
            continue;
        machine_intr_acknowledge(m);
        CHECK(cmos(m, 12) & 0x10, "register C of an update interrupt");
        outb(m, 0xA0, 0x20), outb(m, 0x20, 0x20);
        n++;
    }
    CHECK(n == 3, "%u update interrupts in 3 s", n);
    machine_destroy(m);
    case_end("rtc.interrupts");
}

// The second (of the clock's count since midnight, BCD registers) at which the alarm's line first
// rises within `seconds`, or -1.
static int alarm_second(struct machine *m, unsigned seconds)
{
    for (unsigned i = 0; i < seconds * 2; i++) {
        pass_ns(m, 500000000);
        if (!m->irq_sources[8])
            continue;
        CHECK((cmos(m, 12) & 0xB0) == 0xB0, "register C of an alarm");
        return (cmos(m, 0) >> 4) * 10 + (cmos(m, 0) & 15);
    }
    return -1;
}

static void test_rtc_alarm(void)
{
    struct machine *m = bench_machine(-1); // the clock starts at midnight under icount
    pass_ns(m, 100000000);
    set_cmos(m, 1, 0x05), set_cmos(m, 3, 0x00), set_cmos(m, 5, 0x00); // 00:00:05
    cmos(m, 12);
    set_cmos(m, 11, 0x22);
    int at = alarm_second(m, 20);
    CHECK(at == 5, "the alarm at 00:00:05 came at second %d", at);
    at = alarm_second(m, 70);
    CHECK(at == -1, "it came again at second %d", at);
    set_cmos(m, 1, 0x30), set_cmos(m, 3, 0xC0), set_cmos(m, 5, 0xFF); // at 30 of any minute
    for (unsigned i = 0; i < 2; i++) {
        at = alarm_second(m, 61);
        CHECK(at == 30, "the alarm of each minute came at second %d", at);
    }
    set_cmos(m, 11, 0x02);
    pass_ns(m, 61000000000);
    CHECK(!m->irq_sources[8] && (cmos(m, 12) & 0xA0) == 0x20, "a flag without its interrupt");
    machine_destroy(m);
    case_end("rtc.alarm");
}

static void test_small_ports(void)
{
    struct machine *m = bench_machine(-1);
    CHECK(inb(m, 0xE9) == 0xE9, "port E9h reads %02x", inb(m, 0xE9));
    CHECK(machine_port_read(m, 0xffff, 4) == 0xff, "ports 0-2 (DMA) do not follow port FFFFh");
    outb(m, 0x80, 0x42);
    CHECK(inb(m, 0x80) == 0x42, "port 80h");
    CHECK(inb(m, 0x1234) == 0xff && machine_port_read(m, 0x1234, 2) == 0xffff &&
              machine_port_read(m, 0xfffc, 4) == 0xffffffff,
          "unassigned ports are not all ones");
    machine_port_write(m, 0x70, 2, 0x5A40); // index and data by one wide write
    CHECK(cmos(m, 0x40) == 0x5A, "a wide write is not split");
    outb(m, 0x92, 1);
    CHECK(m->reset_asked, "port 92h does not reset");
    m->reset_asked = false;
    outb(m, 0xCF9, 2);
    CHECK(!m->reset_asked, "CF9h resets without bit 2");
    outb(m, 0xCF9, 6);
    CHECK(m->reset_asked, "CF9h does not reset");
    machine_destroy(m);
    case_end("ports.small");
}

// Whatever a guest writes, wherever: nothing crashes, hangs or leaves the value range of its port.
static void test_random_ports(void)
{
    static const uint16_t interesting[] = {0x20,  0x21,  0xA0,  0xA1,  0x40,  0x41,  0x42,
                                           0x43,  0x61,  0x70,  0x71,  0x80,  0x92,  0xE9,
                                           0xF4,  0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD,
                                           0x3FE, 0x3FF, 0x4D0, 0x4D1, 0x5E0, 0xCF9};
    struct machine *m = bench_machine(-1);
    uint64_t x = 88172645463325252u;
    for (unsigned i = 0; i < 2000000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint16_t port = x & 7 ? interesting[(x >> 8) % (sizeof interesting / sizeof *interesting)]
                              : (uint16_t)(x >> 16);
        unsigned size = 1u << (x >> 40) % 3;
        if (x >> 45 & 1)
            machine_port_write(m, port, size, (uint32_t)(x >> 20));
        else if (size < 4)
            CHECK(machine_port_read(m, port, size) >> 8 * size == 0,
                  "port %04x: more than %u bytes", port, size);
        if (m->cpu->intr && (x >> 46 & 1))
            CHECK(machine_intr_acknowledge(m) < 256, "a vector over 255");
        if (i % 16 == 0)
            pass_ns(m, x >> 50);
    }
    machine_destroy(m);
    case_end("ports.random");
}

static uint64_t sum_clk(const json_t *stages)
{
    const char *key;
    json_t *one;
    json_int_t sum = 0;
    json_object_foreach((json_t *)stages, key, one) sum +=
        json_integer_value(json_object_get(one, "clk"));
    return (uint64_t)sum;
}

static void test_statistics(void)
{
    char path[] = "/tmp/tickmark-stats-XXXXXX";
    int fd = mkstemp(path);
    struct machine *m = bench_machine(-1);
    profile_start(&m->profile, STAGE_dispatch, cpu_icount(m->cpu));
    for (unsigned i = 0; i < 3; i++) {
        machine_port_write(m, 0x5E0, 4, 1u << 24 | (0x1000 + i));
        pass_ns(m, 1000000 * (i + 1));
        machine_port_write(m, 0x5E0, 4, 2u << 24 | (0x1000 + i));
    }
    machine_port_write(m, 0x5E0, 4, 2u << 24 | 5); // an end without a begin
    machine_port_write(m, 0x5E0, 4, 1u << 24 | 6); // a begin without an end
    machine_port_write(m, 0x5E0, 2, 1u << 24 | 6); // not a marker
    profile_stop(&m->profile, cpu_icount(m->cpu));
    const char *why = "";
    CHECK(machine_write_stats(m, path, &why) == 0, "%s", why);
    CHECK(machine_write_stats(m, "/nonexistent/stats.json", &why) != 0 &&
              strstr(why, "No such file"),
          "an unwritable path: %s", why);
    json_error_t error;
    json_t *all = json_load_file(path, 0, &error);
    CHECK(all != NULL, "%s", error.text);
    const json_t *intervals = json_object_get(all, "intervals");
    CHECK(json_array_size(intervals) == 3, "%zu intervals", json_array_size(intervals));
    for (size_t i = 0; i < json_array_size(intervals); i++) {
        const json_t *v = json_array_get(intervals, i);
        uint64_t clk = (uint64_t)json_integer_value(json_object_get(v, "clk"));
        CHECK(json_integer_value(json_object_get(v, "test")) == (json_int_t)(0x1000 + i),
              "the test's id");
        CHECK(json_integer_value(json_object_get(v, "insns")) == (json_int_t)(1000000 * (i + 1)),
              "instructions");
        CHECK(clk > 0 && sum_clk(json_object_get(v, "stages")) == clk,
              "an interval's stages do not add up");
    }
    uint64_t clk = (uint64_t)json_integer_value(json_object_get(all, "clk"));
    CHECK(json_object_size(json_object_get(all, "stages")) == 11, "not eleven stages");
    CHECK(clk > 0 && sum_clk(json_object_get(all, "stages")) == clk,
          "the run's stages do not add up");
    CHECK(json_integer_value(json_object_get(all, "insns")) == 6000000, "the run's instructions");
    const json_t *counters = json_object_get(all, "counters");
    CHECK(json_integer_value(json_object_get(counters, "lost_marks")) == 2, "lost markers");
    CHECK(json_real_value(json_object_get(all, "cost_clk_per_switch")) > 1, "the cost of counting");
    json_decref(all);
    machine_destroy(m);
    close(fd);
    unlink(path);
    case_end("profile.statistics");
}

static void test_settings(void)
{
    struct settings s = settings_default;
    char why[256] = "";
    unsigned bits = 0;
    CHECK(settings_apply(&s, "quantum=500", why, sizeof why) == 0 && s.quantum == 500,
          "quantum=500: %s", why);
    CHECK(settings_apply(&s, "quantum=5x", why, sizeof why) && strstr(why, "5x"), "quantum=5x: %s",
          why);
    CHECK(settings_apply(&s, "quantum=-1", why, sizeof why) && s.quantum == 500, "quantum=-1: %s",
          why);
    CHECK(settings_apply(&s, "quantun=1", why, sizeof why) && strstr(why, "quantun"), "quantun: %s",
          why);
    CHECK(settings_apply(&s, "quantum", why, sizeof why) && strstr(why, "KEY=VALUE"),
          "no value: %s", why);
    CHECK(settings_parse_dump("b", &bits, why, sizeof why) == 0 && bits == DUMP_boot, "dump b");
    CHECK(settings_parse_dump("!", &bits, why, sizeof why) && strchr(why, '!'), "dump !: %s", why);
    case_end("settings");
}

int main(void)
{
    test_uart_output();
    test_uart_registers();
    test_uart_interrupts();
    test_uart_input();
    test_rtc();
    test_rtc_interrupts();
    test_rtc_alarm();
    test_small_ports();
    test_random_ports();
    test_statistics();
    test_settings();
    return verdict_failures != 0;
}
