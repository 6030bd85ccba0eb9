/* Inside of the text model (source.h): the machine it keeps, and a decoded line of text. */
#ifndef BENCH_SOURCE_MACHINE_H
#define BENCH_SOURCE_MACHINE_H
#include "bench/exact.h"
#include "bench/test.h"

struct source_machine {
    struct exact_f80 st[8]; /* st[0] is the top; only `depth` of them are there */
    uint32_t depth;
    uint32_t gpr[8];    /* by the manual's numbers: eax ecx edx ebx esp ebp esi edi */
    uint8_t vec[8][32]; /* xmm, ymm */
    uint8_t mmx[8][8];
    uint32_t control; /* x87 control word */
    uint32_t mxcsr;
};

enum source_place {
    SOURCE_NONE,
    SOURCE_ST,
    SOURCE_MMX,
    SOURCE_VEC,
    SOURCE_GPR,
    SOURCE_MEM,
    SOURCE_IMM
};

struct source_operand {
    enum source_place place;
    uint32_t value; /* register's number, offset from the data area, or the immediate */
    uint8_t bytes;  /* of a vector register */
};

struct source_step {
    const struct source_word *word;
    struct source_operand operand[4]; /* as written: the destination is the last */
    uint32_t operands;
    bool vex;
};

struct source_run { /* what a step works on */
    struct source_machine m;
    uint8_t *data;
    const char *why; /* an error of the text */
};

typedef void source_fn(struct source_run *run, const struct source_step *step);
struct source_word {
    const char *name;
    source_fn *fn;
    uint32_t arg, arg2;
};

extern const struct source_word source_x87_words[], source_simd_words[];
extern const uint32_t source_x87_count, source_simd_count;

/* Where an operand's bytes are, in the machine or in memory. */
uint8_t *source_bytes(struct source_run *run, const struct source_operand *o);

#endif
