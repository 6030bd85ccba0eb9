// The MC146818 real-time clock and its CMOS memory, ports 70h and 71h (Motorola datasheet, 1984).
//
// The time of day is not stored: it follows from the divider chain, which is the virtual clock at
// an offset, and a guest that sets a field moves the offset by whole seconds. Without icount it
// starts at the host's UTC; with icount at a fixed date, so that runs repeat.
// Invariants: IRQ 8 is up exactly while a flag of register C and its enable are; flags are those of
// what has happened up to `seen_*`. SET stops the time of day and no more; the divider's reset
// stops all, and half a second later is the first update (datasheet, "Divider Control").
// What differs: the time is converted when DM or 24/12 change, instead of being taken for another;
// the day of the week follows from the date.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/machine/machine_state.h"

enum {
    RTC_IRQ = 8,
    CMOS_BYTES = 128,
    NS_PER_S = 1000000000,
    ICOUNT_EPOCH_S = 946684800
}; // 2000-01-01

enum {
    REG_SECONDS,
    REG_SECONDS_ALARM = 1,
    REG_MINUTES = 2,
    REG_MINUTES_ALARM = 3,
    REG_HOURS = 4,
    REG_HOURS_ALARM = 5,
    REG_WEEKDAY = 6,
    REG_DAY = 7,
    REG_MONTH = 8,
    REG_YEAR = 9,
    REG_A = 10,
    REG_B = 11,
    REG_C = 12,
    REG_D = 13,
    REG_CENTURY = 0x32,
};
enum {
    A_UIP = 0x80,
    CRYSTAL_HZ = 32768,
    A_DIVIDER = 0x70,
    A_DIVIDER_RUNS = 0x20,
    A_RATE = 0x0f,
    B_SET = 0x80,
    B_PIE = 0x40,
    B_AIE = 0x20,
    B_UIE = 0x10,
    B_SQWE = 0x08,
    B_BINARY = 0x04,
    B_24H = 0x02,
    C_IRQF = 0x80,
    C_PF = 0x40,
    C_AF = 0x20,
    C_UF = 0x10,
    D_VALID = 0x80,
    ALARM_ANY = 0xc0, // both bits: any value will do
    DAY_S = 86400,
    UIP_NS = 244000, // before the second turns (datasheet: 244 us from UIP to the update)
};

struct rtc {
    struct machine *m;
    uint8_t index;
    uint8_t cmos[CMOS_BYTES];
    int64_t offset_s;            // the time of day is this and the chain's seconds
    uint64_t phase_ns;           // the divider chain is the virtual clock and this
    uint64_t seen_s, seen_ticks; // of the chain: up to when register C's flags are worked out
    uint8_t frozen[CMOS_BYTES];  // time registers as written while SET holds the clock
    struct machine_timer timer;
};

static bool chain_runs(const struct rtc *r)
{
    return (r->cmos[REG_A] & A_DIVIDER) == A_DIVIDER_RUNS;
}

static bool runs(const struct rtc *r)
{
    return chain_runs(r) && !(r->cmos[REG_B] & B_SET);
}

static uint64_t chain_ns(const struct rtc *r)
{
    return machine_now_ns(r->m) + r->phase_ns;
}

static uint64_t chain_s(const struct rtc *r)
{
    return chain_ns(r) / NS_PER_S;
}

static uint64_t chain_ticks(const struct rtc *r)
{
    return (uint64_t)((unsigned __int128)chain_ns(r) * CRYSTAL_HZ / NS_PER_S);
}

// Ticks between two periodic interrupts: rate 3..15 is 8192 Hz .. 2 Hz, 1 and 2 are 256 and 128 Hz,
// 0 is off.
static uint32_t period_ticks(const struct rtc *r)
{
    unsigned rate = r->cmos[REG_A] & A_RATE;
    if (rate == 0 || !chain_runs(r))
        return 0;
    if (rate < 3)
        rate += 7;
    return 1u << (rate - 1);
}

static uint8_t encode(const struct rtc *r, int value)
{
    return (uint8_t)(r->cmos[REG_B] & B_BINARY ? value : value % 10 | value / 10 << 4);
}

static int decode(const struct rtc *r, uint8_t value)
{
    return r->cmos[REG_B] & B_BINARY ? value : (value & 15) + (value >> 4) * 10;
}

static uint8_t encode_hour(const struct rtc *r, int hour)
{
    if (r->cmos[REG_B] & B_24H)
        return encode(r, hour);
    return (uint8_t)(encode(r, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? 0x80 : 0));
}

static int decode_hour(const struct rtc *r, uint8_t value)
{
    if (r->cmos[REG_B] & B_24H)
        return decode(r, value);
    return decode(r, value & 0x7f) % 12 + (value & 0x80 ? 12 : 0);
}

static void get_time(const struct rtc *r, struct tm *tm)
{
    time_t t = (time_t)(r->offset_s + (int64_t)chain_s(r));
    if (!gmtime_r(&t, tm))
        memset(tm, 0, sizeof *tm);
}

// The time registers as they read now.
static void fill_time(const struct rtc *r, uint8_t to[CMOS_BYTES])
{
    struct tm tm;
    get_time(r, &tm);
    int year = tm.tm_year + 1900;
    to[REG_SECONDS] = encode(r, tm.tm_sec);
    to[REG_MINUTES] = encode(r, tm.tm_min);
    to[REG_HOURS] = encode_hour(r, tm.tm_hour);
    to[REG_WEEKDAY] = encode(r, tm.tm_wday + 1);
    to[REG_DAY] = encode(r, tm.tm_mday);
    to[REG_MONTH] = encode(r, tm.tm_mon + 1);
    to[REG_YEAR] = encode(r, year % 100);
    to[REG_CENTURY] = encode(r, year / 100 % 100);
}

static void set_time(struct rtc *r, const uint8_t from[CMOS_BYTES])
{
    struct tm tm = {.tm_sec = decode(r, from[REG_SECONDS]),
                    .tm_min = decode(r, from[REG_MINUTES]),
                    .tm_hour = decode_hour(r, from[REG_HOURS]),
                    .tm_mday = decode(r, from[REG_DAY]),
                    .tm_mon = decode(r, from[REG_MONTH]) - 1,
                    .tm_year =
                        decode(r, from[REG_YEAR]) + decode(r, from[REG_CENTURY]) * 100 - 1900};
    r->offset_s = (int64_t)timegm(&tm) - (int64_t)chain_s(r);
}

static bool is_time(unsigned reg)
{
    return reg == REG_SECONDS || reg == REG_MINUTES || reg == REG_HOURS ||
           (reg >= REG_WEEKDAY && reg <= REG_YEAR) || reg == REG_CENTURY;
}

// Does the alarm go off in that second of the day?
static bool alarm_matches(const struct rtc *r, int64_t second)
{
    const uint8_t *c = r->cmos;
    uint8_t s = c[REG_SECONDS_ALARM], m = c[REG_MINUTES_ALARM], h = c[REG_HOURS_ALARM];
    return ((s & ALARM_ANY) == ALARM_ANY || decode(r, s) == second % 60) &&
           ((m & ALARM_ANY) == ALARM_ANY || decode(r, m) == second / 60 % 60) &&
           ((h & ALARM_ANY) == ALARM_ANY || decode_hour(r, h) == second / 3600);
}

// Has it gone off in one of the seconds that began after `from_s`, up to `to_s`, of the clock?
static bool alarm_went_off(const struct rtc *r, uint64_t from_s, uint64_t to_s)
{
    if (to_s - from_s > DAY_S) // then each second of the day was there
        from_s = to_s - DAY_S;
    for (uint64_t s = from_s + 1; s <= to_s; s++) {
        int64_t day = (r->offset_s + (int64_t)s) % DAY_S;
        if (alarm_matches(r, day < 0 ? day + DAY_S : day))
            return true;
    }
    return false;
}

static void update_irq(struct rtc *r)
{
    // The enables have the flags' positions.
    bool asks = r->cmos[REG_C] & r->cmos[REG_B] & (C_PF | C_AF | C_UF);
    r->cmos[REG_C] = (uint8_t)(asks ? r->cmos[REG_C] | C_IRQF : r->cmos[REG_C] & ~C_IRQF);
    machine_set_irq(r->m, RTC_IRQ, asks);
}

// From here on flags are set: of what was before nobody will know.
static void see(struct rtc *r)
{
    r->seen_s = chain_s(r);
    r->seen_ticks = chain_ticks(r);
}

// Set the flags of what happened since the last look.
static void update_flags(struct rtc *r)
{
    uint64_t now_s = chain_s(r), ticks = chain_ticks(r);
    uint32_t period = period_ticks(r);
    if (period && ticks / period != r->seen_ticks / period)
        r->cmos[REG_C] |= C_PF;
    if (runs(r) && now_s != r->seen_s) {
        r->cmos[REG_C] |= C_UF;
        if (alarm_went_off(r, r->seen_s, now_s))
            r->cmos[REG_C] |= C_AF;
    }
    r->seen_s = now_s;
    r->seen_ticks = ticks;
    update_irq(r);
}

static void arm(struct rtc *r)
{
    uint64_t next_ns = CLOCK_NEVER; // of the chain
    uint32_t period = period_ticks(r);
    if ((r->cmos[REG_B] & B_PIE) && period) {
        unsigned __int128 next = (chain_ticks(r) / period + 1) * period;
        next_ns = (uint64_t)((next * NS_PER_S + CRYSTAL_HZ - 1) / CRYSTAL_HZ);
    }
    if ((r->cmos[REG_B] & (B_UIE | B_AIE)) && runs(r)) {
        uint64_t second_ns = (chain_s(r) + 1) * NS_PER_S;
        next_ns = second_ns < next_ns ? second_ns : next_ns;
    }
    if (next_ns == CLOCK_NEVER)
        machine_timer_cancel(r->m, &r->timer);
    else
        machine_timer_set(r->m, &r->timer, next_ns - r->phase_ns);
}

static void on_timer(void *opaque)
{
    struct rtc *r = opaque;
    update_flags(r);
    arm(r);
}

static uint8_t read_register(struct rtc *r, unsigned reg)
{
    uint8_t now[CMOS_BYTES];
    uint64_t in_second_ns = chain_ns(r) % NS_PER_S;
    switch (reg) {
    case REG_A: return r->cmos[REG_A] | (runs(r) && in_second_ns >= NS_PER_S - UIP_NS ? A_UIP : 0);
    case REG_C: {
        update_flags(r);
        uint8_t flags = r->cmos[REG_C];
        r->cmos[REG_C] = 0; // reading acknowledges
        update_irq(r);
        return flags;
    }
    case REG_D: return D_VALID;
    default:
        if (!is_time(reg))
            return r->cmos[reg];
        if (!runs(r))
            return r->frozen[reg];
        fill_time(r, now);
        return now[reg];
    }
}

// The divider comes out of its reset: the first update is half a second away.
static void restart_chain(struct rtc *r)
{
    uint64_t at_ns = machine_now_ns(r->m) % NS_PER_S;
    r->phase_ns = (NS_PER_S + NS_PER_S / 2 - at_ns) % NS_PER_S;
}

static void write_register(struct rtc *r, unsigned reg, uint8_t value)
{
    bool ran = runs(r), chain_ran = chain_runs(r);
    switch (reg) {
    case REG_C:
    case REG_D: return; // read-only
    case REG_A:
        update_flags(r); // by the rate that held until now
        if (ran && (value & A_DIVIDER) != A_DIVIDER_RUNS)
            fill_time(r, r->frozen);
        r->cmos[REG_A] = value & 0x7f;
        if (!chain_ran && chain_runs(r))
            restart_chain(r);
        break;
    case REG_B: // SET clears UIE (datasheet, register B)
        update_flags(r);
        if (ran && (value & B_SET))
            fill_time(r, r->frozen); // in the format that held until now
        r->cmos[REG_B] = value & B_SET ? (uint8_t)(value & ~B_UIE) : value;
        break;
    default:
        if (is_time(reg) && ran) {
            update_flags(r);
            fill_time(r, r->frozen);
            r->frozen[reg] = value;
            set_time(r, r->frozen);
        } else if (is_time(reg)) {
            r->frozen[reg] = value;
        } else {
            update_flags(r); // by the alarm that held until now
            r->cmos[reg] = value;
        }
        return;
    }
    if (!ran && runs(r))
        set_time(r, r->frozen);
    if (!ran)
        see(r);
    update_irq(r); // an enable may have come to a flag that was there
    arm(r);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct rtc *r = opaque;
    return port & 1 ? read_register(r, r->index) : 0xffu; // 70h cannot be read
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct rtc *r = opaque;
    if (port & 1)
        write_register(r, r->index, (uint8_t)value);
    else
        r->index = value & (CMOS_BYTES - 1); // bit 7 masks NMI; there is no source of it
}

// What SeaBIOS shall try, four bits each: 1 floppy, 2 disk, 3 CD, 4 network; 0 ends the list.
static void put_boot_order(struct rtc *r)
{
    static const char letters[] = "acdn";
    const char *order = *r->m->config.boot ? r->m->config.boot : "cad";
    unsigned codes = 0;
    for (unsigned i = 0; order[i] && i < BOOT_DEVICES_MAX; i++) {
        const char *at = strchr(letters, order[i]);
        codes |= (at ? (unsigned)(at - letters) + 1 : 0) << (4 * i);
    }
    r->cmos[0x3d] = (uint8_t)codes;
    r->cmos[0x38] = (uint8_t)(codes >> 8 << 4 | 1); // bit 0: a floppy needs no boot signature
}

// What a PC BIOS leaves about memory: KB of base memory, of extended memory up to 64 MB, 64 KB
// pieces above 16 MB.
static void put_memory_sizes(struct rtc *r)
{
    uint64_t ram = mmu_ram_bytes(r->m->mmu),
             extended_kb = ram > 0x100000 ? (ram - 0x100000) / 1024 : 0;
    uint64_t above_16m = ram > 0x1000000 ? (ram - 0x1000000) / 65536 : 0;
    extended_kb = extended_kb > 0xffff ? 0xffff : extended_kb;
    above_16m = above_16m > 0xffff ? 0xffff : above_16m;
    r->cmos[0x15] = 640 & 0xff;
    r->cmos[0x16] = 640 >> 8;
    r->cmos[0x17] = r->cmos[0x30] = (uint8_t)extended_kb;
    r->cmos[0x18] = r->cmos[0x31] = (uint8_t)(extended_kb >> 8);
    r->cmos[0x34] = (uint8_t)above_16m;
    r->cmos[0x35] = (uint8_t)(above_16m >> 8);
    r->cmos[0x14] = 0x02; // equipment: a coprocessor
    unsigned first = fdc_drive_type(r->m->fdc, 0), second = fdc_drive_type(r->m->fdc, 1);
    r->cmos[0x10] = (uint8_t)(first << 4 | second);
    if (first || second) // bits 7-6: one more than that
        r->cmos[0x14] |= (uint8_t)(first && second ? 0x41 : 0x01);
    put_boot_order(r);
}

void rtc_reset(struct rtc *r)
{
    machine_timer_cancel(r->m, &r->timer);
    r->index = 0;
    // The battery keeps all the rest, SET included (datasheet, RESET).
    r->cmos[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    r->cmos[REG_C] = 0;
    see(r);
    update_irq(r);
    put_memory_sizes(r);
}

static void set_start(struct rtc *r)
{
    const struct machine_config *config = &r->m->config;
    struct timespec ts = {.tv_sec = ICOUNT_EPOCH_S};
    uint64_t now_ns = machine_now_ns(r->m);
    if (config->rtc_base == RTC_FIXED)
        ts.tv_sec = (time_t)config->rtc_s;
    else if (!config->icount)
        clock_gettime(CLOCK_REALTIME, &ts);
    struct tm tm;
    if (config->rtc_base == RTC_LOCAL && localtime_r(&ts.tv_sec, &tm))
        ts.tv_sec = timegm(&tm); // the same figures
    r->phase_ns = ((uint64_t)ts.tv_nsec + NS_PER_S - now_ns % NS_PER_S) % NS_PER_S;
    r->offset_s = (int64_t)ts.tv_sec - (int64_t)chain_s(r);
}

struct rtc *rtc_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct rtc *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->m = m;
    r->timer = (struct machine_timer){.fire = on_timer, .opaque = r};
    r->cmos[REG_A] = A_DIVIDER_RUNS | 6; // 1024 Hz
    r->cmos[REG_B] = B_24H;
    set_start(r);
    if (!machine_port_register(m, 0x70, 2, &ops, r)) {
        free(r);
        return NULL;
    }
    return r;
}

void rtc_destroy(struct rtc *r)
{
    machine_timer_cancel(r->m, &r->timer);
    free(r);
}
