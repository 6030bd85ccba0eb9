/* shift: shifts, rotates, double shifts and bit scans. Most kernels are eight groups of seven
 * operations and an add, which keeps bits coming in, and a sum of all the results in edx. */
#include "bench/kernel.h"

#define SHIFT_OPS       64
#define SHIFT_GROUP(op) LOOP_RAW(REPEAT(8, REPEAT(7, op) " add %ebx,%eax") " add %eax,%edx")

static uint32_t shift_rotate_left(uint32_t x, uint32_t by)
{
    return by & 31 ? x << (by & 31) | x >> (32 - (by & 31)) : x;
}

static void shift_setup_cl(struct test_state *s)
{
    s->regs.ecx = (s->regs.ecx & ~0xFFu) | 3;
}

/* EACH: what seven of the operations make of x. */
#define SHIFT_MODEL(name, each)                                                                    \
    static void shift_model_##name(struct test_state *s, uint32_t n)                               \
    {                                                                                              \
        uint32_t x = s->regs.eax;                                                                  \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            for (uint32_t group = 0; group < 8; group++)                                           \
                x = (each) + s->regs.ebx;                                                          \
            s->regs.edx += x;                                                                      \
        }                                                                                          \
        s->regs.eax = x;                                                                           \
    }
SHIFT_MODEL(shl7, x << 7)
SHIFT_MODEL(shl21, x << 21)
SHIFT_MODEL(shr7, x >> 7)
SHIFT_MODEL(sar21, (uint32_t)((int32_t)x >> 21))
SHIFT_MODEL(rol, shift_rotate_left(x, 49))
SHIFT_MODEL(rol_cl, shift_rotate_left(x, 21))
SHIFT_MODEL(ror, shift_rotate_left(x, 32 - 21))

/* Seven double shifts by five bring in 35 bits: nothing of x is left. */
static uint32_t shift_seven_shld(uint32_t in)
{
    uint32_t x = 0;
    for (int i = 0; i < 7; i++)
        x = x << 5 | in >> 27;
    return x;
}

static uint32_t shift_seven_shrd(uint32_t in)
{
    uint32_t x = 0;
    for (int i = 0; i < 7; i++)
        x = x >> 5 | in << 27;
    return x;
}

static void shift_setup_double(struct test_state *s)
{
    s->regs.ecx = (s->regs.ecx & ~0xFFu) | 5;
}

static void shift_model_shld(struct test_state *s, uint32_t n)
{
    s->regs.eax = shift_seven_shld(s->base) + s->regs.ebx;
    s->regs.edx += s->regs.eax * n;
}

static void shift_model_shrd(struct test_state *s, uint32_t n)
{
    s->regs.eax = shift_seven_shrd(s->base) + s->regs.ebx;
    s->regs.edx += s->regs.eax * n;
}

/* Register and carry are one ring of 33 bits, and no power of two is a multiple of 33. */
static void shift_rotate_33(struct test_state *s, uint32_t left)
{
    uint64_t ring = (uint64_t)s->regs.eflags << 32 | s->regs.eax;
    left %= 33;
    if (left)
        ring = (ring << left | ring >> (33 - left)) & 0x1FFFFFFFFull;
    s->regs.eax = (uint32_t)ring;
    s->cf = (int)(ring >> 32);
}

static void shift_model_rcl1(struct test_state *s, uint32_t n)
{
    shift_rotate_33(s, n % 33 * 64);
}
static void shift_model_rcr1(struct test_state *s, uint32_t n)
{
    shift_rotate_33(s, 33 * 64 - n % 33 * 64);
}
static void shift_model_rcl5(struct test_state *s, uint32_t n)
{
    shift_rotate_33(s, n % 33 * 16 * 5);
}

static void shift_setup_scan(struct test_state *s)
{
    s->regs.ebx = 0x100;
}
static void shift_setup_scan_down(struct test_state *s)
{
    s->regs.ebx = 0x1000000;
}

static void shift_model_bsf(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax, found = 0;
    for (uint32_t i = 0; i < 16 * n; i++) {
        x |= s->regs.ebx;
        for (found = 0; !(x >> found & 1); found++)
            ;
        x += found;
    }
    s->regs.eax = x;
    s->regs.ecx = found;
}

static void shift_model_bsr(struct test_state *s, uint32_t n)
{
    uint32_t x = s->regs.eax, found = 0;
    for (uint32_t i = 0; i < 16 * n; i++) {
        x |= s->regs.ebx;
        for (found = 31; !(x >> found & 1); found--)
            ;
        x += found;
    }
    s->regs.eax = x;
    s->regs.ecx = found;
}

/* clang-format off */
#define SHIFT_ROWS(F, T, TX) \
T(F, shl_imm,  "shl_imm",  "",                  "shift left by 1, seven and an add, dependent",             SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shl $1,%eax"), NULL, shift_model_shl7) \
T(F, shl_cl,   "shl_cl",   "",                  "shift left by cl, seven and an add, dependent",            SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shl %cl,%eax"), shift_setup_cl, shift_model_shl21) \
T(F, shr_imm,  "shr_imm",  "",                  "shift right by 1, seven and an add, dependent",            SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shr $1,%eax"), NULL, shift_model_shr7) \
T(F, sar_cl,   "sar_cl",   "",                  "arithmetic shift right by cl, seven and an add, dependent",SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("sar %cl,%eax"), shift_setup_cl, shift_model_sar21) \
T(F, rol_imm,  "rol_imm",  "",                  "rotate left by 7, seven and an add, dependent",            SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("rol $7,%eax"), NULL, shift_model_rol) \
T(F, rol_cl,   "rol_cl",   "",                  "rotate left by cl, seven and an add, dependent",           SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("rol %cl,%eax"), shift_setup_cl, shift_model_rol_cl) \
T(F, ror_imm,  "ror_imm",  "",                  "rotate right by 3, seven and an add, dependent",           SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("ror $3,%eax"), NULL, shift_model_ror) \
T(F, rcl_1,    "rcl_1",    "",                  "rotate left through the carry by 1, dependent",            64, FLOOR, 0, LOOP(64, "rcl $1,%eax"), NULL, shift_model_rcl1) \
T(F, rcr_1,    "rcr_1",    "",                  "rotate right through the carry by 1, dependent",           64, FLOOR, 0, LOOP(64, "rcr $1,%eax"), NULL, shift_model_rcr1) \
T(F, rcl_cl,   "rcl_cl",   "",                  "rotate left through the carry by cl = 5, dependent",       16, FLOOR, 0, LOOP(16, "rcl %cl,%eax"), shift_setup_double, shift_model_rcl5) \
T(F, shld_imm, "shld_imm", "test 23 shld imm",  "double shift left by 5, seven and an add, dependent",      SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shld $5,%esi,%eax"), NULL, shift_model_shld) \
T(F, shld_cl,  "shld_cl",  "",                  "double shift left by cl, seven and an add, dependent",     SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shld %cl,%esi,%eax"), shift_setup_double, shift_model_shld) \
T(F, shrd_imm, "shrd_imm", "",                  "double shift right by 5, seven and an add, dependent",     SHIFT_OPS, FLOOR, 0, SHIFT_GROUP("shrd $5,%esi,%eax"), NULL, shift_model_shrd) \
T(F, bsf,      "bsf",      "",                  "or, find the lowest bit, add; three count as one",         16, FLOOR, 0, LOOP(16, "or %ebx,%eax\n bsf %eax,%ecx\n add %ecx,%eax"), shift_setup_scan, shift_model_bsf) \
T(F, bsr,      "bsr",      "",                  "or, find the highest bit, add; three count as one",        16, FLOOR, 0, LOOP(16, "or %ebx,%eax\n bsr %eax,%ecx\n add %ecx,%eax"), shift_setup_scan_down, shift_model_bsr)
/* clang-format on */
FAMILY_TABLE(shift, SHIFT_ROWS)
