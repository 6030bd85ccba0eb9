// What a clock's datasheet says about flags, enables, the divider chain and resets (MC146818);
// setting and reading the time is in chips_test.c.
#include <string.h>
#include <time.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/verdict.h"

enum { SECOND = 1000000000, A = 10, B = 11, C = 12 };

static uint8_t get(struct machine *m, uint8_t reg)
{
    outb(m, 0x70, reg);
    return inb(m, 0x71);
}

static void set(struct machine *m, uint8_t reg, uint8_t value)
{
    outb(m, 0x70, reg);
    outb(m, 0x71, value);
}

static bool irq8(const struct machine *m)
{
    return m->irq_sources[8] != 0;
}

static void test_enables(void)
{
    struct machine *m = bench_machine(-1);
    get(m, C);
    pass_ns(m, 2000000000);
    CHECK(!irq8(m), "an interrupt that nobody has enabled");
    set(m, B, 0x12); // UF is there already: its enable alone makes the interrupt
    CHECK(irq8(m), "UIE after UF");
    set(m, B, 0x02);
    CHECK(!irq8(m), "IRQF stays when the enable goes");
    uint8_t c = get(m, C);
    CHECK((c & 0xD0) == 0x50, "register C %02x: PF and UF, and no interrupt", c);
    CHECK(get(m, C) == 0, "reading does not clear it");
    set(m, B, 0x42);
    pass_ns(m, 1000000);
    CHECK(irq8(m), "PIE");
    c = get(m, C);
    CHECK(c == 0xC0 && !irq8(m), "register C %02x", c);
    set(m, B, 0xF2); // SET clears UIE, and leaves PIE and AIE
    CHECK((get(m, B) & 0x70) == 0x60, "SET and UIE: register B %02x", get(m, B));
    get(m, C);
    pass_ns(m, 3000000000);
    c = get(m, C);
    CHECK(c == 0xC0, "SET stops the update and not the periodic interrupt: %02x", c);
    machine_destroy(m);
    case_end("rtc.enables");
}

// How many periodic interrupts in a second?
static unsigned rate(struct machine *m, uint8_t select)
{
    unsigned n = 0;
    set(m, A, 0x20 | select);
    get(m, C);
    for (unsigned i = 0; i < 20000; i++) {
        pass_ns(m, 50000);
        n += irq8(m) && (get(m, C) & 0x40);
    }
    return n;
}

static void test_rates(void)
{
    static const unsigned expected[16] = {0,   256, 128, 8192, 4096, 2048, 1024, 512,
                                          256, 128, 64,  32,   16,   8,    4,    2};
    struct machine *m = bench_machine(-1);
    set(m, B, 0x42);
    for (uint8_t i = 0; i < 16; i++) {
        unsigned n = rate(m, i);
        CHECK(n + 1 >= expected[i] && n <= expected[i] + 1, "rate %u: %u Hz, not %u", i, n,
              expected[i]);
    }
    // 8,192 Hz is not a whole number of ns: no drift in ten seconds.
    set(m, A, 0x23);
    get(m, C);
    pass_ns(m, 10000000000);
    unsigned fired = 0;
    for (unsigned i = 0; i < 100; i++) { // the edges lie on the crystal's grid
        while (!irq8(m))
            pass_ns(m, 1000);
        get(m, C);
        uint64_t ns = machine_now_ns(m), ticks = ns * 32768 / 1000000000;
        fired += ticks % 4 == 0;
    }
    CHECK(fired >= 98, "%u of 100 interrupts at a multiple of 4 ticks", fired);
    machine_destroy(m);
    case_end("rtc.rates");
}

static void test_divider(void)
{
    struct machine *m = bench_machine(-1);
    pass_ns(m, 300000000);
    set(m, A, 0x66); // the divider's reset: all stands
    uint8_t second = get(m, 0);
    set(m, B, 0x42);
    get(m, C);
    pass_ns(m, 5000000000);
    CHECK(get(m, 0) == second && get(m, C) == 0 && !(get(m, A) & 0x80),
          "it goes on in the divider's reset");
    set(m, 0, 0x30);
    set(m, A, 0x26);
    pass_ns(m, 490000000);
    CHECK(get(m, 0) == 0x30, "an update before half a second: %02x", get(m, 0));
    pass_ns(m, 9900000);
    CHECK(get(m, A) & 0x80, "no UIP before the first update");
    pass_ns(m, 200000);
    CHECK(get(m, 0) == 0x31, "no update after half a second: %02x", get(m, 0));
    pass_ns(m, SECOND);
    CHECK(get(m, 0) == 0x32, "and then each second: %02x", get(m, 0));
    // SET holds the time, and the second's beginning stays where it is.
    pass_ns(m, 700000000);
    set(m, B, 0x82);
    set(m, 0, 0x10);
    pass_ns(m, 400000000);
    set(m, B, 0x02);
    pass_ns(m, 800000000);
    CHECK(get(m, 0) == 0x10, "the second came too early: %02x", get(m, 0));
    pass_ns(m, 200000000);
    CHECK(get(m, 0) == 0x11, "the second came too late: %02x", get(m, 0));
    machine_destroy(m);
    case_end("rtc.divider");
}

static void test_reset(void)
{
    char why[256];
    struct machine *m = bench_machine(-1);
    set(m, A, 0x2A);
    set(m, B, 0x7E); // PIE, AIE, UIE, SQWE, binary, 24 hours
    set(m, 1, 0x11);
    set(m, 0x50, 0x77);
    set(m, 0, 33);
    pass_ns(m, 2000000000);
    CHECK(irq8(m), "no interrupt");
    machine_reset(m, why, sizeof why);
    CHECK(!irq8(m) && get(m, B) == 0x06 && (get(m, A) & 0x7f) == 0x2A && get(m, 1) == 0x11 &&
              get(m, 0x50) == 0x77,
          "after a reset: B %02x A %02x alarm %02x memory %02x", get(m, B), get(m, A), get(m, 1),
          get(m, 0x50));
    uint8_t second = get(m, 0);
    CHECK(second >= 35 && second <= 36, "the time after a reset: second %u", second);
    machine_destroy(m);
    case_end("rtc.reset");
}

// On the host's clock it starts with the host's second, not up to one behind.
static void test_host(void)
{
    char why[256];
    struct machine_config config = {
        .ram_bytes = 2 << 20, .engine = &bench_engine, .serial_fd = -1, .debugcon_fd = -1};
    struct machine *m = machine_create(&config, why, sizeof why);
    bool equal = false;
    for (unsigned i = 0; m && i < 50 && !equal; i++) { // the host may sleep between the two looks
        struct timespec before, after;
        struct tm tm;
        clock_gettime(CLOCK_REALTIME, &before);
        uint8_t second = get(m, 0);
        clock_gettime(CLOCK_REALTIME, &after);
        // A ms that the host's two clocks may have come apart: near the second's end, again.
        if (before.tv_sec != after.tv_sec || before.tv_nsec < 20000000 ||
            after.tv_nsec > 980000000) {
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
            continue;
        }
        gmtime_r(&before.tv_sec, &tm);
        equal = second == (tm.tm_sec % 10 | tm.tm_sec / 10 << 4);
        CHECK(equal, "second %02x, the host's is %d", second, tm.tm_sec);
        break;
    }
    CHECK(equal, "never the same second as the host");
    if (m)
        machine_destroy(m);
    case_end("rtc.host");
}

// Where it starts: -rtc.
static void test_base(void)
{
    char why[256];
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .rtc_base = RTC_FIXED,
                                    .rtc_s = 951827696}; // 2000-02-29T12:34:56
    struct machine *m = machine_create(&config, why, sizeof why);
    static const uint8_t expected[][2] = {{0, 0x56}, {2, 0x34}, {4, 0x12}, {6, 3},
                                          {7, 0x29}, {8, 0x02}, {9, 0x00}, {0x32, 0x20}};
    for (unsigned i = 0; m && i < sizeof expected / sizeof *expected; i++)
        CHECK(get(m, expected[i][0]) == expected[i][1], "register %x is %02x, not %02x",
              expected[i][0], get(m, expected[i][0]), expected[i][1]);
    if (m)
        machine_destroy(m);
    setenv("TZ", "XYZ-5:30", 1); // five and a half hours ahead
    tzset();
    config.rtc_base = RTC_LOCAL;
    m = machine_create(&config, why, sizeof why); // from the fixed date of icount, midnight
    CHECK(m && get(m, 4) == 0x05 && get(m, 2) == 0x30, "local time: %02x:%02x", get(m, 4),
          get(m, 2));
    if (m)
        machine_destroy(m);
    unsetenv("TZ");
    tzset();
    case_end("rtc.base");
}

int main(void)
{
    test_enables();
    test_rates();
    test_divider();
    test_reset();
    test_host();
    test_base();
    return verdict_failures != 0;
}
