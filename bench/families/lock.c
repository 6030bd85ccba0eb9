/* lock: atomic operations on memory. */
#include "bench/kernel.h"

static void lock_model_add(struct test_state *s, uint32_t n)
{
    s->data32[0] += s->regs.ebx * 16 * n;
}
static void lock_model_inc(struct test_state *s, uint32_t n)
{
    s->data32[0] += 16 * n;
}
static void lock_model_stack(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

/* (eax, m) -> (m, eax + m): Fibonacci's matrix, raised to the power 16 n. */
static void lock_model_xadd(struct test_state *s, uint32_t n)
{
    uint32_t a = 0, b = 1, c = 1, d = 1, x = s->regs.eax, m = s->data32[0];
    for (uint64_t k = (uint64_t)n * 16; k; k >>= 1) {
        if (k & 1) {
            uint32_t next = a * x + b * m;
            m = c * x + d * m;
            x = next;
        }
        uint32_t aa = a * a + b * c, bb = a * b + b * d, cc = c * a + d * c, dd = c * b + d * d;
        a = aa, b = bb, c = cc, d = dd;
    }
    s->regs.eax = x;
    s->data32[0] = m;
}

static void lock_setup_count(struct test_state *s)
{
    s->regs.eax = s->data32[0];
}

static void lock_model_count(struct test_state *s, uint32_t n)
{
    s->regs.eax = s->regs.ecx = s->data32[0] += 16 * n;
}

/* eax is the complement of what it is compared with, and so never equal; edx is even, so that
 * adding it cannot make it so: m + edx = ~m would need an odd sum to be even. */
static void lock_setup_fail(struct test_state *s)
{
    s->regs.edx &= ~1u;
}

static void lock_model_fail(struct test_state *s, uint32_t n)
{
    s->regs.eax = ~(s->data32[0] + s->regs.edx * (n - 1));
    s->data32[0] += s->regs.edx * n;
}

/* Within an iteration the second of two comparisons at the latest finds equality and stores
 * ecx:ebx; what is compared after that keeps it. */
static void lock_model_cmpxchg8b(struct test_state *s, uint32_t n)
{
    uint64_t value = (uint64_t)s->regs.ecx << 32 | s->regs.ebx, last = value + n - 1;
    value += n;
    s->data32[0] = s->regs.eax = (uint32_t)last;
    s->data32[1] = s->regs.edx = (uint32_t)(last >> 32);
    s->regs.ebx = (uint32_t)value;
    s->regs.ecx = (uint32_t)(value >> 32);
}

static void lock_model_xchg(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) { /* 15 exchanges are one */
        uint32_t old = s->regs.eax;
        s->regs.eax = s->data32[0] + s->regs.ebx;
        s->data32[0] = old;
    }
}

static void lock_setup_bts(struct test_state *s)
{
    s->regs.ecx = 0;
}

static void lock_model_bts(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 32 && i < n * 16; i++)
        s->data32[0] |= 1u << (i * 7 & 31);
    s->regs.ecx = n * 16 * 7 & 31;
}

/* clang-format off */
#define LOCK_ROWS(F, T, TX) \
T(F, add,          "add",          "", "lock add of a register to memory",               16, FLOOR, 0, LOOP(16, "lock add %ebx,(%esi)"), NULL, lock_model_add) \
T(F, inc,          "inc",          "", "lock inc of memory",                             16, FLOOR, 0, LOOP(16, "lock incl (%esi)"), NULL, lock_model_inc) \
T(F, or_stack,     "or_stack",     "", "lock or of zero to the stack's top: a memory barrier", 16, FLOOR, 0, LOOP_ADD(16, "lock orl $0,(%esp)"), NULL, lock_model_stack) \
T(F, xadd,         "xadd",         "", "lock xadd, dependent",                           16, FLOOR, 0, LOOP(16, "lock xadd %eax,(%esi)"), NULL, lock_model_xadd) \
T(F, xadd_plain,   "xadd_plain",   "", "xadd without lock, dependent",                   16, FLOOR, 0, LOOP(16, "xadd %eax,(%esi)"), NULL, lock_model_xadd) \
T(F, xchg,         "xchg",         "", "xchg with memory, which locks by itself",        15, FLOOR, 0, LOOP_ADD(15, "xchg %eax,(%esi)"), NULL, lock_model_xchg) \
T(F, cmpxchg,      "cmpxchg",      "", "lock cmpxchg that succeeds: count up atomically", 16, FLOOR, 0, LOOP(16, "lea 1(%eax),%ecx\n lock cmpxchg %ecx,(%esi)\n mov %ecx,%eax"), lock_setup_count, lock_model_count) \
T(F, cmpxchg_plain,"cmpxchg_plain","", "cmpxchg without lock that succeeds: count up",   16, FLOOR, 0, LOOP(16, "lea 1(%eax),%ecx\n cmpxchg %ecx,(%esi)\n mov %ecx,%eax"), lock_setup_count, lock_model_count) \
T(F, cmpxchg_fail, "cmpxchg_fail", "", "lock cmpxchg that fails, and not",               16, FLOOR, 0, LOOP_RAW(REPEAT(16, "lock cmpxchg %ebx,(%esi)\n not %eax") " add %edx,(%esi)"), lock_setup_fail, lock_model_fail) \
T(F, cmpxchg8b,    "cmpxchg8b",    "", "lock cmpxchg8b",                                 16, FLOOR, NEED_CX8, LOOP_RAW(REPEAT(16, "lock cmpxchg8b (%esi)") " add $1,%ebx\n adc $0,%ecx"), NULL, lock_model_cmpxchg8b) \
T(F, bts,          "bts",          "", "lock bts, with the next bit's number computed",  16, FLOOR, 0, LOOP(16, "lock bts %ecx,(%esi)\n add $7,%ecx\n and $31,%ecx"), lock_setup_bts, lock_model_bts)
/* clang-format on */
FAMILY_TABLE(lock, LOCK_ROWS)
