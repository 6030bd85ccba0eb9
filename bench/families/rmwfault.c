/* rmw.faults/...: what read-modify-write does on pages that are absent or read-only. A test with an
 * answer.
 *
 * The rule (Intel SDM vol. 3, 4.7 and 6.15, interrupt 14; vol. 2, CMPXCHG, "the destination operand
 * is written in any case"): the access is a write from its first byte on. So an absent or read-only
 * page gives one fault with the write bit set, and an operand across two such pages gives exactly
 * two; flags and memory change once, after the last fault; the error code's present bit tells
 * read-only from absent. PUSH reads its operand: absent pages fault without the write bit, and
 * read-only pages do not fault. POP to memory writes it.
 *
 * Each row is timed on one absent page (arm, fault, handler, restart), and asked all the cases of
 * rmwfault_cases outside of the timed part. Every wrong sub-answer is a note. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include "bench/run.h"

#define RMWFAULT_PAGE   4096u
#define RMWFAULT_ARITH  0x8D5u /* CF PF AF ZF SF OF */
#define RMWFAULT_INSIDE 256u
#define RMWFAULT_EDGE   (RMWFAULT_PAGE - 2)

/* The table area, as the kernels below address it. */
struct rmwfault_table {
    uint32_t arm, target, flags, eax, ecx;
};

struct rmwfault_case {
    const char *name;
    uint32_t offset;
    enum port_page first, second;
};

static const struct rmwfault_case rmwfault_cases[] = {
    {"inside, absent", RMWFAULT_INSIDE, PAGE_ABSENT, PAGE_WRITABLE}, /* the timed one */
    {"inside, read-only", RMWFAULT_INSIDE, PAGE_READONLY, PAGE_WRITABLE},
    {"inside, writable", RMWFAULT_INSIDE, PAGE_WRITABLE, PAGE_ABSENT},
    {"across, first absent", RMWFAULT_EDGE, PAGE_ABSENT, PAGE_WRITABLE},
    {"across, second absent", RMWFAULT_EDGE, PAGE_WRITABLE, PAGE_ABSENT},
    {"across, both absent", RMWFAULT_EDGE, PAGE_ABSENT, PAGE_ABSENT},
    {"across, first read-only", RMWFAULT_EDGE, PAGE_READONLY, PAGE_WRITABLE},
    {"across, second read-only", RMWFAULT_EDGE, PAGE_WRITABLE, PAGE_READONLY},
    {"across, both read-only", RMWFAULT_EDGE, PAGE_READONLY, PAGE_READONLY},
    {"across, absent and read-only", RMWFAULT_EDGE, PAGE_ABSENT, PAGE_READONLY},
    {"across, read-only and absent", RMWFAULT_EDGE, PAGE_READONLY, PAGE_ABSENT},
    {"across, writable", RMWFAULT_EDGE, PAGE_WRITABLE, PAGE_WRITABLE},
};
#define RMWFAULT_CASES (sizeof rmwfault_cases / sizeof rmwfault_cases[0])

static const struct rmwfault_case *rmwfault_now;
static uint32_t rmwfault_value; /* what the operand holds before */

/* Called by the kernels before each operation. */
static void rmwfault_arm(void)
{
    uint8_t *window = port_window();
    port_set_window_page(0, PAGE_WRITABLE);
    port_set_window_page(1, PAGE_WRITABLE);
    memset(window + RMWFAULT_INSIDE - 4, 0, 12);
    memset(window + RMWFAULT_EDGE - 4, 0, 12);
    memcpy(window + rmwfault_now->offset, &rmwfault_value, 4);
    port_set_window_page(0, rmwfault_now->first);
    port_set_window_page(1, rmwfault_now->second);
}

static struct rmwfault_table *rmwfault_get_table(void)
{
    return (struct rmwfault_table *)(void *)(port_data_area() + TEST_TABLE);
}

static void rmwfault_set_case(const struct rmwfault_case *c, uint32_t value, uint32_t eax,
                              uint32_t ecx)
{
    rmwfault_now = c;
    rmwfault_value = value;
    *rmwfault_get_table() =
        (struct rmwfault_table){.arm = (uint32_t)(uintptr_t)rmwfault_arm,
                                .target = (uint32_t)(uintptr_t)port_window() + c->offset,
                                .eax = eax,
                                .ecx = ecx};
    port_faults.count = 0;
}

/* ---- what each operation does, by the manual ---- */

struct rmwfault_effect {
    uint32_t memory, eax, flags, flags_mask;
    bool writes;
};

static uint32_t rmwfault_result_flags(uint32_t result)
{
    uint32_t parity = result ^ result >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return (~parity & 1) << 2 | (uint32_t)(result == 0) << 6 | (result >> 31) << 7;
}

static uint32_t rmwfault_add_flags(uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t wide = (uint64_t)a + b + carry;
    uint32_t sum = (uint32_t)wide;
    return rmwfault_result_flags(sum) | (uint32_t)(wide >> 32) | ((a ^ b ^ sum) & 0x10) |
           ((a ^ sum) & (b ^ sum)) >> 31 << 11;
}

static uint32_t rmwfault_sub_flags(uint32_t a, uint32_t b)
{
    uint32_t difference = a - b;
    return rmwfault_result_flags(difference) | (a < b) | ((a ^ b ^ difference) & 0x10) |
           ((a ^ b) & (a ^ difference)) >> 31 << 11;
}

typedef void rmwfault_effect_fn(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e);

static void rmwfault_do_adc(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx;
    *e = (struct rmwfault_effect){m + 2, eax, rmwfault_add_flags(m, 1, 1), RMWFAULT_ARITH, true};
}

static void rmwfault_do_inc(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx;
    *e = (struct rmwfault_effect){m + 1, eax, (rmwfault_add_flags(m, 1, 0) & ~1u) | 1,
                                  RMWFAULT_ARITH, true};
}

static void rmwfault_do_xadd(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx;
    *e = (struct rmwfault_effect){m + eax, m, rmwfault_add_flags(m, eax, 0), RMWFAULT_ARITH, true};
}

static void rmwfault_do_cmpxchg(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    *e = (struct rmwfault_effect){eax == m ? ecx : m, eax == m ? eax : m,
                                  rmwfault_sub_flags(eax, m), RMWFAULT_ARITH, true};
}

static void rmwfault_do_xchg(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx;
    *e = (struct rmwfault_effect){eax, m, 0, 0, true};
}

static void rmwfault_do_rcl(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx; /* carry in is 1; only the carry out is checked: by one, OF is defined, the others
                  are kept */
    *e = (struct rmwfault_effect){m << 1 | 1, eax, m >> 31, 1, true};
}

static void rmwfault_do_push(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)ecx, (void)eax;
    *e = (struct rmwfault_effect){m, m, 0, 0, false};
}

static void rmwfault_do_pop(uint32_t m, uint32_t eax, uint32_t ecx, struct rmwfault_effect *e)
{
    (void)m;
    *e = (struct rmwfault_effect){ecx, eax, 0, 0, true};
}

/* ---- judging ---- */

static uint32_t rmwfault_expect_faults(const struct rmwfault_case *c, bool writes,
                                       struct port_fault out[2])
{
    uint32_t window = (uint32_t)(uintptr_t)port_window(), count = 0;
    const enum port_page state[2] = {c->first, c->second};
    for (uint32_t page = 0; page < (c->offset == RMWFAULT_EDGE ? 2u : 1u); page++)
        if (state[page] == PAGE_ABSENT || (writes && state[page] == PAGE_READONLY))
            out[count++] = (struct port_fault){page ? window + RMWFAULT_PAGE : window + c->offset,
                                               (writes ? 2u : 0) | (state[page] == PAGE_READONLY)};
    return count;
}

static void rmwfault_describe(char *text, uint32_t size, const struct port_fault *fault,
                              uint32_t count)
{
    line_append_dec(text, size, count);
    line_append(text, size, " faults");
    for (uint32_t i = 0; i < count && i < 4; i++) {
        line_append(text, size, i ? ", " : ": ");
        line_append(text, size, fault[i].error & 2 ? "write " : "read ");
        line_append(text, size, fault[i].error & 1 ? "protected " : "absent ");
        line_append(text, size, "at window + ");
        line_append_hex(text, size, fault[i].address - (uint32_t)(uintptr_t)port_window());
    }
}

static bool rmwfault_note(const struct test *t, const struct rmwfault_case *c, const char *what,
                          uint32_t is, uint32_t want)
{
    char text[200] = "";
    if (is == want)
        return false;
    line_append(text, sizeof text, c->name);
    line_append(text, sizeof text, ": ");
    line_append(text, sizeof text, what);
    line_append(text, sizeof text, " is ");
    line_append_hex(text, sizeof text, is);
    line_append(text, sizeof text, ", not ");
    line_append_hex(text, sizeof text, want);
    line_note(t->name, text);
    return true;
}

/* One case, once: true if anything about it is wrong. */
static bool rmwfault_ask(const struct test *t, uint32_t code, const struct rmwfault_case *c,
                         uint32_t eax, uint32_t ecx, rmwfault_effect_fn *effect)
{
    struct port_fault want[2];
    struct rmwfault_effect e;
    const uint32_t value = 0x7FFFFFFFu;
    uint32_t data = (uint32_t)(uintptr_t)port_data_area(), memory;
    bool wrong = false;

    effect(value, eax, ecx, &e);
    rmwfault_set_case(c, value, eax, ecx);
    run_regs = (struct kern_regs){.esi = data, .edi = data + TEST_HALF, .ebp = 1};
    run_kernel(code);
    struct kern_regs got = run_regs;
    const struct port_fault_log log = port_faults;
    uint32_t flags = rmwfault_get_table()->flags;
    port_set_window_page(0, PAGE_WRITABLE);
    port_set_window_page(1, PAGE_WRITABLE);
    memcpy(&memory, port_window() + c->offset, 4);

    uint32_t count = rmwfault_expect_faults(c, e.writes, want);
    bool faults_right = log.count == count;
    /* The manual does not say which page of two is looked at first: either order is right. */
    for (uint32_t i = 0; i < count && faults_right; i++) {
        bool found = false;
        for (uint32_t k = 0; k < count; k++)
            found |= log.fault[k].address == want[i].address &&
                     (log.fault[k].error & 3) == want[i].error;
        faults_right = found;
    }
    if (!faults_right) {
        char text[400] = "";
        line_append(text, sizeof text, c->name);
        line_append(text, sizeof text, ": ");
        rmwfault_describe(text, sizeof text, log.fault, log.count);
        line_append(text, sizeof text, "; not ");
        rmwfault_describe(text, sizeof text, want, count);
        line_note(t->name, text);
        wrong = true;
    }
    wrong |= rmwfault_note(t, c, "the value", memory, e.memory);
    wrong |= rmwfault_note(t, c, "eax", got.eax, e.eax);
    wrong |= rmwfault_note(t, c, "eflags", flags & e.flags_mask, e.flags & e.flags_mask);
    return wrong;
}

/* Registers for the timed part, where the value is the case's and the operands are these. */
#define RMWFAULT_OP(id, eax_, effect_)                                                             \
    static struct test_answers rmwfault_answer_##id(const struct test *t, uint32_t code)           \
    {                                                                                              \
        uint32_t wrong = 0;                                                                        \
        for (uint32_t i = 0; i < RMWFAULT_CASES; i++)                                              \
            wrong += rmwfault_ask(t, code, &rmwfault_cases[i], eax_, 0x12345678u, effect_);        \
        return (struct test_answers){RMWFAULT_CASES, RMWFAULT_CASES - wrong};                      \
    }                                                                                              \
    static void rmwfault_setup_##id(struct test_state *s)                                          \
    {                                                                                              \
        rmwfault_set_case(&rmwfault_cases[0], 0x7FFFFFFFu, eax_, s->regs.ecx);                     \
    }                                                                                              \
    static void rmwfault_model_##id(struct test_state *s, uint32_t n)                              \
    {                                                                                              \
        rmwfault_model(s, n, eax_, effect_);                                                       \
    }

/* Timed on absent pages: the number of faults must be n times what one operation owes. */
static void rmwfault_model(struct test_state *s, uint32_t n, uint32_t eax,
                           rmwfault_effect_fn *effect)
{
    struct rmwfault_effect e;
    struct port_fault want[2];
    uint32_t memory;
    effect(rmwfault_value, eax, s->regs.ecx, &e);
    memcpy(&memory, port_window() + RMWFAULT_INSIDE, 4);
    if (memory != e.memory)
        s->why = "the value in memory is wrong";
    if (port_faults.count != n * rmwfault_expect_faults(&rmwfault_cases[0], e.writes, want))
        s->why = "the number of faults is wrong";
    s->regs.eax = e.eax;
    s->regs.edx = 0;
}

RMWFAULT_OP(adc, 0x11111111u, rmwfault_do_adc)
RMWFAULT_OP(inc, 0x11111111u, rmwfault_do_inc)
RMWFAULT_OP(xadd, 0x11111111u, rmwfault_do_xadd)
RMWFAULT_OP(cmpxchg_eq, 0x7FFFFFFFu, rmwfault_do_cmpxchg)
RMWFAULT_OP(cmpxchg_ne, 0x11111111u, rmwfault_do_cmpxchg)
RMWFAULT_OP(xchg, 0x11111111u, rmwfault_do_xchg)
RMWFAULT_OP(rcl, 0x11111111u, rmwfault_do_rcl)
RMWFAULT_OP(push, 0x11111111u, rmwfault_do_push)
RMWFAULT_OP(pop, 0x11111111u, rmwfault_do_pop)

#define RMWFAULT_CODE(op)                                                                          \
    LOOP_TAIL("call *0x4000(%esi)\n mov 0x4004(%esi),%edx\n mov 0x400c(%esi),%eax\n mov "          \
              "0x4010(%esi),%ecx\n " op "\n pushf\n popl 0x4008(%esi)",                            \
              "xor %edx,%edx")
#define RMWFAULT_ROW(F, TX, id, own, title, op)                                                    \
    TX(F, own, "faults/" #own, "111", title, 1, SPREAD, NEED_FAULTS | NEED_ANSWERS,                \
       RMWFAULT_CODE(op), rmwfault_setup_##id, rmwfault_model_##id, rmwfault_answer_##id, 0)

/* clang-format off */
#define RMWFAULT_ROWS(F, T, TX) \
RMWFAULT_ROW(F, TX, adc,        adc,             "stc, adc [m],1 on an absent page",                       "stc\n adcl $1,(%edx)") \
RMWFAULT_ROW(F, TX, inc,        inc,             "stc, inc [m] on an absent page",                         "stc\n incl (%edx)") \
RMWFAULT_ROW(F, TX, xadd,       xadd,            "xadd [m],eax on an absent page",                         "xadd %eax,(%edx)") \
RMWFAULT_ROW(F, TX, cmpxchg_eq, cmpxchg_eq,      "cmpxchg [m],ecx on an absent page, equal",               "cmpxchg %ecx,(%edx)") \
RMWFAULT_ROW(F, TX, cmpxchg_ne, cmpxchg_ne,      "cmpxchg [m],ecx on an absent page, not equal",           "cmpxchg %ecx,(%edx)") \
RMWFAULT_ROW(F, TX, xchg,       xchg,            "xchg [m],eax on an absent page",                         "xchg %eax,(%edx)") \
RMWFAULT_ROW(F, TX, rcl,        rcl,             "stc, rcl [m],1 on an absent page",                       "stc\n rcll $1,(%edx)") \
RMWFAULT_ROW(F, TX, push,       push,            "push [m] on an absent page: a read",                     "pushl (%edx)\n pop %eax") \
RMWFAULT_ROW(F, TX, pop,        pop,             "pop [m] on an absent page",                              "push %ecx\n popl (%edx)") \
RMWFAULT_ROW(F, TX, adc,        lock_adc,        "stc, lock adc [m],1 on an absent page",                  "stc\n lock adcl $1,(%edx)") \
RMWFAULT_ROW(F, TX, inc,        lock_inc,        "stc, lock inc [m] on an absent page",                    "stc\n lock incl (%edx)") \
RMWFAULT_ROW(F, TX, xadd,       lock_xadd,       "lock xadd [m],eax on an absent page",                    "lock xadd %eax,(%edx)") \
RMWFAULT_ROW(F, TX, cmpxchg_eq, lock_cmpxchg_eq, "lock cmpxchg [m],ecx on an absent page, equal",          "lock cmpxchg %ecx,(%edx)") \
RMWFAULT_ROW(F, TX, cmpxchg_ne, lock_cmpxchg_ne, "lock cmpxchg [m],ecx on an absent page, not equal",      "lock cmpxchg %ecx,(%edx)")
/* clang-format on */
FAMILY_TABLE_AS(rmwfault, rmw, RMWFAULT_ROWS)
