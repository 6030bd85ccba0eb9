/* nd32: a toy x86 interpreter, as its decoded code and its simulated machine lie in memory.
 *
 * The test code is a pass over two blocks that stand for six guest instructions:
 *
 *     block 0:  add r0,r1   cmp r0,r3   adc r2,0
 *     block 1:  add r3,r0   cmp r3,r1   adc r2,0
 *
 * Each is decoded into nine micro-ops, in an order that differs a little from block to block, and
 * is closed by a tenth whose handler is NULL. families/nd32.c builds the blocks; compiled/nd32.c
 * and the hand-written chain in families/nd32.c run them. */
#ifndef BENCH_COMPILED_ND32_H
#define BENCH_COMPILED_ND32_H
#include <stdint.h>

#define ND32_UOPS   9u
#define ND32_BLOCKS 2u

struct nd32_machine { /* at data + 0: the answer */
    uint32_t reg[4];
    uint32_t temp[2];
    uint32_t carry;
};

struct nd32_uop;
typedef void __attribute__((regparm(2)))
nd32_handler(struct nd32_machine *machine, const struct nd32_uop *uop);
struct nd32_uop {
    nd32_handler *handler;
    uint32_t reg;
};

struct nd32_block { /* both at data + TEST_TABLE */
    struct nd32_uop uop[ND32_UOPS + 1];
    uint32_t count; /* ND32_UOPS */
    const struct nd32_block *next;
};

/* What micro-ops do, in the order in which every kernel that has handlers lists their offsets. */
enum nd32_op {
    ND32_LOAD0,   /* temp 0 = reg */
    ND32_LOAD1,   /* temp 1 = reg */
    ND32_ADD,     /* temp 0 += temp 1 */
    ND32_STORE,   /* reg = temp 0 */
    ND32_COMPARE, /* carry = temp 0 < temp 1 */
    ND32_STEP,    /* temp 0 += carry */
    ND32_END,     /* of the chain only: on to the block that reg points to */
    ND32_OPS
};

#endif
