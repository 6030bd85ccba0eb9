/* Inside of the text model (source.h): the machine it keeps, and a decoded line of text. */
#ifndef BENCH_SOURCE_MACHINE_H
#define BENCH_SOURCE_MACHINE_H
#include "bench/exact.h"
#include "bench/test.h"

#define SOURCE_STACK 16u
/* Offset of the sum that an integer kernel keeps of its results: only added to, once an iteration,
 * and no part of the state that repeats. */
#define SOURCE_SUM (TEST_HALF + 8128u)

struct source_machine {
    struct exact_f80 st[8]; /* st[0] is the top; only `depth` of them are there */
    uint32_t depth;
    uint32_t gpr[8];    /* by the manual's numbers: eax ecx edx ebx esp ebp esi edi */
    uint8_t vec[8][32]; /* xmm, ymm */
    uint8_t mmx[8][8];
    uint32_t flags, known; /* EFLAGS, and which of them the manual defines now */
    uint32_t stack[SOURCE_STACK], pushed;
    uint32_t control; /* x87 control word */
    uint32_t mxcsr;
};

enum source_place {
    SOURCE_NONE,
    SOURCE_ST,
    SOURCE_MMX,
    SOURCE_VEC,
    SOURCE_GPR,
    SOURCE_GPR_HIGH, /* ah, ch, dh, bh */
    SOURCE_MEM,
    SOURCE_INDEXED, /* an address of registers */
    SOURCE_IMM
};

struct source_operand {
    enum source_place place;
    uint32_t value;             /* register's number, offset from the data area, or the immediate */
    uint8_t bytes;              /* of a register */
    uint8_t base, index, scale; /* of an address: numbers of registers, 8: none; scale 1 to 8 */
};

struct source_step {
    const struct source_word *word;
    struct source_operand operand[4]; /* as written: the destination is the last */
    uint32_t operands;
    uint32_t bytes; /* an integer instruction's width: its suffix, or that of its registers */
    bool vex;
};

struct source_run { /* what a step works on */
    struct source_machine m;
    uint8_t *data;
    uint32_t base;   /* its address, as the kernel sees it */
    const char *why; /* an error of the text */
};

typedef void source_fn(struct source_run *run, const struct source_step *step);
struct source_word {
    const char *name;
    source_fn *fn;
    uint32_t arg, arg2;
};

extern const struct source_word source_int_words[], source_x87_words[], source_simd_words[];
extern const uint32_t source_int_count, source_x87_count, source_simd_count;

/* Where an operand's bytes are, in the machine or in memory. */
uint8_t *source_bytes(struct source_run *run, const struct source_operand *o);
/* The address that an operand in memory names. */
uint32_t source_address(const struct source_run *run, const struct source_operand *o);

#endif
