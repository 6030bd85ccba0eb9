/* See fptest.h: operands, modes, asking and counting. */
#include "bench/fptest.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include "bench/run.h"

#define FPTEST_TOP 0x8000000000000000ull

/* Zeros, denormals, the edges of the ranges, one and its neighbours, values half way between
 * shorter formats, infinities, NaNs of both kinds with different payloads, and the encodings that
 * no 387 makes. */
static const struct exact_f80 fptest_f80[] = {
    {0, 0x0000},                     /* 0 */
    {0, 0x8000},                     /* -0 */
    {1, 0x0000},                     /* least denormal */
    {0x7FFFFFFFFFFFFFFFull, 0x8000}, /* -greatest denormal */
    {0x8000000000000001ull, 0x0000}, /* pseudo-denormal */
    {FPTEST_TOP, 0x0001},            /* least normal */
    {0xFFFFFFFFFFFFFFFFull, 0x8001}, /* - a little above */
    {FPTEST_TOP, 0x3FFF},            /* 1 */
    {FPTEST_TOP, 0xBFFF},            /* -1 */
    {0x8000000000000001ull, 0x3FFF}, /* the next above 1 */
    {0xFFFFFFFFFFFFFFFFull, 0x3FFE}, /* the next below 1 */
    {0xC90FDAA22168C235ull, 0xC000}, /* -pi */
    {0x8000008000000000ull, 0x3FFF}, /* 1 + 2^-24: half way for a single */
    {0x8000018000000001ull, 0x3FFF}, /* above half way, odd */
    {0x8000000000000400ull, 0x3FFF}, /* 1 + 2^-53: half way for a double */
    {0x8000000000000C00ull, 0xBFFF}, /* the same below, odd, negative */
    {0xC000000000000000ull, 0x3FC0}, /* 1.5 * 2^-63 */
    {0xA000000000000000ull, 0x4000}, /* 2.5 */
    {0xFFFFFFFF00000000ull, 0x401E}, /* 2^32 - 1 */
    {FPTEST_TOP, 0xC01E},            /* -2^31 */
    {0xFFFFFFFFFFFFFFFFull, 0x403E}, /* 2^64 - 1 */
    {FPTEST_TOP, 0xC03E},            /* -2^63 */
    {0xFFFFFFFFFFFFFFFFull, 0x7FFE}, /* greatest */
    {0xFFFFFFFFFFFFFFFFull, 0xFFFE}, /* -greatest */
    {0xFFFFFF8000000000ull, 0x407E}, /* rounds to above the greatest single */
    {0x8000000000000800ull, 0x3C00}, /* just above the least double */
    {FPTEST_TOP, 0x3F80},            /* half the least normal single */
    {FPTEST_TOP, 0x7FFF},            /* infinity */
    {FPTEST_TOP, 0xFFFF},            /* -infinity */
    {0xC000000000000000ull, 0xFFFF}, /* indefinite */
    {0xC000000000001234ull, 0x7FFF}, /* QNaN */
    {0xFFFFFFFFFFFFFFFFull, 0x7FFF}, /* QNaN, larger */
    {0x8000000000000001ull, 0x7FFF}, /* SNaN, payload lost in shorter formats */
    {0xBFFFFFFFFFFFFFFFull, 0xFFFF}, /* -SNaN */
    {0x4000000000000000ull, 0x3FFF}, /* unnormal */
    {0, 0x7FFF},                     /* pseudo-infinity */
    {0x4000000000000001ull, 0xFFFF}, /* pseudo-NaN */
};

static const uint32_t fptest_f32[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x807FFFFE, 0x00400000,
    0x00800000, 0x80800001, 0x3F800000, 0xBF800000, 0x3F800001, 0x3F7FFFFF, 0x40490FDB,
    0x3F000000, 0xBFC00000, 0x33800000, 0xB3C00001, 0x4EFFFFFF, 0x4F000000, 0xCF000000,
    0xCF000001, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F000000, 0x1F800000, 0x9FFFFFFF, 0x7F800000,
    0xFF800000, 0x7FC00000, 0xFFC12345, 0x7FFFFFFF, 0x7F800001, 0xFFBFFFFF,
};

static const uint64_t fptest_f64[] = {
    0x0000000000000000ull, 0x8000000000000000ull, 0x0000000000000001ull, 0x8000000000000001ull,
    0x000FFFFFFFFFFFFFull, 0x8008000000000001ull, 0x0010000000000000ull, 0x8010000000000001ull,
    0x3FF0000000000000ull, 0xBFF0000000000000ull, 0x3FF0000000000001ull, 0x3FEFFFFFFFFFFFFFull,
    0x400921FB54442D18ull, 0x3FE0000000000000ull, 0xBFF8000000000000ull, 0x3CA0000000000000ull,
    0x41DFFFFFFFC00000ull, 0x41DFFFFFFFE00000ull, 0x41E0000000000000ull, 0xC1E0000000200000ull,
    0xC1E0000000000000ull, 0x47EFFFFFF0000000ull, 0x36A0000000000000ull, 0x3800000010000000ull,
    0x1FF0000000000000ull, 0x9FFFFFFFFFFFFFFFull, 0x7FEFFFFFFFFFFFFFull, 0xFFEFFFFFFFFFFFFFull,
    0x7FF0000000000000ull, 0xFFF0000000000000ull, 0x7FF8000000000000ull, 0xFFF8000012345678ull,
    0x7FFFFFFFFFFFFFFFull, 0x7FF0000000000001ull, 0xFFF7FFFFFFFFFFFFull,
};

static const int64_t fptest_int[] = {
    0,
    1,
    -1,
    2,
    -3,
    100,
    -32768,
    32767,
    16777217,
    -16777219,
    2147483647,
    -2147483647,
    0x12345678,
    -0x12345678,
    0x7FFFFFFFFFFFFFFF,
    -0x7FFFFFFFFFFFFFFF,
    9007199254740993,
    -9007199254740995,
};

static uint32_t fptest_count_operands(enum fptest_type type)
{
    switch (type) {
    case FPTEST_NONE: return 1;
    case FPTEST_F32:
    case FPTEST_4F32: return sizeof fptest_f32 / sizeof fptest_f32[0];
    case FPTEST_F64:
    case FPTEST_2F64: return sizeof fptest_f64 / sizeof fptest_f64[0];
    case FPTEST_F80: return sizeof fptest_f80 / sizeof fptest_f80[0];
    default: return sizeof fptest_int / sizeof fptest_int[0];
    }
}

/* Scalars leave what is above them as a pattern. */
static void fptest_put_operand(enum fptest_type type, uint32_t index, uint8_t out[16])
{
    const uint32_t f32s = fptest_count_operands(FPTEST_F32);
    const uint32_t f64s = fptest_count_operands(FPTEST_F64);
    for (uint32_t i = 0; i < 16; i++)
        out[i] = (uint8_t)(0x31 + 7 * i);
    switch (type) {
    case FPTEST_NONE: break;
    case FPTEST_F32: memcpy(out, &fptest_f32[index], 4); break;
    case FPTEST_F64: memcpy(out, &fptest_f64[index], 8); break;
    case FPTEST_F80: memcpy(out, &fptest_f80[index], 10); break;
    case FPTEST_4F32:
        for (uint32_t i = 0; i < 4; i++)
            memcpy(out + 4 * i, &fptest_f32[(index + i * 5) % f32s], 4);
        break;
    case FPTEST_2F64:
        for (uint32_t i = 0; i < 2; i++)
            memcpy(out + 8 * i, &fptest_f64[(index + i * 11) % f64s], 8);
        break;
    default: memcpy(out, &fptest_int[index], 8);
    }
}

static uint32_t fptest_count_modes(enum fptest_modes modes)
{
    static const uint8_t count[] = {
        [FPTEST_RC_PC] = 12,     [FPTEST_RC] = 4,           [FPTEST_ONE] = 1,
        [FPTEST_UNMASKED87] = 6, [FPTEST_UNMASKED_SSE] = 6, [FPTEST_MXCSR] = 16};
    return count[modes];
}

static uint32_t fptest_control(enum fptest_modes modes, uint32_t mode)
{
    static const uint32_t precision[3] = {0x300, 0x000, 0x200};
    switch (modes) {
    case FPTEST_RC_PC: return 0x007F | precision[mode / 4] | (mode % 4) << 10;
    case FPTEST_MXCSR: /* rounding, DAZ, FTZ */
        return 0x1F80 | (mode % 4) << 13 | (mode / 4 & 1) << 6 | (mode / 8) << 15;
    case FPTEST_UNMASKED87: return 0x037F & ~(1u << mode);
    case FPTEST_UNMASKED_SSE: return 0x1F80 & ~(0x80u << mode);
    default: return 0x037F | mode << 10;
    }
}

struct fptest_case *fptest_get_case(void)
{
    return (struct fptest_case *)(void *)(port_data_area() + TEST_TABLE);
}

static void fptest_fill(const struct fptest_question *q, uint32_t mode, uint32_t i, uint32_t j,
                        uint32_t k, struct fptest_case *c)
{
    *c = (struct fptest_case){.control = fptest_control(q->modes, mode), .mxcsr = 0x1F80};
    fptest_put_operand(q->a, i, c->a);
    fptest_put_operand(q->b, j, c->b);
    fptest_put_operand(q->c, k, c->c);
}

struct fptest_tally {
    uint32_t asked, correct, result, flags, denormal, codes, traps;
    bool first_is_result;
    char first[240]; /* the first wrong answer; the first whose result is wrong, if there is one */
};

static void fptest_append_operand(char *text, uint32_t size, enum fptest_type type,
                                  const uint8_t *at)
{
    static const uint8_t words[] = {0, 1, 2, 3, 2, 2, 2, 4, 4};
    for (uint32_t i = words[type]; i--;) {
        uint32_t word;
        memcpy(&word, at + 4 * i, 4);
        if (type == FPTEST_F80 && i == 2)
            word &= 0xFFFF;
        line_append_hex(text, size, word);
    }
}

static void fptest_describe(struct fptest_tally *tally, const struct fptest_question *q,
                            const struct fptest_case *c, const struct fptest_expected *e)
{
    char *text = tally->first;
    const uint32_t size = sizeof tally->first;
    line_append(text, size, "control ");
    line_append_hex(text, size, c->control);
    line_append(text, size, " a ");
    fptest_append_operand(text, size, q->a, c->a);
    if (q->b) {
        line_append(text, size, " b ");
        fptest_append_operand(text, size, q->b, c->b);
    }
    line_append(text, size, ": status ");
    line_append_hex(text, size, c->status);
    if (e->eflags_mask) {
        line_append(text, size, " eflags ");
        line_append_hex(text, size, c->eflags & e->eflags_mask);
        line_append(text, size, ", not ");
        line_append_hex(text, size, e->eflags);
        return;
    }
    line_append(text, size, " result ");
    fptest_append_operand(text, size, e->bytes > 10 ? FPTEST_4F32 : FPTEST_F80, c->out);
    line_append(text, size, ", not ");
    line_append_hex(text, size, e->flags | e->codes);
    line_append(text, size, " ");
    fptest_append_operand(text, size, e->bytes > 10 ? FPTEST_4F32 : FPTEST_F80, e->out);
}

static bool fptest_judge(const struct fptest_question *q, struct fptest_tally *tally)
{
    const struct fptest_case *c = fptest_get_case();
    struct fptest_expected e = {.bytes = 0};
    q->expect(c, &e);
    const uint32_t flags =
        0x3Fu | (q->modes == FPTEST_MXCSR || q->modes == FPTEST_UNMASKED_SSE ? 0 : FPTEST_STACK);
    const uint32_t differ = (c->status ^ e.flags) & flags;
    bool result = !memcmp(c->out, e.out, e.bytes);
    bool codes = (c->status & e.mask) == e.codes && (c->eflags & e.eflags_mask) == e.eflags &&
                 (!e.tags || (c->env[2] & 0xFFFF) == e.tags);
    bool traps = c->traps == e.traps;
    bool right = result && !differ && codes && traps;
    tally->asked++;
    tally->correct += right;
    tally->result += !result;
    tally->flags += (differ & ~(uint32_t)EXACT_DENORMAL) != 0;
    tally->denormal += (differ & EXACT_DENORMAL) != 0;
    tally->codes += !codes;
    tally->traps += !traps;
    if (!right && (!tally->first[0] || (!result && !tally->first_is_result))) {
        tally->first[0] = 0;
        tally->first_is_result = !result;
        fptest_describe(tally, q, c, &e);
    }
    return right;
}

static void fptest_append_count(char *text, uint32_t size, uint32_t count, const char *what)
{
    if (!count)
        return;
    line_append(text, size, ", ");
    line_append(text, size, what);
    line_append(text, size, " in ");
    line_append_dec(text, size, count);
}

static void fptest_report(const struct test *t, const struct fptest_tally *tally)
{
    char text[460] = "";
    line_append_dec(text, sizeof text, tally->correct);
    line_append(text, sizeof text, " of ");
    line_append_dec(text, sizeof text, tally->asked);
    line_append(text, sizeof text, " right; wrong");
    fptest_append_count(text, sizeof text, tally->result, "result");
    fptest_append_count(text, sizeof text, tally->flags, "flags");
    fptest_append_count(text, sizeof text, tally->denormal, "denormal flag");
    fptest_append_count(text, sizeof text, tally->codes, "codes");
    fptest_append_count(text, sizeof text, tally->traps, "exceptions raised");
    line_append(text, sizeof text, "; first: ");
    line_append(text, sizeof text, tally->first);
    line_note(t->name, text);
}

/* All pairs in the first mode, a third of them in each of the others; of triples a ninth. */
struct test_answers fptest_ask(const struct test *t, uint32_t code, const struct fptest_question *q)
{
    static struct fptest_tally tally;
    const uint32_t data = (uint32_t)(uintptr_t)port_data_area();
    const uint32_t as = fptest_count_operands(q->a), bs = fptest_count_operands(q->b),
                   cs = fptest_count_operands(q->c);
    memset(&tally, 0, sizeof tally);
    for (uint32_t mode = 0; mode < fptest_count_modes(q->modes); mode++)
        for (uint32_t i = 0; i < as; i++)
            for (uint32_t j = 0; j < bs; j++)
                for (uint32_t k = 0; k < cs; k++) {
                    if (bs > 1 && mode && (i + 2 * j + mode) % 3)
                        continue;
                    if (cs > 1 && (i + 5 * j + 3 * k + mode) % (mode ? 67 : 13))
                        continue;
                    fptest_fill(q, mode, i, j, k, fptest_get_case());
                    run_regs = (struct kern_regs){.esi = data, .edi = data + TEST_HALF, .ebp = 1};
                    port_trap_count[16] = port_trap_count[19] = 0;
                    run_kernel(code);
                    fptest_get_case()->traps = port_trap_count[16] + port_trap_count[19];
                    fptest_judge(q, &tally);
                }
    if (tally.correct != tally.asked)
        fptest_report(t, &tally);
    return (struct test_answers){tally.asked, tally.correct};
}

/* The timed case: ordinary numbers, to nearest. */
static uint32_t fptest_ordinary(enum fptest_type type)
{
    switch (type) {
    case FPTEST_F80: return 11;
    case FPTEST_F32:
    case FPTEST_4F32: return 13;
    case FPTEST_F64:
    case FPTEST_2F64: return 12;
    default: return fptest_count_operands(type) > 5 ? 5 : 0;
    }
}

void fptest_setup(const struct fptest_question *q)
{
    fptest_fill(q, 0, fptest_ordinary(q->a), fptest_ordinary(q->b), fptest_ordinary(q->c),
                fptest_get_case());
}

/* Wrong answers to the hard questions are counted by fptest_ask(); here it is one plain sum. */
void fptest_model(struct test_state *s, const struct fptest_question *q)
{
    static struct fptest_tally tally;
    memset(&tally, 0, sizeof tally);
    fptest_judge(q, &tally);
    if (tally.result)
        s->why = "the result of ordinary operands is wrong";
}

/* ---- for the expectations ---- */

struct exact_env fptest_env87(const struct fptest_case *c)
{
    static const uint32_t bits[4] = {24, 64, 53, 64};
    return (struct exact_env){.unit = EXACT_X87,
                              .rounding = (enum exact_rounding)(c->control >> 10 & 3),
                              .precision = bits[c->control >> 8 & 3],
                              .unmasked = ~c->control & 0x3F};
}

struct exact_env fptest_env_sse(const struct fptest_case *c)
{
    return (struct exact_env){.unit = EXACT_SSE,
                              .rounding = (enum exact_rounding)(c->control >> 13 & 3),
                              .precision = 64,
                              .daz = c->control >> 6 & 1,
                              .ftz = c->control >> 15 & 1,
                              .unmasked = ~(c->control >> 7) & 0x3F};
}

struct exact_num fptest_get80(const uint8_t *at)
{
    struct exact_f80 value;
    memcpy(&value, at, 10);
    return exact_from80(value);
}

void fptest_put80(struct fptest_expected *e, struct exact_num value)
{
    struct exact_f80 packed = exact_to80(value);
    memcpy(e->out, &packed, 10);
    e->bytes = 10;
}

void fptest_finish87(struct fptest_expected *e, const struct exact_env *env)
{
    e->flags = env->flags;
    e->mask |= FPTEST_C1;
    e->codes |= env->up ? FPTEST_C1 : 0;
}
