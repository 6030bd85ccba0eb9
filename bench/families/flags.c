/* flags: operations that pass something through the flags, and instructions that move flags about.
 */
#include "bench/carry.h"
#include "bench/kernel.h"

static void flags_model_adc(struct test_state *s, uint32_t n)
{
    carry_add_repeatedly(&s->regs.eax, &s->regs.eflags, s->regs.ebx, (uint64_t)n * 64);
    s->cf = (int)s->regs.eflags;
}

static void flags_model_adc_inc(struct test_state *s, uint32_t n)
{
    carry_add_repeatedly(&s->regs.eax, &s->regs.eflags, s->regs.ebx, (uint64_t)n * 32);
    s->cf = (int)s->regs.eflags;
    s->regs.ecx += 32 * n;
}

/* x - b - c is ~(~x + b + c), and it borrows where the sum carries. */
static void flags_model_sbb(struct test_state *s, uint32_t n)
{
    s->regs.eax = ~s->regs.eax;
    flags_model_adc(s, n);
    s->regs.eax = ~s->regs.eax;
}

static void flags_model_sbb_same(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->regs.ecx += s->regs.ebx;
        s->regs.eax = s->regs.ecx < s->regs.ebx ? ~0u : 0;
        s->regs.edx += s->regs.eax;
    }
}

static void flags_model_stc_adc(struct test_state *s, uint32_t n)
{
    s->regs.eax += (s->regs.ebx + 1) * 32 * n;
}

static void flags_model_cmc(struct test_state *s, uint32_t n)
{
    uint32_t c = s->regs.eflags;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t sum = (uint64_t)s->regs.eax + s->regs.ebx + !c;
        s->regs.eax = (uint32_t)sum;
        c = (uint32_t)(sum >> 32);
    }
    s->cf = (int)c;
}

/* The low byte of EFLAGS after a + b: SF ZF 0 AF 0 PF 1 CF (Intel SDM vol. 1, 3.4.3) */
static uint32_t flags_of_add(uint32_t a, uint32_t b)
{
    uint32_t sum = a + b, parity = sum ^ sum >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return (sum >> 31) << 7 | (uint32_t)(sum == 0) << 6 | ((a ^ b ^ sum) & 0x10) |
           (~parity & 1) << 2 | 2 | (sum < a);
}

/* The flags of an addition go through all the pairs but the last, which gets them complemented: a
 * pair that does nothing would show. */
static void flags_model_kept(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t flags = (~flags_of_add(s->regs.ecx, s->regs.ebx) & 0xD5) | 2;
        s->regs.ecx += s->regs.ebx;
        s->regs.eax = (s->regs.eax & ~0xFF00u) | flags << 8;
        s->regs.edx += s->regs.eax;
    }
}

static void flags_setup_setcc(struct test_state *s)
{
    s->regs.edx = 0;
    s->regs.eax &= 0xFFFFFF;
    s->regs.ebx = 0xFFFFFFFFu; /* out of reach: every comparison is below */
}

static void flags_model_setcc(struct test_state *s, uint32_t n)
{
    s->regs.eax += 20 * n;
    s->regs.edx = 1;
}

/* x falls by b; on a borrow it becomes c: from the first borrow on a cycle of c / b + 1 steps. */
static void flags_model_cmov(struct test_state *s, uint32_t n)
{
    uint32_t k = 32 * n, b = s->regs.ebx, c = s->regs.ecx;
    if (k <= s->regs.eax / b) {
        s->regs.eax -= k * b;
        return;
    }
    k -= s->regs.eax / b + 1;
    s->regs.eax = c - (uint32_t)(k % (c / b + 1)) * b;
}

static void flags_setup_cmov(struct test_state *s)
{
    s->regs.ebx = s->regs.ebx >> 8 | 1;
}

static void flags_model_bt(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 32 * n; i++)
        s->regs.eax += s->regs.ecx + (s->regs.eax >> (s->regs.ebx & 31) & 1);
}

static void flags_setup_daa(struct test_state *s)
{
    s->regs.eax &= ~0xFFu;
}

static void flags_model_daa(struct test_state *s, uint32_t n)
{
    uint32_t count =
        n % 25 * 32 % 100; /* 32 n mod 100 without overflow: 25 is the period of 32 n */
    s->regs.eax = (s->regs.eax & ~0xFFu) | count / 10 << 4 | count % 10;
}

/* clang-format off */
#define FLAGS_ROWS(F, T, TX) \
T(F, adc_chain,   "adc_chain",   "test 1 int adc",   "dependent adds through the carry",            64, FLOOR, 0, LOOP(64, "adc %ebx,%eax"), NULL, flags_model_adc) \
T(F, adc_inc_mix, "adc_inc_mix", "test 2 int adc++", "adc mixed with inc, which keeps the carry",   64, FLOOR, 0, LOOP(32, "adc %ebx,%eax\n inc %ecx"), NULL, flags_model_adc_inc) \
T(F, sbb_chain,   "sbb_chain",   "",                 "dependent subtracts through the borrow",      64, FLOOR, 0, LOOP(64, "sbb %ebx,%eax"), NULL, flags_model_sbb) \
T(F, sbb_same,    "sbb_same",    "test 15 sbb r r",  "carry to mask: sbb of a register with itself",64, FLOOR, 0, LOOP_RAW("add %ebx,%ecx\n" REPEAT(64, "sbb %eax,%eax") "add %eax,%edx"), NULL, flags_model_sbb_same) \
T(F, stc_adc,     "stc_adc",     "",                 "stc and adc in turn",                         64, FLOOR, 0, LOOP(32, "stc\n adc %ebx,%eax"), NULL, flags_model_stc_adc) \
T(F, cmc,         "cmc",         "",                 "complement the carry, dependent",             63, FLOOR, 0, LOOP_RAW(REPEAT(63, "cmc") "adc %ebx,%eax"), NULL, flags_model_cmc) \
T(F, lahf_sahf,   "lahf_sahf",   "test LAHF/SAHF",   "lahf and sahf, a pair counts as one",         32, FLOOR, 0, LOOP_RAW("add %ebx,%ecx\n" REPEAT(31, "lahf\n sahf") "lahf\n not %ah\n sahf\n lahf\n add %eax,%edx"), NULL, flags_model_kept) \
T(F, pushf_popf,  "pushf_popf",  "",                 "pushf and popf, a pair counts as one",        16, FLOOR, 0, LOOP_RAW("add %ebx,%ecx\n" REPEAT(15, "pushf\n popf") "pushf\n xorl $0xD5,(%esp)\n popf\n lahf\n add %eax,%edx"), NULL, flags_model_kept) \
T(F, setcc,       "setcc",       "",                 "cmp, setb, add of the result; three count as one", 20, FLOOR, 0, LOOP(20, "cmp %ebx,%eax\n setb %dl\n add %edx,%eax"), flags_setup_setcc, flags_model_setcc) \
T(F, cmov,        "cmov",        "",                 "sub and cmovc, a pair counts as one",         32, FLOOR, NEED_CMOV, LOOP(32, "sub %ebx,%eax\n cmovc %ecx,%eax"), flags_setup_cmov, flags_model_cmov) \
T(F, bt_adc,      "bt_adc",      "",                 "bt into the carry and adc, a pair counts as one", 32, FLOOR, 0, LOOP(32, "bt %ebx,%eax\n adc %ecx,%eax"), NULL, flags_model_bt) \
T(F, daa,         "daa",         "",                 "decimal counting: add 1 and daa, a pair counts as one", 32, FLOOR, 0, LOOP(32, "add $1,%al\n daa"), flags_setup_daa, flags_model_daa)
/* clang-format on */
FAMILY_TABLE(flags, FLAGS_ROWS)
