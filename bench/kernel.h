/* How a family file writes its tests: one table of rows at its end, expanded twice.
 *
 *   #define ROWS(F, T, TX) \
 *       T(F, add_rr, "add_rr", "alias", "title", 64, FLOOR, 0, LOOP(64, "add %ebx,%eax"), NULL,
 * model_add_rr) \
 *       ...
 *   FAMILY_TABLE(int, ROWS)
 *
 * T(F, id, name, alias, title, ops, kind, needs, code text, setup, model). The full name is
 * "<family>.<name>". Rows that want more than this (answer, limit of n) use T's sibling TX with two
 * more columns. The code text is GNU as for i386, without absolute addresses; numeric labels are
 * local to the kernel, 9 is LOOP's. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H
#include "bench/test.h"
#include <stddef.h>

#define KERNEL_STR_(x) #x
#define KERNEL_STR(x)  KERNEL_STR_(x)

/* The loop all kernels share: dec leaves the carry alone, so chains through it may cross
 * iterations. */
#define LOOP_RAW(body)        LOOP_TAIL(body, "")
#define LOOP_TAIL(body, tail) "9:\n" body "\n dec %ebp\n jnz 9b\n" tail "\n ret\n"
#define REPEAT(count, body)   " .rept " KERNEL_STR(count) "\n" body "\n .endr\n"
#define LOOP(count, body)     LOOP_RAW(REPEAT(count, body))
/* One `add %ebx,%eax` more per iteration, so that an answer depends on n where the operations alone
 * are periodic. */
#define LOOP_ADD(count, body) LOOP_RAW(REPEAT(count, body) " add %ebx,%eax")
/* The same, and the sum of all of them in edx. */
#define LOOP_SUM(count, body) LOOP_RAW(REPEAT(count, body) " add %ebx,%eax\n add %eax,%edx")
/* `body` count times with the symbol o going up from 0 by step: offsets in memory. */
#define SWEEP(count, step, body)                                                                   \
    " .set o, 0\n" REPEAT(count, body "\n .set o, o + " KERNEL_STR(step))
/* ecx = address of a label of the kernel. The one mismatched return this costs comes once per call
 * of the kernel. */
#define ADDRESS_OF(label) " call 6f\n6: pop %ecx\n add $(" label " - 6b),%ecx\n"

/* Where it lies in the program matters to texts with .balign of their own only: it runs as a copy.
 */
#define KERNEL_ASM(fam, id, text) KERNEL_ASM_AT(64, fam, id, text)
#define KERNEL_ASM_AT(place, fam, id, text)                                                        \
    __asm__(".pushsection .kern,\"ax\",@progbits\n .balign " #place "\n"                           \
            " .globl kern_" #fam "_" #id "\nkern_" #fam "_" #id ":\n" text "\n"                    \
            " .globl kern_" #fam "_" #id "_end\nkern_" #fam "_" #id "_end:\n .popsection\n");      \
    extern const uint8_t kern_##fam##_##id[], kern_##fam##_##id##_end[];

#define KERNEL_ROW(fam, id, name_, alias_, title_, ops_, kind_, needs_, setup_, model_, answer_,   \
                   max_n_)                                                                         \
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
     .answer = answer_,                                                                            \
     .max_n = max_n_},

#define FAMILY_TABLE(fam, rows) FAMILY_TABLE_AS(fam, fam, rows)
/* A second file of a family: `part` is its name in catalogue.def. */
#define FAMILY_TABLE_AS(part, fam, rows)                                                           \
    rows(fam, KERNEL_T_ASM, KERNEL_TX_ASM)                                                         \
        const struct test family_##part[] = {rows(fam, KERNEL_T_ROW, KERNEL_TX_ROW)};              \
    const uint32_t family_##part##_count =                                                         \
        (uint32_t)(sizeof(family_##part) / sizeof(family_##part[0]));
#define KERNEL_T_ASM(fam, id, name, alias, title, ops, kind, needs, text, setup, model)            \
    KERNEL_ASM(fam, id, text)
#define KERNEL_TX_ASM(fam, id, name, alias, title, ops, kind, needs, text, setup, model, answer,   \
                      max_n)                                                                       \
    KERNEL_ASM(fam, id, text)
#define KERNEL_T_ROW(fam, id, name, alias, title, ops, kind, needs, text, setup, model)            \
    KERNEL_ROW(fam, id, name, alias, title, ops, kind, needs, setup, model, NULL, 0)
#define KERNEL_TX_ROW(fam, id, name, alias, title, ops, kind, needs, text, setup, model, answer,   \
                      max_n)                                                                       \
    KERNEL_ROW(fam, id, name, alias, title, ops, kind, needs, setup, model, answer, max_n)

#endif
