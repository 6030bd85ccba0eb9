/* x87 instructions of the text model (source.h). Stack faults do not occur: a kernel that makes one
 * is an error of its text. */
#include "bench/freestanding.h"
#include "bench/source_machine.h"

enum source_x87_op { X87_ADD, X87_SUB, X87_SUBR, X87_MUL, X87_DIV, X87_DIVR };
enum source_x87_form { X87_ST, X87_POP, X87_F32, X87_F64, X87_F80, X87_I16, X87_I32, X87_I64 };

static struct exact_env x87_env(const struct source_run *run)
{
    static const uint32_t bits[4] = {24, 64, 53, 64};
    return (struct exact_env){.unit = EXACT_X87,
                              .rounding = (enum exact_rounding)(run->m.control >> 10 & 3),
                              .precision = bits[run->m.control >> 8 & 3]};
}

static void x87_push(struct source_run *run, struct exact_f80 value)
{
    if (run->m.depth == 8) {
        run->why = "the kernel's text overflows the register stack";
        return;
    }
    for (uint32_t i = run->m.depth++; i; i--)
        run->m.st[i] = run->m.st[i - 1];
    run->m.st[0] = value;
}

static void x87_pop(struct source_run *run)
{
    if (!run->m.depth) {
        run->why = "the kernel's text pops an empty stack";
        return;
    }
    run->m.depth--;
    for (uint32_t i = 0; i < run->m.depth; i++)
        run->m.st[i] = run->m.st[i + 1];
    memset(&run->m.st[run->m.depth], 0, sizeof run->m.st[0]);
}

static struct exact_f80 *x87_get(struct source_run *run, uint32_t i)
{
    if (i >= run->m.depth)
        run->why = "the kernel's text uses an empty register";
    return &run->m.st[i];
}

static struct exact_num x87_load(struct source_run *run, enum source_x87_form form,
                                 const struct source_operand *o)
{
    const uint8_t *at = source_bytes(run, o);
    uint32_t bits;
    uint64_t wide;
    int16_t word;
    struct exact_f80 value;
    memcpy(&bits, at, 4);
    memcpy(&wide, at, 8);
    memcpy(&word, at, 2);
    memcpy(&value, at, 10);
    switch (form) {
    case X87_F32: return exact_from32(bits);
    case X87_F64: return exact_from64(wide);
    case X87_I16: return exact_from_int(word);
    case X87_I32: return exact_from_int((int32_t)bits);
    case X87_I64: return exact_from_int((int64_t)wide);
    default: return exact_from80(value);
    }
}

static void x87_store(struct source_run *run, enum source_x87_form form,
                      const struct source_operand *o, struct exact_env *env)
{
    uint8_t *at = source_bytes(run, o);
    struct exact_f80 value = *x87_get(run, 0);
    struct exact_num a = exact_from80(value);
    uint32_t bits;
    uint64_t wide;
    switch (form) {
    case X87_F32:
        bits = exact_to32(exact_convert(env, EXACT_F32, a));
        memcpy(at, &bits, 4);
        break;
    case X87_F64:
        wide = exact_to64(exact_convert(env, EXACT_F64, a));
        memcpy(at, &wide, 8);
        break;
    case X87_I16:
    case X87_I32:
    case X87_I64:
        wide = (uint64_t)exact_to_int(env, a, form == X87_I16 ? 16 : form == X87_I32 ? 32 : 64);
        memcpy(at, &wide, form == X87_I16 ? 2 : form == X87_I32 ? 4 : 8);
        break;
    default: memcpy(at, &value, 10);
    }
}

static struct exact_num x87_compute(struct exact_env *env, enum source_x87_op op,
                                    struct exact_num to, struct exact_num with)
{
    switch (op) {
    case X87_ADD: return exact_add(env, EXACT_F80, to, with, false);
    case X87_SUB: return exact_add(env, EXACT_F80, to, with, true);
    case X87_SUBR: return exact_add(env, EXACT_F80, with, to, true);
    case X87_MUL: return exact_mul(env, EXACT_F80, to, with);
    case X87_DIV: return exact_div(env, EXACT_F80, to, with);
    default: return exact_div(env, EXACT_F80, with, to);
    }
}

static void do_arith(struct source_run *run, const struct source_step *step)
{
    enum source_x87_op op = (enum source_x87_op)step->word->arg;
    enum source_x87_form form = (enum source_x87_form)step->word->arg2;
    struct exact_env env = x87_env(run);
    uint32_t to = form <= X87_POP && step->operands == 2 ? step->operand[1].value : 0;
    /* The assemblers' mnemonics of sub and div with another destination than st(0) are swapped
     * (GNU as, "AT&T mnemonic versus Intel mnemonic"): kernels do without. */
    if (to && op != X87_ADD && op != X87_MUL)
        run->why = "the kernel's text has a form of sub or div that assemblers differ about";
    struct exact_num with = form > X87_POP ? x87_load(run, form, &step->operand[0])
                                           : exact_from80(*x87_get(run, step->operand[0].value));
    struct exact_num result = x87_compute(&env, op, exact_from80(*x87_get(run, to)), with);
    run->m.st[to] = exact_to80(result);
    if (form == X87_POP)
        x87_pop(run);
}

static void do_load(struct source_run *run, const struct source_step *step)
{
    enum source_x87_form form = (enum source_x87_form)step->word->arg;
    struct exact_env env = x87_env(run);
    if (form == X87_ST) {
        x87_push(run, *x87_get(run, step->operand[0].value));
        return;
    }
    env.precision = 64; /* loads convert exactly, whatever the precision control */
    struct exact_num a = x87_load(run, form, &step->operand[0]);
    x87_push(run, exact_to80(exact_convert(&env, EXACT_F80, a)));
}

static void do_constant(struct source_run *run, const struct source_step *step)
{
    x87_push(run, exact_to80(exact_from_int((int64_t)step->word->arg)));
}

static void do_store(struct source_run *run, const struct source_step *step)
{
    enum source_x87_form form = (enum source_x87_form)step->word->arg;
    struct exact_env env = x87_env(run);
    if (form == X87_ST)
        *x87_get(run, step->operand[0].value) = *x87_get(run, 0);
    else
        x87_store(run, form, &step->operand[0], &env);
    if (step->word->arg2)
        x87_pop(run);
}

static void do_store_truncated(struct source_run *run, const struct source_step *step)
{
    struct exact_env env = x87_env(run);
    env.rounding = EXACT_TO_ZERO;
    x87_store(run, (enum source_x87_form)step->word->arg, &step->operand[0], &env);
    x87_pop(run);
}

static void do_exchange(struct source_run *run, const struct source_step *step)
{
    struct exact_f80 *other = x87_get(run, step->operands ? step->operand[0].value : 1);
    struct exact_f80 keep = *other;
    *other = *x87_get(run, 0);
    run->m.st[0] = keep;
}

static void do_sign(struct source_run *run, const struct source_step *step)
{
    struct exact_f80 *top = x87_get(run, 0);
    top->sign_exp = (uint16_t)(step->word->arg ? top->sign_exp ^ 0x8000 : top->sign_exp & 0x7FFF);
}

static void do_unary(struct source_run *run, const struct source_step *step)
{
    struct exact_env env = x87_env(run);
    struct exact_num a = exact_from80(*x87_get(run, 0));
    run->m.st[0] = exact_to80(step->word->arg ? exact_round_to_int(&env, EXACT_F80, a)
                                              : exact_sqrt(&env, EXACT_F80, a));
}

/* FSCALE by a small whole number; neither limit is met here. */
static void do_scale(struct source_run *run, const struct source_step *step)
{
    (void)step;
    struct exact_env env = x87_env(run);
    struct exact_num a = exact_from80(*x87_get(run, 0));
    env.rounding = EXACT_TO_ZERO;
    a.exp += (int32_t)exact_to_int(&env, exact_from80(*x87_get(run, 1)), 32);
    run->m.st[0] = exact_to80(a);
}

/* FXTRACT of a finite number: the exponent takes its place, the significand is pushed. */
static void do_extract(struct source_run *run, const struct source_step *step)
{
    (void)step;
    struct exact_num a = exact_from80(*x87_get(run, 0));
    run->m.st[0] = exact_to80(exact_from_int(a.exp));
    a.exp = 0;
    x87_push(run, exact_to80(a));
}

static void do_control(struct source_run *run, const struct source_step *step)
{
    uint8_t *at = source_bytes(run, &step->operand[0]);
    uint16_t word = (uint16_t)run->m.control;
    if (step->word->arg)
        memcpy(at, &word, 2);
    else {
        memcpy(&word, at, 2);
        run->m.control = word;
    }
}

static void do_nothing(struct source_run *run, const struct source_step *step)
{
    (void)run, (void)step;
}

#define ARITH(name, op)                                                                            \
    {"f" name, do_arith, op, X87_ST}, {"f" name "p", do_arith, op, X87_POP},                       \
        {"f" name "s", do_arith, op, X87_F32}, {"f" name "l", do_arith, op, X87_F64},              \
        {"fi" name "s", do_arith, op, X87_I16}, {"fi" name "l", do_arith, op, X87_I32},

const struct source_word source_x87_words[] = {
    ARITH("add", X87_ADD) ARITH("sub", X87_SUB) ARITH("subr", X87_SUBR) ARITH("mul", X87_MUL)
        ARITH("div", X87_DIV) ARITH("divr", X87_DIVR){"fld", do_load, X87_ST, 0},
    {"flds", do_load, X87_F32, 0},
    {"fldl", do_load, X87_F64, 0},
    {"fldt", do_load, X87_F80, 0},
    {"filds", do_load, X87_I16, 0},
    {"fildl", do_load, X87_I32, 0},
    {"fildll", do_load, X87_I64, 0},
    {"fld1", do_constant, 1, 0},
    {"fldz", do_constant, 0, 0},
    {"fst", do_store, X87_ST, 0},
    {"fstp", do_store, X87_ST, 1},
    {"fsts", do_store, X87_F32, 0},
    {"fstps", do_store, X87_F32, 1},
    {"fstl", do_store, X87_F64, 0},
    {"fstpl", do_store, X87_F64, 1},
    {"fstpt", do_store, X87_F80, 1},
    {"fistps", do_store, X87_I16, 1},
    {"fistpl", do_store, X87_I32, 1},
    {"fistpll", do_store, X87_I64, 1},
    {"fisttps", do_store_truncated, X87_I16, 1},
    {"fisttpl", do_store_truncated, X87_I32, 1},
    {"fisttpll", do_store_truncated, X87_I64, 1},
    {"fxch", do_exchange, 0, 0},
    {"fchs", do_sign, 1, 0},
    {"fabs", do_sign, 0, 0},
    {"fsqrt", do_unary, 0, 0},
    {"frndint", do_unary, 1, 0},
    {"fscale", do_scale, 0, 0},
    {"fxtract", do_extract, 0, 0},
    {"fldcw", do_control, 0, 0},
    {"fnstcw", do_control, 1, 0},
    {"fnop", do_nothing, 0, 0},
    {"fwait", do_nothing, 0, 0},
    {"fnclex", do_nothing, 0, 0},
    {"emms", do_nothing, 0, 0},
};
const uint32_t source_x87_count = sizeof source_x87_words / sizeof source_x87_words[0];
