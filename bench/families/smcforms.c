/* smc: what smc.c has by what is patched (an opcode, a length, a jump, a call, a loop, a block by
 * rep movs) and by where it lies. A stale copy shows in eax. Code that is not called is reached by
 * a jump, as Intel SDM vol. 3, 9.1.3 asks for, but for rewrite_next: processors since the P6, and
 * all of AMD's, see a store to the next instruction (APM vol. 2, 7.6.1). */
#include "bench/freestanding.h"
#include "bench/kernel.h"

static void smcforms_model_add(struct test_state *s, uint32_t n)
{
    s->regs.edx = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
}

/* ---- edx goes from one value to the other and says what is patched in ---- */

static void smcforms_setup_add_xor(struct test_state *s)
{
    s->regs.edx = 0x01; /* add r/m32, r32; 31: xor */
}
static void smcforms_setup_nop_cmp(struct test_state *s)
{
    s->regs.edx = 0x90; /* nop; 3C: cmp al, imm8, which swallows the next byte */
}
static void smcforms_setup_zero(struct test_state *s)
{
    s->regs.edx = 0;
}

static void smcforms_model_opcode(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->regs.eax = i & 1 ? s->regs.eax + s->regs.ebx : s->regs.eax ^ s->regs.ebx;
    s->regs.edx ^= n & 1 ? 0x30 : 0;
    s->regs.ecx = 0;
}

/* The even iterations add one more. */
static void smcforms_model_even(struct test_state *s, uint32_t n, uint32_t flip)
{
    s->regs.eax += s->regs.ebx * n + n / 2;
    s->regs.edx ^= n & 1 ? flip : 0;
    s->regs.ecx = 0;
}
static void smcforms_model_length(struct test_state *s, uint32_t n)
{
    smcforms_model_even(s, n, 0xAC);
}
static void smcforms_model_jump(struct test_state *s, uint32_t n)
{
    smcforms_model_even(s, n, 3);
}
static void smcforms_model_call(struct test_state *s, uint32_t n)
{
    smcforms_model_even(s, n, 8);
}

static void smcforms_model_loop(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->regs.eax = 65 * s->regs.eax + s->regs.ebx;
    s->regs.edx = 0;
    s->regs.ecx = 0;
}

static void smcforms_model_byte(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        s->regs.edx = s->regs.eax << 24 | 0x00111111;
        s->regs.eax += s->regs.ebx + s->regs.edx;
    }
    s->regs.ecx = 0;
}

static void smcforms_model_rmw(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
}

/* ---- blocks ---- */

/* data + 0: a function, mov $imm32,%edx and ret; what follows it is whatever the data are. */
static void smcforms_setup_function(struct test_state *s)
{
    s->data[0] = 0xBA;
    s->data[5] = 0xC3;
}

static void smcforms_model_function(struct test_state *s, uint32_t n)
{
    smcforms_model_add(s, n);
    memcpy(s->data + 1, &s->regs.edx, 4);
}

static void smcforms_model_copied(struct test_state *s, uint32_t n)
{
    smcforms_model_add(s, n);
    s->data32[255] = s->regs.edx;
}

#define SMCFORMS_LOOP(label, body) ADDRESS_OF(label) LOOP_TAIL(body, "xor %ecx,%ecx")
/* `op` with edi = ecx, so many doublewords; all registers but edx stay. */
#define SMCFORMS_REP(count, op)                                                                    \
    "push %ecx\n push %esi\n push %edi\n mov %ecx,%edi\n mov $" #count ",%ecx\n " op               \
    "\n pop %edi\n pop %esi\n pop %ecx\n "
/* 1 KB between the loop and a function that looks at its end: code on its page wherever it lies. */
#define SMCFORMS_BESIDE "\n5: .fill 1024, 1, 0x90\n4: mov 1020(%ecx),%edx\n ret\n"

/* clang-format off */
#define SMCFORMS_ROWS(F, T, TX) \
T(F, rewrite_next,   "rewrite_next",   "", "patch the immediate of the next instruction, without a jump to it",          1, SPREAD, 0, SMCFORMS_LOOP("2f + 1", "mov %eax,(%ecx)\n 2: mov $0x11111111,%edx\n lea (%edx,%ebx),%eax"), NULL, smcforms_model_add) \
T(F, rewrite_page,   "rewrite_page",   "", "patch the immediate of an instruction on the same page, 512 bytes away, and call it", 1, SPREAD, 0, SMCFORMS_LOOP("5f + 1", "mov %eax,(%ecx)\n call 5f\n lea (%edx,%ebx),%eax") "\n .fill 512, 1, 0x90\n5: mov $0x11111111,%edx\n ret\n", NULL, smcforms_model_add) \
T(F, rewrite_byte,   "rewrite_byte",   "", "patch one byte of an immediate on the same line and run it",                  1, SPREAD, 0, SMCFORMS_LOOP("2f + 4", "mov %al,(%ecx)\n jmp 2f\n 2: mov $0x00111111,%edx\n lea (%eax,%ebx),%eax\n add %edx,%eax"), NULL, smcforms_model_byte) \
T(F, rewrite_opcode, "rewrite_opcode", "", "patch an opcode on the same line and run it: add and xor in turn",            1, SPREAD, 0, SMCFORMS_LOOP("2f", "xor $0x30,%edx\n mov %dl,(%ecx)\n jmp 2f\n 2: add %ebx,%eax"), smcforms_setup_add_xor, smcforms_model_opcode) \
T(F, rewrite_length, "rewrite_length", "", "patch an opcode so that the next instruction begins elsewhere, and run it",   1, SPREAD, 0, SMCFORMS_LOOP("2f", "xor $0xAC,%edx\n mov %dl,(%ecx)\n jmp 2f\n 2: nop\n inc %eax\n add %ebx,%eax"), smcforms_setup_nop_cmp, smcforms_model_length) \
T(F, rewrite_jump,   "rewrite_jump",   "", "patch the distance of a jump on the same line and run it: two targets in turn", 1, SPREAD, 0, SMCFORMS_LOOP("2f + 1", "xor $3,%edx\n mov %dl,(%ecx)\n jmp 2f\n 2: jmp 1f\n 1: lea 1(%eax),%eax\n add %ebx,%eax"), smcforms_setup_zero, smcforms_model_jump) \
T(F, rewrite_call,   "rewrite_call",   "", "patch the distance of a call and run it: two functions in turn",              1, SPREAD, 0, SMCFORMS_LOOP("2f + 1", "xor $8,%edx\n push %edx\n add $(5f - 3f),%edx\n mov %edx,(%ecx)\n pop %edx\n jmp 2f\n 2: call 5f\n 3:") "\n5: lea 1(%eax,%ebx),%eax\n ret\n .fill 3, 1, 0x90\n lea (%eax,%ebx),%eax\n ret\n", smcforms_setup_zero, smcforms_model_call) \
T(F, rewrite_loop,   "rewrite_loop/64","", "patch the immediate of an addition in a loop, and run 64 turns",              1, SPREAD, 0, SMCFORMS_LOOP("2f + 1", "mov %eax,(%ecx)\n mov $64,%edx\n jmp 2f\n 2: add $0x11111111,%eax\n dec %edx\n jnz 2b\n add %ebx,%eax"), NULL, smcforms_model_loop) \
T(F, rmw_beside,     "rmw_beside",     "", "store to data on the code's page, add to it, load it; counts as one",          1, SPREAD, 0, SMCFORMS_LOOP("5f", "mov %eax,(%ecx)\n add %ebx,(%ecx)\n mov (%ecx),%eax") "\n .fill 512, 1, 0x90\n5: .long 0\n", NULL, smcforms_model_rmw) \
T(F, movs_code_64,   "movs_code/64",   "", "rep movsd of 64 bytes over a function, and call it",                          1, SPREAD, 0, SMCFORMS_LOOP("5f", "mov %eax,1(%esi)\n " SMCFORMS_REP(16, "rep movsl") "call 5f\n lea (%edx,%ebx),%eax") "\n5: .fill 64, 1, 0x90\n", smcforms_setup_function, smcforms_model_function) \
T(F, movs_code_4k,   "movs_code/4096", "", "rep movsd of 4 KB over a function and what lies behind it, and call it",      1, SPREAD, 0, SMCFORMS_LOOP("5f", "mov %eax,1(%esi)\n " SMCFORMS_REP(1024, "rep movsl") "call 5f\n lea (%edx,%ebx),%eax") "\n5: .fill 4096, 1, 0x90\n", smcforms_setup_function, smcforms_model_function) \
T(F, movs_beside,    "movs_beside/1024", "", "rep movsd of 1 KB to data between code, and run both ends",                 1, SPREAD, 0, SMCFORMS_LOOP("5f", "mov %eax,1020(%esi)\n " SMCFORMS_REP(256, "rep movsl") "call 4f\n lea (%edx,%ebx),%eax") SMCFORMS_BESIDE, NULL, smcforms_model_copied) \
T(F, stos_beside,    "stos_beside/1024", "", "rep stosd of 1 KB to data between code, and run both ends",                 1, SPREAD, 0, SMCFORMS_LOOP("5f", SMCFORMS_REP(256, "rep stosl") "call 4f\n lea (%edx,%ebx),%eax") SMCFORMS_BESIDE, NULL, smcforms_model_add)
/* clang-format on */
FAMILY_TABLE_AS(smcforms, smc, SMCFORMS_ROWS)
