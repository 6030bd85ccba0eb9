/* See exact.h. */
#include "bench/exact.h"

struct exact_wide { /* 128 bits; bit 63 of hi is the integer bit where a number is normalized */
    uint64_t hi, lo;
};

struct exact_limits {
    uint32_t bits;
    int32_t least, greatest; /* exponents of normal numbers */
};

#define EXACT_TOP   0x8000000000000000ull
#define EXACT_SCALE 24576

static struct exact_limits exact_get_limits(const struct exact_env *env, enum exact_format format)
{
    static const struct exact_limits limits[] = {[EXACT_F32] = {24, -126, 127},
                                                 [EXACT_F64] = {53, -1022, 1023},
                                                 [EXACT_F80] = {64, -16382, 16383}};
    struct exact_limits l = limits[format];
    if (format == EXACT_F80)
        l.bits = env->precision;
    return l;
}

/* ---- 128 bits ---- */

/* Bits that fall out stay as a one in the lowest place. */
static struct exact_wide exact_shift_right(struct exact_wide a, uint32_t by)
{
    if (!by)
        return a;
    if (by > 127)
        return (struct exact_wide){0, (a.hi | a.lo) != 0};
    if (by > 63) {
        bool sticky = a.lo || (by > 64 && a.hi << (128 - by));
        return (struct exact_wide){0, a.hi >> (by - 64) | sticky};
    }
    bool sticky = a.lo << (64 - by);
    return (struct exact_wide){a.hi >> by, a.hi << (64 - by) | a.lo >> by | sticky};
}

static struct exact_wide exact_shift_left(struct exact_wide a, uint32_t by)
{
    if (!by)
        return a;
    return (struct exact_wide){a.hi << by | a.lo >> (64 - by), a.lo << by};
}

static uint32_t exact_count_zeros(uint64_t a)
{
    uint32_t count = 0;
    while (count < 64 && !(a >> (63 - count) & 1))
        count++;
    return count;
}

static struct exact_wide exact_multiply(uint64_t a, uint64_t b)
{
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, mid = ah * bl + (low >> 32), mid2 = al * bh + (uint32_t)mid;
    return (struct exact_wide){ah * bh + (mid >> 32) + (mid2 >> 32), mid2 << 32 | (uint32_t)low};
}

/* ---- formats ---- */

static struct exact_num exact_unpack(bool sign, int32_t exp, int32_t least, bool top_exp,
                                     bool zero_exp, uint64_t frac)
{
    struct exact_num a = {.sign = sign, .exp = exp, .frac = frac | EXACT_TOP};
    if (top_exp) {
        a.kind = !(frac << 1) ? EXACT_INFINITY : frac >> 62 & 1 ? EXACT_QNAN : EXACT_SNAN;
    } else if (zero_exp) {
        a.kind = frac ? EXACT_NUMBER : EXACT_ZERO;
        a.denormal = frac != 0;
        if (frac) {
            uint32_t shift = exact_count_zeros(frac);
            a.frac = frac << shift;
            a.exp = least - (int32_t)shift;
        }
    } else {
        a.kind = EXACT_NUMBER;
    }
    return a;
}

struct exact_num exact_from32(uint32_t bits)
{
    uint32_t exp = bits >> 23 & 0xFF;
    return exact_unpack(bits >> 31, (int32_t)exp - 127, -126, exp == 0xFF, !exp,
                        (uint64_t)(bits & 0x7FFFFF) << 40);
}

struct exact_num exact_from64(uint64_t bits)
{
    uint32_t exp = (uint32_t)(bits >> 52) & 0x7FF;
    return exact_unpack(bits >> 63, (int32_t)exp - 1023, -1022, exp == 0x7FF, !exp,
                        (bits & 0xFFFFFFFFFFFFFull) << 11);
}

struct exact_num exact_from80(struct exact_f80 value)
{
    uint32_t exp = value.sign_exp & 0x7FFF;
    struct exact_num a = exact_unpack(value.sign_exp >> 15, (int32_t)exp - 16383, -16382,
                                      exp == 0x7FFF, !exp, value.frac);
    if (exp && !(value.frac >> 63))
        a.kind = EXACT_UNSUPPORTED;
    return a;
}

struct exact_num exact_from_int(int64_t value)
{
    struct exact_num a = {.kind = EXACT_ZERO, .sign = value < 0};
    if (!value)
        return a;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint32_t shift = exact_count_zeros(size);
    return (struct exact_num){EXACT_NUMBER, value < 0, false, 63 - (int32_t)shift, size << shift};
}

static uint32_t exact_biased(struct exact_num a, int32_t bias)
{
    return a.frac >> 63 ? (uint32_t)(a.exp + bias) : 0;
}

uint32_t exact_to32(struct exact_num a)
{
    uint32_t sign = (uint32_t)a.sign << 31, frac = (uint32_t)(a.frac >> 40) & 0x7FFFFF;
    switch (a.kind) {
    case EXACT_ZERO: return sign;
    case EXACT_NUMBER: return sign | exact_biased(a, 127) << 23 | frac;
    case EXACT_INFINITY: return sign | 0x7F800000u;
    default: return sign | 0x7F800000u | frac;
    }
}

uint64_t exact_to64(struct exact_num a)
{
    uint64_t sign = (uint64_t)a.sign << 63, frac = a.frac >> 11 & 0xFFFFFFFFFFFFFull;
    switch (a.kind) {
    case EXACT_ZERO: return sign;
    case EXACT_NUMBER: return sign | (uint64_t)exact_biased(a, 1023) << 52 | frac;
    case EXACT_INFINITY: return sign | 0x7FF0000000000000ull;
    default: return sign | 0x7FF0000000000000ull | frac;
    }
}

struct exact_f80 exact_to80(struct exact_num a)
{
    uint32_t sign = (uint32_t)a.sign << 15;
    switch (a.kind) {
    case EXACT_ZERO: return (struct exact_f80){0, (uint16_t)sign};
    case EXACT_NUMBER: return (struct exact_f80){a.frac, (uint16_t)(sign | exact_biased(a, 16383))};
    case EXACT_INFINITY: return (struct exact_f80){EXACT_TOP, (uint16_t)(sign | 0x7FFF)};
    default: return (struct exact_f80){a.frac, (uint16_t)(sign | 0x7FFF)};
    }
}

/* ---- rounding ---- */

/* Rounds hi to its top `bits` bits. *carry: it became 2^64. */
static uint64_t exact_round_bits(const struct exact_env *env, bool sign, struct exact_wide a,
                                 uint32_t bits, bool *inexact, bool *up, bool *carry)
{
    uint64_t mask = bits == 64 ? 0 : ~0ull >> bits, kept = a.hi & ~mask;
    bool half, rest;
    if (bits == 64) {
        half = a.lo >> 63;
        rest = a.lo << 1;
    } else {
        half = a.hi >> (63 - bits) & 1;
        rest = (a.hi & mask >> 1) || a.lo;
    }
    *inexact = half || rest;
    *carry = false;
    switch (env->rounding) {
    case EXACT_NEAREST: *up = half && (rest || (kept & (mask + 1))); break;
    case EXACT_DOWN: *up = sign && *inexact; break;
    case EXACT_UP: *up = !sign && *inexact; break;
    default: *up = false;
    }
    if (*up) {
        kept += mask + 1;
        *carry = !kept;
    }
    return kept;
}

static struct exact_num exact_overflow(struct exact_env *env, struct exact_limits l, bool sign)
{
    bool infinite =
        env->rounding == EXACT_NEAREST || env->rounding == (sign ? EXACT_DOWN : EXACT_UP);
    env->flags |= EXACT_OVERFLOW | EXACT_INEXACT;
    env->up = infinite;
    if (infinite)
        return (struct exact_num){.kind = EXACT_INFINITY, .sign = sign, .frac = EXACT_TOP};
    return (struct exact_num){EXACT_NUMBER, sign, false, l.greatest,
                              l.bits == 64 ? ~0ull : ~(~0ull >> l.bits)};
}

/* a normalized. Tiny means tiny after rounding as if exponents had no bound (SDM vol. 1, 4.9.1.5).
 */
static struct exact_num exact_round(struct exact_env *env, enum exact_format to, bool sign,
                                    int32_t exp, struct exact_wide a)
{
    struct exact_limits l = exact_get_limits(env, to);
    struct exact_num out = {.kind = EXACT_NUMBER, .sign = sign, .exp = exp};
    bool inexact, carry, tiny = false;
    if (exp < l.least) {
        exact_round_bits(env, sign, a, l.bits, &inexact, &env->up, &carry);
        tiny = exp + carry < l.least;
        if (tiny && env->unmasked & EXACT_UNDERFLOW) {
            out.frac = exact_round_bits(env, sign, a, l.bits, &inexact, &env->up, &carry);
            env->flags |= EXACT_UNDERFLOW | (inexact ? EXACT_INEXACT : 0);
            out.frac |= carry ? EXACT_TOP : 0;
            out.exp += EXACT_SCALE + carry;
            return out;
        }
        if (tiny && env->ftz) {
            env->flags |= EXACT_UNDERFLOW | EXACT_INEXACT;
            return (struct exact_num){.kind = EXACT_ZERO, .sign = sign};
        }
        a = exact_shift_right(a, (uint32_t)(l.least - exp));
        out.exp = l.least;
    }
    out.frac = exact_round_bits(env, sign, a, l.bits, &inexact, &env->up, &carry);
    if (carry) {
        out.frac = EXACT_TOP;
        out.exp++;
    }
    if (out.exp > l.greatest && env->unmasked & EXACT_OVERFLOW) {
        env->flags |= EXACT_OVERFLOW | (inexact ? EXACT_INEXACT : 0);
        out.exp -= EXACT_SCALE;
        return out;
    }
    if (out.exp > l.greatest)
        return exact_overflow(env, l, sign);
    if (inexact)
        env->flags |= EXACT_INEXACT | (tiny ? EXACT_UNDERFLOW : 0);
    if (!out.frac)
        out.kind = EXACT_ZERO;
    return out;
}

static struct exact_num exact_zero(bool sign)
{
    return (struct exact_num){.kind = EXACT_ZERO, .sign = sign};
}

/* The real indefinite: the QNaN with sign and an empty payload. */
static struct exact_num exact_invalid(struct exact_env *env)
{
    env->flags |= EXACT_INVALID;
    return (struct exact_num){EXACT_QNAN, true, false, 0, 3ull << 62};
}

/* ---- operands ---- */

static bool exact_is_nan(struct exact_num a)
{
    return a.kind == EXACT_QNAN || a.kind == EXACT_SNAN;
}

static void exact_apply_daz(const struct exact_env *env, struct exact_num *a)
{
    if (env->daz && a->denormal)
        *a = exact_zero(a->sign);
}

/* x87 (SDM vol. 1, table 4-7): one SNaN and one QNaN: the QNaN; two of a kind: the larger
 * significand, of equal ones the positive. SSE: the first operand if it is a NaN. */
bool exact_choose_nan(struct exact_env *env, struct exact_num a, struct exact_num b,
                      struct exact_num *out)
{
    if (a.kind == EXACT_UNSUPPORTED || b.kind == EXACT_UNSUPPORTED) {
        *out = exact_invalid(env);
        return true;
    }
    if (!exact_is_nan(a) && !exact_is_nan(b))
        return false;
    if (a.kind == EXACT_SNAN || b.kind == EXACT_SNAN)
        env->flags |= EXACT_INVALID;
    bool first = exact_is_nan(a);
    if (env->unit == EXACT_X87 && exact_is_nan(a) && exact_is_nan(b)) {
        if (a.kind != b.kind)
            first = a.kind == EXACT_QNAN;
        else
            first = a.frac > b.frac || (a.frac == b.frac && !a.sign);
    }
    *out = first ? a : b;
    out->kind = EXACT_QNAN;
    out->frac |= 1ull << 62;
    return true;
}

static void exact_flag_denormals(struct exact_env *env, struct exact_num a, struct exact_num b)
{
    if (a.denormal || b.denormal)
        env->flags |= EXACT_DENORMAL;
}

/* ---- arithmetic ---- */

/* |a| >= |b|, both numbers, both fractions normalized. */
static struct exact_num exact_add_wide(struct exact_env *env, enum exact_format to, bool sign,
                                       int32_t a_exp, struct exact_wide a, int32_t b_exp,
                                       struct exact_wide b, bool differ)
{
    b = exact_shift_right(b, (uint32_t)(a_exp - b_exp));
    if (!differ) {
        struct exact_wide sum = {a.hi + b.hi, a.lo + b.lo};
        bool low_carry = sum.lo < a.lo;
        sum.hi += low_carry;
        if (sum.hi < a.hi || (low_carry && sum.hi == a.hi)) {
            sum = exact_shift_right(sum, 1);
            sum.hi |= EXACT_TOP;
            a_exp++;
        }
        return exact_round(env, to, sign, a_exp, sum);
    }
    struct exact_wide rest = {a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo};
    if (!rest.hi && !rest.lo)
        return exact_zero(env->rounding == EXACT_DOWN);
    if (!rest.hi) {
        rest = (struct exact_wide){rest.lo, 0};
        a_exp -= 64;
    }
    uint32_t shift = exact_count_zeros(rest.hi);
    return exact_round(env, to, sign, a_exp - (int32_t)shift, exact_shift_left(rest, shift));
}

static bool exact_is_smaller(int32_t a_exp, struct exact_wide a, int32_t b_exp, struct exact_wide b)
{
    if (a_exp != b_exp)
        return a_exp < b_exp;
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static struct exact_num exact_sum(struct exact_env *env, enum exact_format to, struct exact_num a,
                                  struct exact_num b, struct exact_wide a_frac)
{
    struct exact_wide b_frac = {b.frac, 0};
    if (a.kind == EXACT_INFINITY || b.kind == EXACT_INFINITY) {
        if (a.kind == b.kind && a.sign != b.sign)
            return exact_invalid(env);
        return a.kind == EXACT_INFINITY ? a : b;
    }
    if (a.kind == EXACT_ZERO && b.kind == EXACT_ZERO)
        return exact_zero(a.sign == b.sign ? a.sign : env->rounding == EXACT_DOWN);
    if (a.kind == EXACT_ZERO)
        return exact_round(env, to, b.sign, b.exp, b_frac);
    if (b.kind == EXACT_ZERO)
        return exact_round(env, to, a.sign, a.exp, a_frac);
    if (exact_is_smaller(a.exp, a_frac, b.exp, b_frac))
        return exact_add_wide(env, to, b.sign, b.exp, b_frac, a.exp, a_frac, a.sign != b.sign);
    return exact_add_wide(env, to, a.sign, a.exp, a_frac, b.exp, b_frac, a.sign != b.sign);
}

struct exact_num exact_add(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b, bool subtract)
{
    struct exact_num out;
    env->up = false;
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    if (exact_choose_nan(env, a, b, &out))
        return out;
    b.sign ^= subtract;
    if (!(a.kind == EXACT_INFINITY && b.kind == EXACT_INFINITY && a.sign != b.sign))
        exact_flag_denormals(env, a, b);
    return exact_sum(env, to, a, b, (struct exact_wide){a.frac, 0});
}

/* Exact product of two numbers, normalized. */
static struct exact_wide exact_product(struct exact_num a, struct exact_num b, int32_t *exp)
{
    struct exact_wide product = exact_multiply(a.frac, b.frac);
    *exp = a.exp + b.exp + 1;
    if (!(product.hi >> 63)) {
        product = exact_shift_left(product, 1);
        --*exp;
    }
    return product;
}

struct exact_num exact_mul(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b)
{
    struct exact_num out;
    int32_t exp;
    env->up = false;
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    if (exact_choose_nan(env, a, b, &out))
        return out;
    bool sign = a.sign != b.sign;
    if (a.kind == EXACT_INFINITY || b.kind == EXACT_INFINITY) {
        if (a.kind == EXACT_ZERO || b.kind == EXACT_ZERO)
            return exact_invalid(env);
        exact_flag_denormals(env, a, b);
        return (struct exact_num){.kind = EXACT_INFINITY, .sign = sign, .frac = EXACT_TOP};
    }
    exact_flag_denormals(env, a, b);
    if (a.kind == EXACT_ZERO || b.kind == EXACT_ZERO)
        return exact_zero(sign);
    struct exact_wide product = exact_product(a, b, &exp);
    return exact_round(env, to, sign, exp, product);
}

struct exact_num exact_fma(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b, struct exact_num c)
{
    struct exact_num out;
    env->up = false;
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    exact_apply_daz(env, &c);
    bool impossible = (a.kind == EXACT_INFINITY && b.kind == EXACT_ZERO) ||
                      (a.kind == EXACT_ZERO && b.kind == EXACT_INFINITY);
    if (exact_choose_nan(env, a, b, &out)) {
        if (c.kind == EXACT_SNAN)
            env->flags |= EXACT_INVALID;
        return out;
    }
    if (exact_choose_nan(env, c, c, &out))
        return out;
    struct exact_num product = {.sign = a.sign != b.sign};
    if (impossible)
        return exact_invalid(env);
    if (a.kind == EXACT_INFINITY || b.kind == EXACT_INFINITY) {
        product.kind = EXACT_INFINITY;
        product.frac = EXACT_TOP;
        if (c.kind == EXACT_INFINITY && c.sign != product.sign)
            return exact_invalid(env);
    }
    exact_flag_denormals(env, a, b);
    exact_flag_denormals(env, c, c);
    struct exact_wide frac = {0, 0};
    if (a.kind == EXACT_NUMBER && b.kind == EXACT_NUMBER) {
        product.kind = EXACT_NUMBER;
        frac = exact_product(a, b, &product.exp);
        product.frac = frac.hi;
    }
    return exact_sum(env, to, product, c, frac);
}

struct exact_num exact_div(struct exact_env *env, enum exact_format to, struct exact_num a,
                           struct exact_num b)
{
    struct exact_num out;
    env->up = false;
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    if (exact_choose_nan(env, a, b, &out))
        return out;
    bool sign = a.sign != b.sign;
    if (a.kind == b.kind && (a.kind == EXACT_INFINITY || a.kind == EXACT_ZERO))
        return exact_invalid(env);
    if (b.kind == EXACT_ZERO && a.kind == EXACT_NUMBER) {
        env->flags |= EXACT_ZERO_DIVIDE;
        return (struct exact_num){.kind = EXACT_INFINITY, .sign = sign, .frac = EXACT_TOP};
    }
    exact_flag_denormals(env, a, b);
    if (a.kind == EXACT_INFINITY || b.kind == EXACT_ZERO)
        return (struct exact_num){.kind = EXACT_INFINITY, .sign = sign, .frac = EXACT_TOP};
    if (a.kind == EXACT_ZERO || b.kind == EXACT_INFINITY)
        return exact_zero(sign);
    /* 65 bits of quotient, one at a time, and whether anything is left. */
    uint64_t rest = a.frac, quotient = 0;
    int32_t exp = a.exp - b.exp;
    bool over = false; /* the remainder's bit 64 */
    if (rest < b.frac) {
        exp--;
        over = rest >> 63;
        rest <<= 1;
    }
    for (uint32_t bit = 0; bit < 65; bit++) {
        bool one = over || rest >= b.frac;
        if (one)
            rest -= b.frac;
        if (bit < 64)
            quotient = quotient << 1 | one;
        else
            return exact_round(env, to, sign, exp,
                               (struct exact_wide){quotient, (uint64_t)one << 63 | (rest != 0)});
        over = rest >> 63;
        rest <<= 1;
    }
    return out; /* not reached */
}

struct exact_num exact_sqrt(struct exact_env *env, enum exact_format to, struct exact_num a)
{
    struct exact_num out;
    env->up = false;
    exact_apply_daz(env, &a);
    if (exact_choose_nan(env, a, a, &out))
        return out;
    if (a.kind == EXACT_ZERO)
        return a;
    if (a.sign)
        return exact_invalid(env);
    if (a.kind == EXACT_INFINITY)
        return a;
    exact_flag_denormals(env, a, a);
    /* r * r = frac * 2^63 or, for odd exponents, frac * 2^64: two bits of it give one of r. */
    bool odd = a.exp & 1;
    struct exact_wide square =
        odd ? (struct exact_wide){a.frac, 0} : (struct exact_wide){a.frac >> 1, a.frac << 63};
    struct exact_wide rest = {0, 0}, root = {0, 0};
    for (uint32_t bit = 0; bit < 65; bit++) {
        rest = exact_shift_left(rest, 2);
        rest.lo |= square.hi >> 62;
        square = exact_shift_left(square, 2);
        struct exact_wide trial = exact_shift_left(root, 2);
        trial.lo |= 1;
        root = exact_shift_left(root, 1);
        if (rest.hi > trial.hi || (rest.hi == trial.hi && rest.lo >= trial.lo)) {
            rest.hi -= trial.hi + (rest.lo < trial.lo);
            rest.lo -= trial.lo;
            root.lo |= 1;
        }
    }
    struct exact_wide frac = {root.hi << 63 | root.lo >> 1,
                              root.lo << 63 | ((rest.hi | rest.lo) != 0)};
    return exact_round(env, to, false, (a.exp - odd) / 2, frac);
}

/* ---- conversions ---- */

struct exact_num exact_convert(struct exact_env *env, enum exact_format to, struct exact_num a)
{
    struct exact_num out;
    env->up = false;
    exact_apply_daz(env, &a);
    if (exact_choose_nan(env, a, a, &out))
        return out;
    if (a.kind != EXACT_NUMBER)
        return a;
    /* Storing an x87 register to a shorter format does not report a denormal source. */
    if (env->unit == EXACT_SSE || to == EXACT_F80)
        exact_flag_denormals(env, a, a);
    return exact_round(env, to, a.sign, a.exp, (struct exact_wide){a.frac, 0});
}

struct exact_num exact_scale(struct exact_env *env, enum exact_format to, struct exact_num a,
                             int32_t by)
{
    env->up = false;
    return exact_round(env, to, a.sign, a.exp + by, (struct exact_wide){a.frac, 0});
}

/* |a| as an integer in the rounding of env; false if it needs more than 64 bits. */
static bool exact_round_integer(struct exact_env *env, struct exact_num a, uint64_t *out,
                                bool *inexact)
{
    bool carry;
    *inexact = env->up = false;
    *out = 0;
    if (a.kind == EXACT_ZERO)
        return true;
    if (a.exp > 63)
        return false;
    struct exact_wide wide =
        exact_shift_right((struct exact_wide){a.frac, 0}, (uint32_t)(63 - a.exp));
    *out = exact_round_bits(env, a.sign, wide, 64, inexact, &env->up, &carry);
    return !carry;
}

int64_t exact_to_int(struct exact_env *env, struct exact_num a, uint32_t bits)
{
    uint64_t size, most = 1ull << (bits - 1);
    int64_t indefinite = (int64_t)(~0ull << (bits - 1));
    bool inexact;
    env->up = false;
    exact_apply_daz(env, &a);
    if ((a.kind != EXACT_NUMBER && a.kind != EXACT_ZERO) ||
        !exact_round_integer(env, a, &size, &inexact) || size > most || (size == most && !a.sign)) {
        env->up = false;
        env->flags |= EXACT_INVALID;
        return indefinite;
    }
    if (inexact)
        env->flags |= EXACT_INEXACT;
    return (int64_t)(a.sign ? 0 - size : size);
}

struct exact_num exact_round_to_int(struct exact_env *env, enum exact_format to, struct exact_num a)
{
    struct exact_num out;
    uint64_t size;
    bool inexact;
    (void)to;
    env->up = false;
    exact_apply_daz(env, &a);
    if (exact_choose_nan(env, a, a, &out))
        return out;
    if (env->unit == EXACT_X87)
        exact_flag_denormals(env, a, a);
    if (a.kind != EXACT_NUMBER || a.exp >= 63 || !exact_round_integer(env, a, &size, &inexact))
        return a;
    if (inexact)
        env->flags |= EXACT_INEXACT;
    if (!size)
        return exact_zero(a.sign);
    uint32_t shift = exact_count_zeros(size);
    return (struct exact_num){EXACT_NUMBER, a.sign, false, 63 - (int32_t)shift, size << shift};
}

enum exact_order exact_compare(struct exact_env *env, struct exact_num a, struct exact_num b,
                               bool quiet)
{
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    env->up = false;
    if (a.kind >= EXACT_QNAN || b.kind >= EXACT_QNAN) {
        if (!quiet || a.kind > EXACT_QNAN || b.kind > EXACT_QNAN)
            env->flags |= EXACT_INVALID;
        return EXACT_UNORDERED;
    }
    exact_flag_denormals(env, a, b);
    if (a.kind == EXACT_ZERO && b.kind == EXACT_ZERO)
        return EXACT_EQUAL;
    if (a.kind == EXACT_ZERO || b.kind == EXACT_ZERO || a.sign != b.sign) {
        bool less = a.kind == EXACT_ZERO ? !b.sign : a.sign;
        return less ? EXACT_LESS : EXACT_GREATER;
    }
    bool smaller;
    if (a.kind == EXACT_INFINITY || b.kind == EXACT_INFINITY) {
        if (a.kind == b.kind)
            return EXACT_EQUAL;
        smaller = b.kind == EXACT_INFINITY;
    } else {
        if (a.exp == b.exp && a.frac == b.frac)
            return EXACT_EQUAL;
        smaller = exact_is_smaller(a.exp, (struct exact_wide){a.frac, 0}, b.exp,
                                   (struct exact_wide){b.frac, 0});
    }
    return smaller != a.sign ? EXACT_LESS : EXACT_GREATER;
}

/* MINPS and MAXPS give the second operand, as it is, for NaNs and for two zeros (SDM vol. 2). */
struct exact_num exact_minmax(struct exact_env *env, enum exact_format to, struct exact_num a,
                              struct exact_num b, bool max)
{
    exact_apply_daz(env, &a);
    exact_apply_daz(env, &b);
    enum exact_order order = exact_compare(env, a, b, false);
    struct exact_num out = order == (max ? EXACT_GREATER : EXACT_LESS) ? a : b;
    if (out.denormal) { /* as it was packed; FTZ is for computed results */
        const int32_t least = exact_get_limits(env, to).least;
        out.frac >>= least - out.exp;
        out.exp = least;
    }
    return out;
}
