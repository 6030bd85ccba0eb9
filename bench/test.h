/* What a test is.
 *
 * A test is a piece of machine code (its kernel), a way to prepare registers and memory for it, and
 * a model in C that says what registers and memory must be after n iterations. Kernels hold no
 * absolute address: they are copied to a code arena before they run, at an offset that changes from
 * round to round, and the SHA-256 of their bytes is the same on every port.
 *
 * A kernel is entered with
 *   ebp  iterations to do, at least 1          eax ebx ecx edx  what setup() left there (random by
 * default) esi  data + 0                              edi  data + TEST_HALF and returns with ebp =
 * 0 and the stack and direction flag as they were. The data area is TEST_DATA_BYTES of random
 * bytes, all compared with the model afterwards, followed by TEST_TABLE_BYTES for what a kernel
 * builds for itself (jump tables), which is not compared. A kernel may be called several times in a
 * row with the registers it left: iterations add up. */
#ifndef BENCH_TEST_H
#define BENCH_TEST_H
#include <stdbool.h>
#include <stdint.h>

#define TEST_DATA_BYTES  16384u
#define TEST_HALF        8192u
#define TEST_TABLE       0x4000 /* offset from esi of the area for tables */
#define TEST_TABLE_BYTES 16384u
#define TEST_BIG_BYTES   (8u << 20) /* port_big_area(): for working sets */

struct kern_regs {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};

struct test;
struct test_source;

struct test_state {
    struct kern_regs regs;
    int cf;           /* carry at the end: 0, 1, or -1 when the model does not say */
    uint8_t *data;    /* setup(): the real data area; model(): the model's copy of it */
    uint32_t *data32; /* the same */
    uint32_t base;    /* address of the real data area, as a kernel sees it */
    uint32_t code;    /* address of the copied kernel */
    const struct kern_regs
        *got; /* model(): what the kernel left, for values only the machine knows (a clock) */
    const struct test *test;
    const char
        *why; /* model(): set when something is wrong that registers and memory do not show */
};

enum test_kind { KIND_FLOOR, KIND_SPREAD };

/* What a test needs of a port or a processor; `--list` prints the words of needs.def. */
enum test_need {
#define NEED(id, bit, word) NEED_##id = 1u << (bit),
#include "bench/needs.def"
#undef NEED
};

struct test_answers {
    uint32_t asked, correct;
};

struct test {
    const char *name, *alias, *title, *family;
    uint32_t ops; /* operations per iteration */
    enum test_kind kind;
    uint32_t needs;
    const uint8_t *code, *code_end;
    void (*setup)(struct test_state *);
    void (*model)(struct test_state *,
                  uint32_t n); /* from the prepared state to the state after n iterations */
    struct test_answers (*answer)(const struct test *,
                                  uint32_t code); /* further questions, asked in round 0,
                                                     outside of the timed part; NULL: none */
    uint32_t max_n;                               /* 0: no limit */
    const struct test_source *source;             /* of tests whose model is source_model() */
};

#endif
