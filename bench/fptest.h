/* Suites of floating-point questions: a processor does an operation on all pairs of special and
 * boundary operands in all rounding and precision modes, and each result, exception flag and
 * condition code is compared with exact.h's. The questions of one operation are one test of the
 * family fptest; its answer is how many of them were right.
 *
 * A kernel does one case per iteration, the one in the table area:
 *   0x4000 control word or MXCSR     0x4004 status word or MXCSR afterwards
 *   0x4008 MXCSR to leave with       0x400C EFLAGS afterwards
 *   0x4010 a   0x4020 b   0x4060 c   0x4030 result   0x4040 image of FNSTENV */
#ifndef BENCH_FPTEST_H
#define BENCH_FPTEST_H
#include "bench/exact.h"
#include "bench/test.h"

struct fptest_case {
    uint32_t control, status, mxcsr, eflags;
    uint8_t a[16], b[16], out[16];
    uint32_t env[8];
    uint8_t c[16];
    uint32_t traps; /* #MF and #XM that it raised; filled in by fptest_ask() */
};

struct fptest_expected {
    uint8_t out[16];
    uint32_t bytes;       /* of out; the rest is not compared */
    uint32_t flags;       /* exception flags */
    uint32_t codes, mask; /* other bits of the status word: C0 to C3 */
    uint32_t eflags, eflags_mask;
    uint32_t traps;
    uint32_t tags; /* the tag word, if not 0 */
};

enum fptest_type {
    FPTEST_NONE,
    FPTEST_F32,
    FPTEST_F64,
    FPTEST_F80,
    FPTEST_I16,
    FPTEST_I32,
    FPTEST_I64,
    FPTEST_4F32,
    FPTEST_2F64
};
enum fptest_modes {
    FPTEST_RC_PC,
    FPTEST_RC,
    FPTEST_ONE,
    FPTEST_MXCSR,
    FPTEST_UNMASKED87,
    FPTEST_UNMASKED_SSE
};

struct fptest_question {
    enum fptest_type a, b, c;
    enum fptest_modes modes;
    void (*expect)(const struct fptest_case *c, struct fptest_expected *e);
};

struct fptest_case *fptest_get_case(void);
struct test_answers fptest_ask(const struct test *t, uint32_t code,
                               const struct fptest_question *question);
/* For the timed part: one ordinary case, and whether it was right. */
void fptest_setup(const struct fptest_question *question);
void fptest_model(struct test_state *s, const struct fptest_question *question);

/* Operands out of a case, results into an expectation. */
struct exact_env fptest_env87(const struct fptest_case *c);
struct exact_env fptest_env_sse(const struct fptest_case *c);
struct exact_num fptest_get80(const uint8_t *at);
void fptest_put80(struct fptest_expected *e, struct exact_num value);
void fptest_finish87(struct fptest_expected *e, const struct exact_env *env);

#define FPTEST_C0    0x100u
#define FPTEST_C1    0x200u
#define FPTEST_C2    0x400u
#define FPTEST_C3    0x4000u
#define FPTEST_STACK 0x40u

/* Functions of a row: Q(id, a, b, c, modes) with fptest_expect_<id> defined before. */
#define FPTEST_FUNCTIONS(id, a_, b_, c_, modes_)                                                   \
    static const struct fptest_question fptest_q_##id = {FPTEST_##a_, FPTEST_##b_, FPTEST_##c_,    \
                                                         FPTEST_##modes_, fptest_expect_##id};     \
    static struct test_answers fptest_answer_##id(const struct test *t, uint32_t code)             \
    {                                                                                              \
        return fptest_ask(t, code, &fptest_q_##id);                                                \
    }                                                                                              \
    static void fptest_setup_##id(struct test_state *s)                                            \
    {                                                                                              \
        (void)s;                                                                                   \
        fptest_setup(&fptest_q_##id);                                                              \
    }                                                                                              \
    static void fptest_model_##id(struct test_state *s, uint32_t n)                                \
    {                                                                                              \
        (void)n;                                                                                   \
        fptest_model(s, &fptest_q_##id);                                                           \
    }
#define FPTEST_ROW(F, TX, id, name, title, needs, code)                                            \
    TX(F, id, name, "TESTFLOAT", title, 1, FLOOR, needs | NEED_ANSWERS, code, fptest_setup_##id,   \
       fptest_model_##id, fptest_answer_##id, 0)

#endif
