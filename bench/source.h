/* The model of floating-point and vector kernels: it reads the kernel's own source text and does
 * what it says, in integer arithmetic (exact.h). So the text is written once, the assembler and the
 * model understand it independently, and an emulator is checked against the words of the manual.
 *
 * A kernel is a head (once per call), `count` times body and one `end` per iteration, and a tail
 * (once). The head loads all registers that the body uses from memory and the tail puts all back,
 * so that a kernel may be entered several times. The model stops when the state repeats, which
 * bodies see to (ends halve, so sums settle); besides them, eax += ebx per iteration counts them.
 * Text that the model does not know is an error of the test: the answer is wrong, always.
 *
 * What is fixed: operands in AT&T order, memory as displacement(%esi) or (%edi). What a body reads
 * back of its own stores must lie in the first SOURCE_WATCHED bytes from either. */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H
#include "bench/exact.h"
#include "bench/kernel.h"
#include "bench/test.h"

#define SOURCE_WATCHED 768u
#define SOURCE_SLOT    32u /* operands lie at multiples of it from esi */

struct test_source {
    const char *head, *body, *end, *tail;
    uint32_t count;
};

void source_model(struct test_state *s, uint32_t n); /* of the test's source */
/* The same of integer kernels: all registers but ebp, esi and edi are the text's, nothing counts
 * for it. Their end adds what was computed to the sum at SOURCE_TOTAL, and cuts the state down to
 * few bits, so that it repeats soon. */
void source_model_integer(struct test_state *s, uint32_t n);
#define SOURCE_TOTAL "8128(%edi)"

/* Set-ups: random numbers in [1,2) in all slots; slots 8 and up hold 0.5, 0.99.., 1.01.., 1.0. */
void source_setup_f32(struct test_state *s);
void source_setup_f64(struct test_state *s);
void source_setup_f80(struct test_state *s);
void source_setup_int(struct test_state *s);
#define SOURCE_HALF  "256(%esi)" /* 0.5 */
#define SOURCE_LESS  "288(%esi)" /* 1 - 2^-6 - something */
#define SOURCE_MORE  "320(%esi)" /* 1 + 2^-6 + something */
#define SOURCE_ONE   "352(%esi)"
#define SOURCE_SMALL "384(%esi)" /* a denormal of the format */
#define SOURCE_16TH  "416(%esi)" /* about 1/16 */

#define SOURCE_TEXT(head, count, body, end, tail)                                                  \
    head "\n9:\n" REPEAT(count, body) "\n" end "\n add %ebx,%eax\n dec %ebp\n jnz 9b\n" tail       \
                                      "\n ret\n"

/* A family of integer kernels: rows I of the same columns. */
#define FAMILY_INTEGER_TABLE(part, fam, rows)                                                      \
    rows(fam, INTEGER_ROW_ASM) rows(fam, SOURCE_ROW_TEXT)                                          \
        const struct test family_##part[] = {rows(fam, INTEGER_ROW_TEST)};                         \
    const uint32_t family_##part##_count =                                                         \
        (uint32_t)(sizeof(family_##part) / sizeof(family_##part[0]));
#define INTEGER_ROW_ASM(fam, id, name, alias, title, ops, kind, needs, head, count, body, end,     \
                        tail, setup)                                                               \
    KERNEL_ASM_AT(4, fam, id,                                                                      \
                  head "\n9:\n" REPEAT(count, body) "\n" end "\n dec %ebp\n jnz 9b\n" tail         \
                                                    "\n ret\n")
#define INTEGER_ROW_TEST(...) SOURCE_ROW_TEST_BY(source_model_integer, __VA_ARGS__)
#define SOURCE_ROW_TEST(...)  SOURCE_ROW_TEST_BY(source_model, __VA_ARGS__)

/* S(F, id, name, alias, title, ops, kind, needs, head, count, body, end, tail, setup) */
#define FAMILY_SOURCE_TABLE(part, fam, rows)                                                       \
    rows(fam, SOURCE_ROW_ASM) rows(fam, SOURCE_ROW_TEXT)                                           \
        const struct test family_##part[] = {rows(fam, SOURCE_ROW_TEST)};                          \
    const uint32_t family_##part##_count =                                                         \
        (uint32_t)(sizeof(family_##part) / sizeof(family_##part[0]));
#define SOURCE_ROW_ASM(fam, id, name, alias, title, ops, kind, needs, head, count, body, end,      \
                       tail, setup)                                                                \
    KERNEL_ASM_AT(4, fam, id, SOURCE_TEXT(head, count, body, end, tail))
#define SOURCE_ROW_TEXT(fam, id, name, alias, title, ops, kind, needs, head, count, body, end,     \
                        tail, setup)                                                               \
    static const struct test_source source_##fam##_##id = {head, body, end, tail, count};
#define SOURCE_ROW_TEST_BY(model_, fam, id, name_, alias_, title_, ops_, kind_, needs_, head,      \
                           count, body, end, tail, setup_)                                         \
    {.name = #fam "." name_,                                                                       \
     .alias = alias_,                                                                              \
     .title = title_,                                                                              \
     .family = #fam,                                                                               \
     .ops = ops_,                                                                                  \
     .kind = KIND_##kind_,                                                                         \
     .needs = needs_,                                                                              \
     .code = kern_##fam##_##id,                                                                    \
     .code_end = kern_##fam##_##id##_end,                                                          \
     .setup = setup_,                                                                              \
     .model = model_,                                                                              \
     .source = &source_##fam##_##id},

#endif
