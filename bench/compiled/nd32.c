/* The nd32 interpreter's handlers and its dispatch loops a to o: one kernel each, chosen by
 * ND32_VERSION (rules.mk). What they run is described in nd32.h.
 *
 *     a b d f   rolled up: a counts by index, b walks to an end, d fetches the next handler before
 *               it calls this one, f is the classic loop over a trace that a NULL closes
 *     e         f unrolled nine times
 *     c         e software pipelined: the next handler is fetched before this one is called
 *     g h i j k c unrolled 2, 3, 4, 5, 6 times
 *     l m n o   several unrolled loops, chosen by what is left of the block: l 8 4 2 1, m 9 3 1,
 *               n 4 1 pipelined, o 6 3 1 pipelined */
#include "bench/compiled/nd32.h"
#include "bench/compiled/compiled.h"
#include "bench/test.h"

#define ND32_HANDLER static void __attribute__((regparm(2)))
#define ND32_LOOP    static inline __attribute__((always_inline, unused)) void

ND32_HANDLER nd32_load0(struct nd32_machine *m, const struct nd32_uop *u)
{
    m->temp[0] = m->reg[u->reg];
}
ND32_HANDLER nd32_load1(struct nd32_machine *m, const struct nd32_uop *u)
{
    m->temp[1] = m->reg[u->reg];
}
ND32_HANDLER nd32_add(struct nd32_machine *m, const struct nd32_uop *u)
{
    (void)u;
    m->temp[0] += m->temp[1];
}
ND32_HANDLER nd32_store(struct nd32_machine *m, const struct nd32_uop *u)
{
    m->reg[u->reg] = m->temp[0];
}
ND32_HANDLER nd32_compare(struct nd32_machine *m, const struct nd32_uop *u)
{
    (void)u;
    m->carry = m->temp[0] < m->temp[1];
}
ND32_HANDLER nd32_step(struct nd32_machine *m, const struct nd32_uop *u)
{
    (void)u;
    m->temp[0] += m->carry;
}

extern nd32_handler *const nd32_offsets[];
nd32_handler *const nd32_offsets[] __attribute__((section(".offsets"))) = {
    nd32_load0, nd32_load1, nd32_add, nd32_store, nd32_compare, nd32_step};

/* ---- rolled up ---- */

ND32_LOOP nd32_run_a(struct nd32_machine *m, const struct nd32_block *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        b->uop[i].handler(m, &b->uop[i]);
}

ND32_LOOP nd32_run_b(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop, *end = u + b->count;
    do {
        u->handler(m, u);
    } while (++u != end);
}

ND32_LOOP nd32_run_d(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop;
    nd32_handler *next = u->handler;
    do {
        nd32_handler *now = next;
        next = u[1].handler;
        now(m, u);
        u++;
    } while (next);
}

ND32_LOOP nd32_run_f(struct nd32_machine *m, const struct nd32_block *b)
{
    for (const struct nd32_uop *u = b->uop; u->handler; u++)
        u->handler(m, u);
}

/* ---- unrolled ---- */

/* `times` steps; out of the loop at the NULL */
#define ND32_PLAIN(i)                                                                              \
    if (!u[i].handler)                                                                             \
        return;                                                                                    \
    u[i].handler(m, &u[i]);

ND32_LOOP nd32_run_e(struct nd32_machine *m, const struct nd32_block *b)
{
    for (const struct nd32_uop *u = b->uop;; u += 9) {
        ND32_PLAIN(0)
        ND32_PLAIN(1)
        ND32_PLAIN(2)
        ND32_PLAIN(3)
        ND32_PLAIN(4)
        ND32_PLAIN(5)
        ND32_PLAIN(6)
        ND32_PLAIN(7)
        ND32_PLAIN(8)
    }
}

/* One step of a pipeline of two handlers: `now` is called while `next` is on its way. */
#define ND32_PIPED(i)                                                                              \
    now = next;                                                                                    \
    next = u[(i) + 1].handler;                                                                     \
    now(m, &u[i]);                                                                                 \
    if (!next)                                                                                     \
        return;
#define ND32_PIPED_LOOP(version, times, steps)                                                     \
    ND32_LOOP nd32_run_##version(struct nd32_machine *m, const struct nd32_block *b)               \
    {                                                                                              \
        const struct nd32_uop *u = b->uop;                                                         \
        nd32_handler *now, *next = u->handler;                                                     \
        for (;; u += (times)) {                                                                    \
            steps                                                                                  \
        }                                                                                          \
    }
#define ND32_PIPED2 ND32_PIPED(0) ND32_PIPED(1)
#define ND32_PIPED3 ND32_PIPED2 ND32_PIPED(2)
#define ND32_PIPED4 ND32_PIPED3 ND32_PIPED(3)
#define ND32_PIPED5 ND32_PIPED4 ND32_PIPED(4)
#define ND32_PIPED6 ND32_PIPED5 ND32_PIPED(5)
#define ND32_PIPED9 ND32_PIPED6 ND32_PIPED(6) ND32_PIPED(7) ND32_PIPED(8)
ND32_PIPED_LOOP(c, 9, ND32_PIPED9)
ND32_PIPED_LOOP(g, 2, ND32_PIPED2)
ND32_PIPED_LOOP(h, 3, ND32_PIPED3)
ND32_PIPED_LOOP(i, 4, ND32_PIPED4)
ND32_PIPED_LOOP(j, 5, ND32_PIPED5)
ND32_PIPED_LOOP(k, 6, ND32_PIPED6)

/* ---- several loops, by what is left ---- */

#define ND32_CALL(i) u[i].handler(m, &u[i]);
#define ND32_CALL2   ND32_CALL(0) ND32_CALL(1)
#define ND32_CALL3   ND32_CALL2 ND32_CALL(2)
#define ND32_CALL4   ND32_CALL3 ND32_CALL(3)
#define ND32_CALL8   ND32_CALL4 ND32_CALL(4) ND32_CALL(5) ND32_CALL(6) ND32_CALL(7)
#define ND32_CALL9   ND32_CALL8 ND32_CALL(8)
/* Unrolled `times` times, for as long as that many are left. */
#define ND32_WHILE_LEFT(times, steps)                                                              \
    while (left >= (times)) {                                                                      \
        steps u += (times);                                                                        \
        left -= (times);                                                                           \
    }

ND32_LOOP nd32_run_l(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop;
    uint32_t left = b->count;
    ND32_WHILE_LEFT(8, ND32_CALL8)
    ND32_WHILE_LEFT(4, ND32_CALL4)
    ND32_WHILE_LEFT(2, ND32_CALL2)
    ND32_WHILE_LEFT(1, ND32_CALL(0))
}

ND32_LOOP nd32_run_m(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop;
    uint32_t left = b->count;
    ND32_WHILE_LEFT(9, ND32_CALL9)
    ND32_WHILE_LEFT(3, ND32_CALL3)
    ND32_WHILE_LEFT(1, ND32_CALL(0))
}

/* The same with a pipeline, which the count closes, not the NULL. */
#define ND32_FETCH(i)                                                                              \
    now = next;                                                                                    \
    next = u[(i) + 1].handler;                                                                     \
    now(m, &u[i]);
#define ND32_FETCH3 ND32_FETCH(0) ND32_FETCH(1) ND32_FETCH(2)
#define ND32_FETCH4 ND32_FETCH3 ND32_FETCH(3)
#define ND32_FETCH6 ND32_FETCH4 ND32_FETCH(4) ND32_FETCH(5)

ND32_LOOP nd32_run_n(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop;
    nd32_handler *now, *next = u->handler;
    uint32_t left = b->count;
    ND32_WHILE_LEFT(4, ND32_FETCH4)
    ND32_WHILE_LEFT(1, ND32_FETCH(0))
}

ND32_LOOP nd32_run_o(struct nd32_machine *m, const struct nd32_block *b)
{
    const struct nd32_uop *u = b->uop;
    nd32_handler *now, *next = u->handler;
    uint32_t left = b->count;
    ND32_WHILE_LEFT(6, ND32_FETCH6)
    ND32_WHILE_LEFT(3, ND32_FETCH3)
    ND32_WHILE_LEFT(1, ND32_FETCH(0))
}

#ifndef ND32_VERSION /* make lint compiles this file as it is */
#define ND32_VERSION nd32_run_a
#endif

void __attribute__((regparm(2))) compiled_main(void *data, uint32_t n)
{
    struct nd32_machine *machine = data;
    const struct nd32_block *block = (const void *)((uint8_t *)data + TEST_TABLE);
    uint32_t blocks = ND32_BLOCKS * n;
    do {
        ND32_VERSION(machine, block);
        block = block->next;
    } while (--blocks);
}
