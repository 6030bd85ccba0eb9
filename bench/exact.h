/* Floating point by integer arithmetic: what IEEE 754 and the manual say an x87 or SSE operation
 * gives, with its flags, at 32, 64 and 80 bits. Models of tests compute with it, and the fptest
 * suite judges processors by it; nothing here runs on a floating-point unit.
 *
 *   struct exact_env env = {.unit = EXACT_X87, .rounding = EXACT_NEAREST, .precision = 64};
 *   struct exact_num sum = exact_add(&env, EXACT_F80, exact_from80(a), exact_from80(b), false);
 *
 * Operands may be of any format; the result is rounded to the named one. Flags add up in env->flags
 * (the six exceptions as in the status word and MXCSR); env->up is the last operation's C1.
 * Responses are the masked ones, but for overflow and underflow in `unmasked`, which in x87 scale
 * the result by 2^-24576 or 2^24576 (SDM vol. 1, 8.5.4, 8.5.5) and are raised by exact tiny
 * results. Sections: Intel SDM vol. 1, 4.8 (formats, NaNs, table 4-7), 4.9 (exceptions and their
 * order), 8.5 (x87), 11.5 (SSE).
 *
 * A number's value is frac * 2^(exp - 63), bit 63 of frac set; a denormal result is left as it is
 * packed, with exp at its format's least and bit 63 clear. */
#ifndef BENCH_EXACT_H
#define BENCH_EXACT_H
#include <stdbool.h>
#include <stdint.h>

enum exact_flag {
    EXACT_INVALID = 1,
    EXACT_DENORMAL = 2,
    EXACT_ZERO_DIVIDE = 4,
    EXACT_OVERFLOW = 8,
    EXACT_UNDERFLOW = 16,
    EXACT_INEXACT = 32,
};
enum exact_rounding { EXACT_NEAREST, EXACT_DOWN, EXACT_UP, EXACT_TO_ZERO }; /* as RC */
enum exact_unit { EXACT_X87, EXACT_SSE };
enum exact_format { EXACT_F32, EXACT_F64, EXACT_F80 };
enum exact_kind {
    EXACT_ZERO,
    EXACT_NUMBER,
    EXACT_INFINITY,
    EXACT_QNAN,
    EXACT_SNAN,
    EXACT_UNSUPPORTED /* pseudo-NaN, pseudo-infinity, unnormal */
};
enum exact_order { EXACT_LESS, EXACT_EQUAL, EXACT_GREATER, EXACT_UNORDERED };

struct exact_env {
    enum exact_unit unit;
    enum exact_rounding rounding;
    uint32_t precision; /* of EXACT_F80 results: 24, 53 or 64 bits */
    bool daz, ftz;      /* MXCSR's */
    uint32_t unmasked;  /* exceptions whose response is not the masked one */
    uint32_t flags;
    bool up; /* C1: the last result was rounded away from zero */
};

struct exact_num {
    enum exact_kind kind;
    bool sign, denormal; /* denormal: as an operand */
    int32_t exp;
    uint64_t frac; /* of a NaN: as in 80 bits, bit 62 = quiet */
};

struct exact_f80 { /* as in memory */
    uint64_t frac;
    uint16_t sign_exp;
} __attribute__((packed));

struct exact_num exact_from32(uint32_t bits);
struct exact_num exact_from64(uint64_t bits);
struct exact_num exact_from80(struct exact_f80 value);
struct exact_num exact_from_int(int64_t value);
uint32_t exact_to32(struct exact_num a); /* packs; a was rounded to the format */
uint64_t exact_to64(struct exact_num a);
struct exact_f80 exact_to80(struct exact_num a);

struct exact_num exact_add(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b, bool subtract);
struct exact_num exact_mul(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b);
struct exact_num exact_div(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b);
struct exact_num exact_sqrt(struct exact_env *env, enum exact_format to, struct exact_num a);
/* a * b + c with one rounding; NaNs in the order a, b, c. */
struct exact_num exact_fma(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b, struct exact_num c);
struct exact_num exact_convert(struct exact_env *env, enum exact_format to, struct exact_num a);
struct exact_num exact_round_to_int(struct exact_env *env, enum exact_format to,
                                    struct exact_num a);
/* bits: 16, 32 or 64. The integer indefinite (only the top bit set) for what does not fit. */
int64_t exact_to_int(struct exact_env *env, struct exact_num a, uint32_t bits);
/* quiet: a QNaN is not invalid (FUCOM, UCOMISS). */
enum exact_order exact_compare(struct exact_env *env, struct exact_num a, struct exact_num b,
                               bool quiet);
/* A number times 2^by. */
struct exact_num exact_scale(struct exact_env *env, enum exact_format to, struct exact_num a,
                             int32_t by);
/* a and b are of the format itself. */
struct exact_num exact_minmax(struct exact_env *env, enum exact_format to, struct exact_num a,
                              struct exact_num b, bool max);
/* Which NaN a result takes; raises invalid for signalling and unsupported operands. True if the
 * operands decide. */
bool exact_choose_nan(struct exact_env *env, struct exact_num a, struct exact_num b,
                      struct exact_num *out);

#endif
