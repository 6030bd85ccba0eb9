/* See measure.h. The order inside one sample:
 *   copy the kernel to its place of this round, choose N if it is not frozen, warm up,
 *   calibrate, begin line, N timed, end line, begin line, 2N timed, end line, calibrate, judge,
 * sample line. Nothing is printed, checked or prepared inside of a timed interval. */
#include "bench/measure.h"
#include "bench/calib.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include "bench/run.h"

#define MEASURE_CHUNKS 32u
#define MEASURE_TRIES  3u

static struct measure_settings settings;
static uint8_t model_data[TEST_DATA_BYTES] __attribute__((aligned(64)));
static bool model_wrong_noted;

void measure_init(const struct measure_settings *s)
{
    settings = *s;
}

static uint32_t measure_next_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

struct measure_interval {
    struct test_state state; /* as prepared */
    uint64_t ticks;
    uint32_t flags;
    uint32_t known; /* of what others took meanwhile: PORT_KNOWS_ */
    struct port_interference taken;
};

static uint32_t measure_code_address(uint32_t round)
{
    return (uint32_t)(uintptr_t)port_code_arena() + round % 4 * 16;
}

static void measure_prepare(const struct catalogue_entry *e, uint32_t code, uint32_t n,
                            struct test_state *s)
{
    uint32_t random = (e->id ^ settings.seed * 0x9E3779B9u ^ n * 0x85EBCA6Bu) | 1;
    uint8_t *data = port_data_area();
    uint32_t *words = (uint32_t *)(void *)data;
    for (uint32_t i = 0; i < TEST_DATA_BYTES / 4; i++)
        words[i] = measure_next_random(&random);
    *s = (struct test_state){.cf = -1,
                             .data = data,
                             .data32 = words,
                             .base = (uint32_t)(uintptr_t)data,
                             .code = code,
                             .test = e->test};
    s->regs.eax = measure_next_random(&random);
    s->regs.ebx = measure_next_random(&random) | 1;
    s->regs.ecx = measure_next_random(&random);
    s->regs.edx = measure_next_random(&random);
    s->regs.esi = s->base;
    s->regs.edi = s->base + TEST_HALF;
    s->regs.eflags = 1; /* carry set: a first carry that is dropped shows */
    if (e->test->setup)
        e->test->setup(s);
    s->regs.eflags &= 1;
    memcpy(model_data, data, sizeof model_data);
}

static void measure_gaps(const uint64_t *stamp, uint32_t chunks, struct measure_interval *out)
{
    uint64_t smallest = ~0ull, lost = 0;
    for (uint32_t i = 0; i < chunks; i++)
        if (stamp[i + 1] - stamp[i] < smallest)
            smallest = stamp[i + 1] - stamp[i];
    for (uint32_t i = 0; i < chunks; i++)
        if (2 * (stamp[i + 1] - stamp[i]) > 3 * smallest)
            lost += stamp[i + 1] - stamp[i] - smallest;
    if (100 * lost > out->ticks)
        out->flags |= MEASURE_STEAL;
}

/* What is in the books behind an interval, less what was before it. */
static void measure_take_interference(const struct port_interference *before, uint32_t known,
                                      struct measure_interval *out)
{
    struct port_interference after;
    out->known = known & port_read_interference(&after, true);
    out->taken.wait_ns = after.wait_ns - before->wait_ns;
    out->taken.wall_ns = after.wall_ns - before->wall_ns;
    out->taken.cpu_ns = after.cpu_ns - before->cpu_ns;
    out->taken.preempted = after.preempted - before->preempted;
    out->taken.faults = after.faults - before->faults;
}

/* marked: part of a sample, so it carries the marker port's stamps. */
static void measure_interval(const struct catalogue_entry *e, uint32_t code, uint32_t n,
                             bool marked, struct measure_interval *out)
{
    /* A guest's interval is one piece: its own clock is not good enough to find gaps with. */
    uint32_t chunks = !port_is_guest && e->test->kind == KIND_FLOOR && n >= 2 * MEASURE_CHUNKS
                          ? MEASURE_CHUNKS
                          : 1;
    uint64_t stamp[MEASURE_CHUNKS + 1];
    uint32_t cpu_before = 0, cpu_after = 0, known = 0;
    struct port_interference before = {.wait_ns = 0};

    measure_prepare(e, code, n, &out->state);
    out->flags = out->known = 0;
    run_regs = out->state.regs;
    if (marked)
        known = port_read_interference(&before, false);
    clock_end_tsc(&cpu_before);
    if (marked)
        port_write_marker(1u << 24 | e->id);
    stamp[0] = clock_begin_tsc();
    for (uint32_t i = 0; i + 1 < chunks; i++) {
        run_regs.ebp = n / chunks;
        run_kernel(code);
        stamp[i + 1] = clock_rdtsc();
    }
    run_regs.ebp = n - n / chunks * (chunks - 1);
    run_kernel(code);
    stamp[chunks] = clock_end_tsc(&cpu_after);
    if (marked)
        port_write_marker(2u << 24 | e->id);
    if (marked)
        measure_take_interference(&before, known, out);
    out->ticks = stamp[chunks] - stamp[0];
    if (cpu_before != cpu_after)
        out->flags |= MEASURE_MIGRATED;
    if (chunks > 1)
        measure_gaps(stamp, chunks, out);
}

struct measure_digest {
    uint32_t word[9]; /* eax ebx ecx edx esi edi ebp, carry, CRC-32 of the data area */
};

static void measure_put_digest(const char *key, const struct measure_digest *d)
{
    char text[9 * 8 + 1] = "";
    for (uint32_t i = 0; i < 9; i++)
        line_append_hex(text, sizeof text, d->word[i]);
    line_put_str(key, text);
}

/* True if the kernel left what the model says; the digests are filled in when it did not. */
static bool measure_judge(const struct catalogue_entry *e, uint32_t n, struct test_state *s,
                          struct measure_digest *answer, struct measure_digest *want)
{
    static const char *const label[9] = {"eax", "ebx", "ecx",   "edx",   "esi",
                                         "edi", "ebp", "carry", "memory"};
    const struct kern_regs got = run_regs;
    uint8_t *real = s->data;
    s->data = model_data;
    s->data32 = (uint32_t *)(void *)model_data;
    s->got = &got;
    s->regs.ebp = 0;
    e->test->model(s, n);
    uint32_t carry = s->cf < 0 ? 0 : got.eflags & 1;
    *answer = (struct measure_digest){
        {got.eax, got.ebx, got.ecx, got.edx, got.esi, got.edi, got.ebp, carry, 0}};
    *want =
        (struct measure_digest){{s->regs.eax, s->regs.ebx, s->regs.ecx, s->regs.edx, s->regs.esi,
                                 s->regs.edi, s->regs.ebp, s->cf < 0 ? 0 : (uint32_t)s->cf, 0}};
    bool right = !s->why && !memcmp(real, model_data, TEST_DATA_BYTES) &&
                 !memcmp(answer, want, sizeof *want);
    if (right)
        return true;
    answer->word[8] = line_crc32(0, real, TEST_DATA_BYTES);
    want->word[8] = line_crc32(0, model_data, TEST_DATA_BYTES);
    if (model_wrong_noted)
        return false;
    model_wrong_noted = true;
    char text[240] = "n ";
    line_append_dec(text, sizeof text, n);
    if (s->why) {
        line_append(text, sizeof text, "; ");
        line_append(text, sizeof text, s->why);
    }
    for (uint32_t i = 0; i < 9; i++)
        if (answer->word[i] != want->word[i]) {
            line_append(text, sizeof text, "; ");
            line_append(text, sizeof text, label[i]);
            line_append(text, sizeof text, " is ");
            line_append_hex(text, sizeof text, answer->word[i]);
            line_append(text, sizeof text, ", not ");
            line_append_hex(text, sizeof text, want->word[i]);
        }
    for (uint32_t i = 0; i < TEST_DATA_BYTES; i++)
        if (real[i] != model_data[i]) {
            line_append(text, sizeof text, "; first wrong byte at data + ");
            line_append_hex(text, sizeof text, i);
            break;
        }
    line_note(e->test->name, text);
    return false;
}

static uint64_t measure_time_once(const struct catalogue_entry *e, uint32_t code, uint32_t n)
{
    struct measure_interval interval;
    measure_interval(e, code, n, false, &interval);
    return interval.ticks;
}

/* How far t_more / t_n is from more / n, in parts per million. */
static uint32_t measure_compare_ppm(uint64_t t_n, uint64_t t_more, uint32_t n, uint32_t more)
{
    uint32_t shift = 0;
    /* 26 bits of time, times 2^20, stay within 64 with room for the rest. */
    while ((t_n | t_more) >> shift >> 26)
        shift++;
    t_n >>= shift, t_more >>= shift;
    if (!t_n || !t_more)
        return 1000000;
    uint64_t got = div_u64_u32(t_more << 20, (uint32_t)t_n, NULL);
    uint64_t want = div_u64_u32((uint64_t)more << 20, n, NULL);
    uint64_t error = got > want ? got - want : want - got;
    if (error >> 32)
        return 1000000;
    return (uint32_t)div_u64_u32(error * 1000000, (uint32_t)want, NULL);
}

/* Is t(1.035 N) / t(N) 1.035? Asked of the fastest runs so far, until it is: a disturbance is not a
 * nonlinearity. */
static bool measure_is_linear(const struct catalogue_entry *e, uint32_t code, uint32_t n)
{
    const uint32_t more = n + n * 35 / 1000, tries = port_is_guest ? 2 : 5,
                   ppm = port_is_guest ? 10000 : 2500;
    uint64_t t_n = ~0ull, t_more = ~0ull;
    for (uint32_t i = 0; i < tries; i++) {
        uint64_t t = measure_time_once(e, code, n);
        t_n = t < t_n ? t : t_n;
        t = measure_time_once(e, code, more);
        t_more = t < t_more ? t : t_more;
        if (measure_compare_ppm(t_n, t_more, n, more) <= ppm)
            return true;
    }
    return false;
}

/* The smallest power of two that takes min_us, doubled until it is linear: natively twice at most,
 * in a guest once, since there N is 50 ms and a sweep has to end. */
static uint32_t measure_choose_shift(const struct catalogue_entry *e, uint32_t code, bool *linear)
{
    uint64_t ticks = div_u64_u32((uint64_t)settings.min_us * settings.tsc_khz, 1000, NULL);
    uint32_t shift = 0, limit = MEASURE_MAX_SHIFT - 1, doublings = port_is_guest ? 1 : 2;
    while (e->test->max_n && limit && 2u << limit > e->test->max_n)
        limit--;
    /* Long enough must be seen twice: the first run of new code is slow, and a disturbance is not
     * length. */
    while (shift < limit) {
        uint64_t t = measure_time_once(e, code, 1u << shift);
        if (t >= ticks)
            t = measure_time_once(e, code, 1u << shift);
        if (t >= ticks)
            break;
        /* Leap to a quarter of the way (what starting up adds to t makes leaps shorter, not
         * longer), then double. */
        for (shift++; shift < limit && 8 * t < ticks; t *= 2)
            shift++;
    }
    *linear = true;
    if (!settings.test_linearity || e->test->kind != KIND_FLOOR || shift < 8)
        return shift;
    while (!(*linear = measure_is_linear(e, code, 1u << shift)) && doublings-- && shift < limit)
        shift++;
    return shift;
}

/* Two successive runs within 2 %, or 20 ms. A guest's frozen N was warmed when it was chosen, but
 * its code has moved: a sixteenth of N is enough to translate it. */
static void measure_warm_up(const struct catalogue_entry *e, uint32_t code, uint32_t n)
{
    if (port_is_guest) {
        measure_time_once(e, code, n >= 16 ? n / 16 : 1);
        return;
    }
    uint64_t before = measure_time_once(e, code, n), spent = before;
    while (spent < (uint64_t)settings.tsc_khz * 20) {
        uint64_t now = measure_time_once(e, code, n),
                 apart = now > before ? now - before : before - now;
        if (50 * apart <= before)
            return;
        before = now;
        spent += now;
    }
}

static void measure_print_edge(const char *event, const struct catalogue_entry *e, uint32_t round,
                               uint32_t n)
{
    line_open(event);
    line_put_str("test", e->test->name);
    line_put_hex("code", e->code_sha, 32);
    line_put_u64("round", round);
    line_put_u64("n", n);
    line_close();
}

struct measure_try {
    uint64_t ticks[2];
    struct calib before, after;
    uint32_t flags, known;
    struct port_interference taken; /* in both intervals */
};

#define MEASURE_DISTURBED                                                                          \
    (MEASURE_STEAL | MEASURE_MIGRATED | MEASURE_CLOCK_MOVED | MEASURE_NEGATIVE | MEASURE_WAITED)

/* Adds what others took during one interval. */
static void measure_add_interference(const struct measure_interval *interval,
                                     struct measure_try *to)
{
    const struct port_interference *taken = &interval->taken;
    to->known &= interval->known;
    to->taken.wait_ns += taken->wait_ns;
    to->taken.wall_ns += taken->wall_ns;
    to->taken.cpu_ns += taken->cpu_ns;
    to->taken.preempted += taken->preempted;
    to->taken.faults += taken->faults;
}

/* A wait of more than 1 % of the sample's time is in it. Not where a test waits for others by what
 * it is (spread): there it is only told. */
static bool measure_has_waited(const struct catalogue_entry *e, const struct measure_try *t)
{
    uint64_t ticks = t->ticks[0] + t->ticks[1], wait_us = div_u64_u32(t->taken.wait_ns, 1000, NULL);
    return e->test->kind == KIND_FLOOR && t->known & PORT_KNOWS_WAIT &&
           div_u64_u32(wait_us * settings.tsc_khz, 10, NULL) > ticks;
}

static void measure_put_interference(const struct measure_try *t)
{
    const struct port_interference *taken = &t->taken;
    if (t->known & PORT_KNOWS_WAIT)
        line_put_u64("wait_ns", taken->wait_ns);
    if (t->known & PORT_KNOWS_AWAY)
        line_put_u64("away_ns",
                     taken->wall_ns > taken->cpu_ns ? taken->wall_ns - taken->cpu_ns : 0);
    if (t->known & PORT_KNOWS_USAGE) {
        line_put_u64("preempted", taken->preempted);
        line_put_u64("faults", taken->faults);
    }
}

/* Undisturbed before disturbed, positive before negative. The clock's error and an interruption are
 * not comparable, so among the disturbed the later counts, unless it is negative. */
static bool measure_is_better(const struct measure_try *a, const struct measure_try *b)
{
    if (b->flags == ~0u)
        return true;
    if (!(a->flags & MEASURE_DISTURBED) || !(b->flags & MEASURE_DISTURBED))
        return !(a->flags & MEASURE_DISTURBED);
    return !(a->flags & MEASURE_NEGATIVE) || b->flags & MEASURE_NEGATIVE;
}

static bool measure_ratio_is_three(const struct calib *c)
{
    return c->ratio_milli >= 2970 && c->ratio_milli <= 3030;
}

/* Calibrate, N, 2N, calibrate. False if an answer was wrong; *answer and *want are those of the
 * first such. */
static bool measure_try(const struct catalogue_entry *e, uint32_t code, uint32_t round, uint32_t n,
                        struct measure_try *out, struct measure_digest *answer,
                        struct measure_digest *want)
{
    bool right = true;
    *out = (struct measure_try){.known = ~0u};
    calib_measure(&out->before);
    for (uint32_t k = 0; k < 2; k++) {
        struct measure_interval interval;
        measure_print_edge("begin", e, round, n << k);
        measure_interval(e, code, n << k, true, &interval);
        measure_print_edge("end", e, round, n << k);
        out->flags |= interval.flags;
        out->ticks[k] = interval.ticks;
        measure_add_interference(&interval, out);
        if (right)
            right = measure_judge(e, n << k, &interval.state, answer, want);
    }
    calib_measure(&out->after);
    uint32_t low = out->before.core_khz, high = out->after.core_khz;
    if (low > high)
        low = out->after.core_khz, high = out->before.core_khz;
    if (high - low > low / 100)
        out->flags |= MEASURE_CLOCK_MOVED;
    if (!measure_ratio_is_three(&out->before) || !measure_ratio_is_three(&out->after))
        out->flags |= MEASURE_NO_CORE_CLOCK;
    if (out->ticks[1] < out->ticks[0])
        out->flags |= MEASURE_NEGATIVE;
    if (measure_has_waited(e, out))
        out->flags |= MEASURE_WAITED;
    return right;
}

uint32_t measure_sample(const struct catalogue_entry *e, uint32_t round, int *shift)
{
    static bool nonlinear[CATALOGUE_MAX]; /* as found when N was chosen */
    const uint32_t index = (uint32_t)(e - catalogue), code = measure_code_address(round);
    struct measure_digest answer = {{0}}, want = {{0}};
    struct measure_try kept = {.flags = ~0u};
    bool right = true;
    uint32_t wrong = 0;

    memcpy((void *)(uintptr_t)code, e->test->code, (size_t)(e->test->code_end - e->test->code));
    model_wrong_noted = false;
    if (*shift < 0) {
        bool linear;
        *shift = (int)measure_choose_shift(e, code, &linear);
        nonlinear[index] = !linear;
    }
    uint32_t n = 1u << *shift;
    measure_warm_up(e, code, n);
    for (uint32_t try = 1; try <= MEASURE_TRIES; try++) {
        struct measure_try now;
        right &= measure_try(e, code, round, n, &now, &answer, &want);
        now.flags |= nonlinear[index] ? MEASURE_NONLINEAR : 0;
        if (measure_is_better(&now, &kept))
            kept = now;
        /* A guest's clocks say too little to drop a sample for: there the collector decides. */
        if (port_is_guest || !(now.flags & MEASURE_DISTURBED) || try == MEASURE_TRIES)
            break;
        line_note(e->test->name, "sample taken again: the clock moved or time was stolen");
    }
    /* Asked in round 0 only: what is wrong stays wrong, and thousands of questions take time. */
    struct test_answers answers = {0, 0};
    if (e->test->answer && !round)
        answers = e->test->answer(e->test, code);
    wrong = answers.asked - answers.correct;
    wrong += !right;
    line_open("sample");
    line_put_str("test", e->test->name);
    line_put_hex("code", e->code_sha, 32);
    line_put_u64("id", e->id);
    line_put_u64("round", round);
    line_put_u64("n", n);
    line_put_u64("t1", kept.ticks[0]);
    line_put_u64("t2", kept.ticks[1]);
    line_put_pair("cal", kept.before.core_khz, kept.after.core_khz);
    line_put_u64("flags", kept.flags);
    measure_put_interference(&kept);
    line_put_str("check", wrong ? "wrong" : "ok");
    if (!right) {
        measure_put_digest("answer", &answer);
        measure_put_digest("want", &want);
    }
    if (answers.asked) {
        line_put_u64("asked", answers.asked);
        line_put_u64("correct", answers.correct);
    }
    line_close();
    return wrong;
}
