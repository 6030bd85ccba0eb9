/* rmw: operations that read, modify and write memory. rmwfault.c asks what they do on pages that
 * are not there. */
#include "bench/carry.h"
#include "bench/freestanding.h"
#include "bench/kernel.h"

static void rmw_model_add(struct test_state *s, uint32_t n)
{
    s->data32[0] += s->regs.ebx * 64 * n;
}
static void rmw_model_sub(struct test_state *s, uint32_t n)
{
    s->data32[0] -= s->regs.ebx * 64 * n;
}
static void rmw_model_inc(struct test_state *s, uint32_t n)
{
    s->data32[0] += 64 * n;
}
static void rmw_model_neg_not(struct test_state *s, uint32_t n)
{
    s->data32[0] -= 32 * n;
}
/* As in int.c: 63, and the sum of what they left in edx. */
static void rmw_model_add8(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->data[0] = (uint8_t)(s->data[0] + s->regs.ebx * 63);
        s->regs.edx += s->data32[0];
    }
}

static void rmw_model_add16(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->data32[0] = (s->data32[0] & 0xFFFF0000u) | ((s->data32[0] + s->regs.ebx * 63) & 0xFFFF);
        s->regs.edx += s->data32[0];
    }
}

static void rmw_model_add_four(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 4; i++)
        s->data32[16 * i] += s->regs.ebx * 16 * n;
}

static void rmw_model_add_each(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 64; i++)
        s->data32[i] += s->regs.ebx * n;
}

static void rmw_add_at(struct test_state *s, uint32_t at, uint32_t add)
{
    uint32_t word;
    memcpy(&word, s->data + at, 4);
    word += add;
    memcpy(s->data + at, &word, 4);
}

static void rmw_model_line(struct test_state *s, uint32_t n)
{
    rmw_add_at(s, 62, s->regs.ebx * 64 * n);
}
static void rmw_model_page(struct test_state *s, uint32_t n)
{
    rmw_add_at(s, 4094, s->regs.ebx * 64 * n);
}

static void rmw_model_adc(struct test_state *s, uint32_t n)
{
    carry_add_repeatedly(&s->data32[0], &s->regs.eflags, s->regs.ebx, (uint64_t)n * 64);
    s->cf = (int)s->regs.eflags;
}

static void rmw_model_and_zero(struct test_state *s, uint32_t n)
{
    memset(s->data + TEST_HALF, 0, 256);
    s->regs.eax += s->regs.ebx * n;
}

static void rmw_model_xor(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->data32[0] = (s->data32[0] ^ s->regs.eax) + s->regs.ebx;
}

static void rmw_model_rol(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) /* 63 times 3 is 29 modulo 32 */
        s->data32[0] = (s->data32[0] << 29 | s->data32[0] >> 3) + s->regs.ebx;
}

/* Bit 37 k modulo 16384 is complemented for k = 1 ... 16 n; after 32768 all is as it was. */
static void rmw_setup_btc(struct test_state *s)
{
    s->regs.ecx = 0;
}

static void rmw_model_btc(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < (n & 2047) * 16; i++) {
        s->data32[s->regs.ecx / 32] ^= 1u << s->regs.ecx % 32;
        s->regs.ecx = (s->regs.ecx + 37) & 0x3FFF;
    }
}

/* clang-format off */
#define RMW_ROWS(F, T, TX) \
T(F, add_mr,    "add_mr",    "",               "add a register to one place in memory",                  64, FLOOR, 0, LOOP(64, "add %ebx,(%esi)"), NULL, rmw_model_add) \
T(F, add_4,     "add_4",     "",               "add a register to four places in turn",                  64, FLOOR, 0, LOOP(16, "add %ebx,(%esi)\n add %ebx,64(%esi)\n add %ebx,128(%esi)\n add %ebx,192(%esi)"), NULL, rmw_model_add_four) \
T(F, add_64,    "add_64",    "",               "add a register to 64 places in turn",                    64, FLOOR, 0, LOOP(1, SWEEP(64, 4, "add %ebx,o(%esi)")), NULL, rmw_model_add_each) \
T(F, add8_mr,   "add8_mr",   "",               "add a byte to a byte in memory",                         63, FLOOR, 0, LOOP_RAW(REPEAT(63, "add %bl,(%esi)") " add (%esi),%edx"), NULL, rmw_model_add8) \
T(F, add16_mr,  "add16_mr",  "",               "add a word to a word in memory",                         63, FLOOR, 0, LOOP_RAW(REPEAT(63, "add %bx,(%esi)") " add (%esi),%edx"), NULL, rmw_model_add16) \
T(F, sub_mr,    "sub_mr",    "",               "subtract a register from memory",                        64, FLOOR, 0, LOOP(64, "sub %ebx,(%esi)"), NULL, rmw_model_sub) \
T(F, inc_m,     "inc_m",     "",               "increment memory",                                       64, FLOOR, 0, LOOP(64, "incl (%esi)"), NULL, rmw_model_inc) \
T(F, neg_not_m, "neg_not_m", "",               "neg and not of memory in turn",                          64, FLOOR, 0, LOOP(32, "negl (%esi)\n notl (%esi)"), NULL, rmw_model_neg_not) \
T(F, adc_mr,    "adc_mr",    "",               "add with carry to memory, chained through the carry",    64, FLOOR, 0, LOOP(64, "adc %ebx,(%esi)"), NULL, rmw_model_adc) \
T(F, and_zero,  "and_zero",  "test 6 and0 mem","and memory with an immediate zero",                      64, FLOOR, 0, LOOP_ADD(1, SWEEP(64, 4, "andl $0,o(%edi)")), NULL, rmw_model_and_zero) \
T(F, xor_mr,    "xor_mr",    "",               "xor a register into memory",                             63, FLOOR, 0, LOOP_RAW(REPEAT(63, "xor %eax,(%esi)") " add %ebx,(%esi)"), NULL, rmw_model_xor) \
T(F, rol_m,     "rol_m",     "",               "rotate memory left by 3",                                63, FLOOR, 0, LOOP_RAW(REPEAT(63, "roll $3,(%esi)") " add %ebx,(%esi)"), NULL, rmw_model_rol) \
T(F, btc_m,     "btc_m",     "",               "complement a bit of a string of 16384 bits, with the next bit's number computed", 16, FLOOR, 0, LOOP(16, "btc %ecx,(%esi)\n add $37,%ecx\n and $0x3FFF,%ecx"), rmw_setup_btc, rmw_model_btc) \
T(F, cross_line,"cross_line","",               "add to memory across the edge of a line",                64, FLOOR, 0, LOOP(64, "add %ebx,62(%esi)"), NULL, rmw_model_line) \
T(F, cross_page,"cross_page","",               "add to memory across the edge of a page",                64, FLOOR, 0, LOOP(64, "add %ebx,4094(%esi)"), NULL, rmw_model_page)
/* clang-format on */
FAMILY_TABLE(rmw, RMW_ROWS)
