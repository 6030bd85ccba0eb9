/* int: integer arithmetic on registers, dependent chains unless the title says otherwise. */
#include "bench/kernel.h"

static uint32_t int_power(uint32_t base, uint32_t exponent)
{
    uint32_t result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

static void int_model_add(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 64 * n;
}
static void int_model_add_imm(struct test_state *s, uint32_t n)
{
    s->regs.eax += 0x1234567u * 64 * n;
}
static void int_model_sub(struct test_state *s, uint32_t n)
{
    s->regs.eax -= s->regs.ebx * 64 * n;
}
static void int_model_inc(struct test_state *s, uint32_t n)
{
    s->regs.eax += 64 * n;
}
static void int_model_dec(struct test_state *s, uint32_t n)
{
    s->regs.eax -= 64 * n;
}

static void int_model_add_four(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->base * 16 * n;
    s->regs.ebx += s->base * 16 * n;
    s->regs.ecx += s->base * 16 * n;
    s->regs.edx += s->base * 16 * n;
}

/* Narrow sums repeat after few operations, and 64 n would be a whole number of turns: 63 in an
 * iteration, and the sum of what they left in edx. */
static void int_model_add8(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->regs.eax = (s->regs.eax & ~0xFFu) | ((s->regs.eax + s->regs.ebx * 63) & 0xFF);
        s->regs.edx += s->regs.eax;
    }
}

static void int_model_add8_high(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t sum = s->regs.eax + (s->regs.ebx & 0xFF) * 63 * 256;
        s->regs.eax = (s->regs.eax & ~0xFF00u) | (sum & 0xFF00);
        s->regs.edx += s->regs.eax;
    }
}

static void int_model_add16(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->regs.eax = (s->regs.eax & ~0xFFFFu) | ((s->regs.eax + s->regs.ebx * 63) & 0xFFFF);
        s->regs.edx += s->regs.eax;
    }
}

/* x -> ~(-x) is x - 1 */
static void int_model_neg_not(struct test_state *s, uint32_t n)
{
    s->regs.eax -= 32 * n;
}

/* (a, b) -> (a ^ b, a) has period 3, and no power of two is a multiple of 3: the answer always
 * moves. */
static void int_model_xor(struct test_state *s, uint32_t n)
{
    for (uint32_t i = n % 3 * 32 % 3; i; i--) {
        s->regs.eax ^= s->regs.ebx;
        s->regs.ebx ^= s->regs.eax;
    }
}

static void int_model_and_or(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->regs.eax = (((s->regs.eax & s->regs.ecx) | s->regs.edx) + s->regs.ebx);
}

static void int_model_imul(struct test_state *s, uint32_t n)
{
    s->regs.eax *= int_power(s->regs.ebx, 64 * n);
}
static void int_model_imul_imm(struct test_state *s, uint32_t n)
{
    s->regs.eax *= int_power(0x1234567u, 64 * n);
}

/* The low half is a chain of its own; the high half comes from the last multiplication. */
static void int_model_mul(struct test_state *s, uint32_t n)
{
    uint32_t last = s->regs.eax * int_power(s->regs.ebx, 64 * n - 1);
    uint64_t product = (uint64_t)last * s->regs.ebx;
    s->regs.eax = (uint32_t)product;
    s->regs.edx = (uint32_t)(product >> 32);
}

static void int_model_imul_wide(struct test_state *s, uint32_t n)
{
    uint32_t last = s->regs.eax * int_power(s->regs.ebx, 64 * n - 1);
    int64_t product = (int64_t)(int32_t)last * (int32_t)s->regs.ebx;
    s->regs.eax = (uint32_t)product;
    s->regs.edx = (uint32_t)((uint64_t)product >> 32);
}

static void int_setup_div(struct test_state *s)
{
    s->regs.ebx = 3 + s->regs.ebx % 5;
    s->regs.ecx = 0x80000000u | s->regs.ecx >> 4; /* x / b + c stays below 2^32 */
}

/* x -> x / b + c settles within a few steps (b > 2), after which the remainder stays, too. */
static void int_model_div(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax, b = s->regs.ebx, rest = 0;
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t k = 0; k < n && k < 8; k++) {
            uint32_t q = x / b;
            rest = x - q * b;
            x = q + s->regs.ecx;
        }
    s->regs.eax = x;
    s->regs.edx = rest;
}

static void int_setup_idiv(struct test_state *s)
{
    s->regs.ebx = 3 + s->regs.ebx % 5;
    s->regs.ecx = 0xC0000000u | s->regs.ecx >> 8; /* negative, and its sum with x / b stays so */
}

static void int_model_idiv(struct test_state *s, uint32_t n)
{
    int32_t x = (int32_t)s->regs.eax, b = (int32_t)s->regs.ebx, rest = 0;
    for (uint32_t i = 0; i < 8; i++)
        for (uint32_t k = 0; k < n && k < 8; k++) {
            int32_t q = x / b;
            rest = x - q * b;
            x = (int32_t)((uint32_t)q + s->regs.ecx);
        }
    s->regs.eax = (uint32_t)x;
    s->regs.edx = (uint32_t)rest;
}

static void int_model_nop(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

/* clang-format off */
#define INT_ROWS(F, T, TX) \
T(F, nop,      "nop",      "",               "no operation",                                  64, FLOOR, 0, LOOP_ADD(64, "nop"), NULL, int_model_nop) \
T(F, add_rr,   "add_rr",   "test 1 int add", "dependent add of two registers",                64, FLOOR, 0, LOOP(64, "add %ebx,%eax"), NULL, int_model_add) \
T(F, add_ri,   "add_ri",   "",               "dependent add of an immediate",                 64, FLOOR, 0, LOOP(64, "add $0x1234567,%eax"), NULL, int_model_add_imm) \
T(F, add_4,    "add_4",    "",               "four independent chains of add",                64, FLOOR, 0, LOOP(16, "add %esi,%eax\n add %esi,%ebx\n add %esi,%ecx\n add %esi,%edx"), NULL, int_model_add_four) \
T(F, add8,     "add8",     "",               "dependent add of low bytes",                    63, FLOOR, 0, LOOP_RAW(REPEAT(63, "add %bl,%al") " add %eax,%edx"), NULL, int_model_add8) \
T(F, add8_high,"add8_high","",               "dependent add of a low to a high byte",         63, FLOOR, 0, LOOP_RAW(REPEAT(63, "add %bl,%ah") " add %eax,%edx"), NULL, int_model_add8_high) \
T(F, add16,    "add16",    "",               "dependent add of 16-bit registers",             63, FLOOR, 0, LOOP_RAW(REPEAT(63, "add %bx,%ax") " add %eax,%edx"), NULL, int_model_add16) \
T(F, sub_rr,   "sub_rr",   "",               "dependent subtract of two registers",           64, FLOOR, 0, LOOP(64, "sub %ebx,%eax"), NULL, int_model_sub) \
T(F, inc,      "inc",      "",               "dependent increment",                           64, FLOOR, 0, LOOP(64, "inc %eax"), NULL, int_model_inc) \
T(F, dec,      "dec",      "",               "dependent decrement",                           64, FLOOR, 0, LOOP(64, "dec %eax"), NULL, int_model_dec) \
T(F, neg_not,  "neg_not",  "",               "neg and not in turn, dependent",                64, FLOOR, 0, LOOP(32, "neg %eax\n not %eax"), NULL, int_model_neg_not) \
T(F, xor_rr,   "xor_rr",   "",               "two registers xored into each other, dependent",64, FLOOR, 0, LOOP(32, "xor %ebx,%eax\n xor %eax,%ebx"), NULL, int_model_xor) \
T(F, and_or,   "and_or",   "",               "and, or in turn, dependent",                    64, FLOOR, 0, LOOP_ADD(32, "and %ecx,%eax\n or %edx,%eax"), NULL, int_model_and_or) \
T(F, imul_rr,  "imul_rr",  "",               "dependent 32-bit multiply",                     64, FLOOR, 0, LOOP(64, "imul %ebx,%eax"), NULL, int_model_imul) \
T(F, imul_rri, "imul_rri", "",               "dependent 32-bit multiply by an immediate",     64, FLOOR, 0, LOOP(64, "imul $0x1234567,%eax,%eax"), NULL, int_model_imul_imm) \
T(F, mul64,    "mul64",    "",               "dependent unsigned multiply, 64-bit product",   64, FLOOR, 0, LOOP(64, "mul %ebx"), NULL, int_model_mul) \
T(F, imul64,   "imul64",   "",               "dependent signed multiply, 64-bit product",     64, FLOOR, 0, LOOP(64, "imul %ebx"), NULL, int_model_imul_wide) \
T(F, div32,    "div32",    "test 7 divide",  "dependent unsigned divide, 30-bit quotient, with the xor and add around it", 8, FLOOR, 0, LOOP(8, "xor %edx,%edx\n div %ebx\n add %ecx,%eax"), int_setup_div, int_model_div) \
T(F, idiv32,   "idiv32",   "",               "dependent signed divide, with the cltd and add around it", 8, FLOOR, 0, LOOP(8, "cltd\n idiv %ebx\n add %ecx,%eax"), int_setup_idiv, int_model_idiv)
/* clang-format on */
FAMILY_TABLE(int, INT_ROWS)
