/* move: copies, extensions and exchanges between registers. */
#include "bench/kernel.h"

static uint32_t move_data_segment(void)
{
    uint32_t selector;
    __asm__("mov %%ds, %0" : "=r"(selector));
    return selector & 0xFFFF;
}

/* EACH: what the operations of one iteration make of x = eax, before ebx is added. */
#define MOVE_MODEL(name, each)                                                                     \
    static void move_model_##name(struct test_state *s, uint32_t n)                                \
    {                                                                                              \
        uint32_t x = s->regs.eax;                                                                  \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            x = (each) + s->regs.ebx;                                                              \
            s->regs.edx += x;                                                                      \
        }                                                                                          \
        s->regs.eax = x;                                                                           \
    }
MOVE_MODEL(movzx8, x & 0xFF)
MOVE_MODEL(movsx8, (uint32_t)(int8_t)x)
MOVE_MODEL(movsx16, (uint32_t)(int16_t)x)
MOVE_MODEL(bswap, x << 24 | (x << 8 & 0xFF0000) | (x >> 8 & 0xFF00) | x >> 24)

static void move_model_mov(struct test_state *s, uint32_t n)
{
    s->regs.edx = s->regs.ecx = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
}

static void move_model_imm(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0x7654321;
}

static void move_model_bytes(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t byte = s->regs.eax & 0xFF;
        s->regs.ecx = (s->regs.ecx & ~0xFFu) | byte;
        s->regs.eax = ((s->regs.eax & ~0xFF00u) | byte << 8) + s->regs.ebx;
        s->regs.edx += s->regs.eax;
    }
}

static void move_model_xchg(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t old = s->regs.eax;
        s->regs.eax = s->regs.ecx + s->regs.ebx;
        s->regs.ecx = old;
        s->regs.edx += s->regs.eax;
    }
}

static void move_model_abs(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t sign = s->regs.eax >> 31, negative = sign ? s->regs.eax : 0 - s->regs.eax;
        /* after the first of 16, x is not positive: the last cltd saw -|x| */
        s->regs.edx = negative >> 31 ? ~0u : 0;
        s->regs.eax = negative + s->regs.ebx;
        s->regs.ecx += s->regs.eax;
    }
}

static void move_setup_xlat(struct test_state *s)
{
    s->regs.ebx = s->base;
}

/* al -> table[al], 32 n times, by squaring the table. */
static void move_model_xlat(struct test_state *s, uint32_t n)
{
    uint8_t power[256], squared[256];
    uint32_t al = s->regs.eax & 0xFF;
    for (uint32_t i = 0; i < 256; i++)
        power[i] = s->data[i];
    for (uint64_t k = (uint64_t)n * 32; k; k >>= 1) {
        if (k & 1)
            al = power[al];
        for (uint32_t i = 0; i < 256; i++)
            squared[i] = power[power[i]];
        for (uint32_t i = 0; i < 256; i++)
            power[i] = squared[i];
    }
    s->regs.eax = ((s->regs.eax & ~0xFFu) | al);
}

static void move_model_from_seg(struct test_state *s, uint32_t n)
{
    s->regs.ecx = move_data_segment();
    s->regs.eax += s->regs.ebx * n;
}

static void move_setup_to_seg(struct test_state *s)
{
    s->regs.ecx = move_data_segment();
}

/* fs gets its old value back, which some systems need: what it held is in edx. */
static void move_model_to_seg(struct test_state *s, uint32_t n)
{
    s->regs.edx = s->regs.ecx;
    s->regs.eax += s->regs.ebx * n;
}

/* clang-format off */
#define MOVE_ROWS(F, T, TX) \
T(F, mov_rr,   "mov_rr",   "", "register to register in a ring of three",       48, FLOOR, 0, LOOP_ADD(16, "mov %eax,%ecx\n mov %ecx,%edx\n mov %edx,%eax"), NULL, move_model_mov) \
T(F, mov_ri,   "mov_ri",   "", "immediate to register",                         64, FLOOR, 0, LOOP_ADD(64, "mov $0x7654321,%ecx"), NULL, move_model_imm) \
T(F, mov_bytes,"mov_bytes","", "low byte to low byte to high byte, dependent",  64, FLOOR, 0, LOOP_SUM(32, "mov %al,%cl\n mov %cl,%ah"), NULL, move_model_bytes) \
T(F, movzx8,   "movzx8",   "", "zero extension of a byte, dependent",           64, FLOOR, 0, LOOP_SUM(64, "movzbl %al,%eax"), NULL, move_model_movzx8) \
T(F, movsx8,   "movsx8",   "", "sign extension of a byte, dependent",           64, FLOOR, 0, LOOP_SUM(64, "movsbl %al,%eax"), NULL, move_model_movsx8) \
T(F, cwde,     "cwde",     "", "sign extension of ax, dependent",               64, FLOOR, 0, LOOP_SUM(64, "cwtl"), NULL, move_model_movsx16) \
T(F, abs,      "abs",      "", "minus the absolute value: cdq, xor, sub, neg",  64, FLOOR, 0, LOOP_RAW(REPEAT(16, "cltd\n xor %edx,%eax\n sub %edx,%eax\n neg %eax") " add %ebx,%eax\n add %eax,%ecx"), NULL, move_model_abs) \
T(F, xchg_rr,  "xchg_rr",  "", "exchange of two registers, dependent",          63, FLOOR, 0, LOOP_SUM(63, "xchg %eax,%ecx"), NULL, move_model_xchg) \
T(F, bswap,    "bswap",    "", "byte swap, dependent",                          63, FLOOR, 0, LOOP_SUM(63, "bswap %eax"), NULL, move_model_bswap) \
T(F, xlat,     "xlat",     "", "table look-up by al, dependent",                32, FLOOR, 0, LOOP(32, "xlat"), move_setup_xlat, move_model_xlat) \
T(F, from_seg, "from_seg", "", "segment register to register",                  32, FLOOR, 0, LOOP_ADD(32, "mov %ds,%ecx"), NULL, move_model_from_seg) \
T(F, to_seg,   "to_seg",   "", "load a segment register with the flat segment", 16, FLOOR, 0, "push %fs\n" LOOP_TAIL(REPEAT(16, "mov %ecx,%fs") " add %ebx,%eax", "mov %fs,%edx\n pop %fs"), move_setup_to_seg, move_model_to_seg)
/* clang-format on */
FAMILY_TABLE(move, MOVE_ROWS)
