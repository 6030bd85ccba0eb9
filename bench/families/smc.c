/* smc: code that changes code. Each kernel patches a constant and then runs what it patched: a
 * stale copy shows in eax. Patched code is reached through a jump or a call, as Intel SDM vol.
 * 3, 9.1.3 asks for. */
#include "bench/kernel.h"

static void smc_model_add(struct test_state *s, uint32_t n)
{
    s->regs.edx = s->regs.eax + s->regs.ebx * (n - 1);
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
}

#define SMC_LOOP(label, body) ADDRESS_OF(label) LOOP_TAIL(body, "xor %ecx,%ecx")

/* clang-format off */
#define SMC_ROWS(F, T, TX) \
T(F, rewrite_imm, "rewrite_imm", "test 23b self mod", "patch the immediate of an instruction on the same line and run it",  1, SPREAD, 0, SMC_LOOP("2f + 1", "mov %eax,(%ecx)\n jmp 2f\n 2: mov $0x11111111,%edx\n lea (%edx,%ebx),%eax"), NULL, smc_model_add) \
T(F, rewrite_far, "rewrite_far", "test 23d self mod", "patch the immediate of an instruction on another page and call it",  1, SPREAD, 0, SMC_LOOP("5f + 1", "mov %eax,(%ecx)\n call 5f\n lea (%edx,%ebx),%eax") "\n .fill 4224, 1, 0x90\n5: mov $0x11111111,%edx\n ret\n", NULL, smc_model_add) \
T(F, data_beside, "data_beside", "",                  "store to data on the code's page and load it back",                  1, SPREAD, 0, SMC_LOOP("5f", "mov %eax,(%ecx)\n mov (%ecx),%edx\n lea (%edx,%ebx),%eax") "\n .fill 512, 1, 0x90\n5: .long 0\n", NULL, smc_model_add) \
T(F, generate,    "generate",    "",                  "write a function of two instructions and call it",                   1, SPREAD, 0, SMC_LOOP("5f", "movb $0xBA,(%ecx)\n mov %eax,1(%ecx)\n movb $0xC3,5(%ecx)\n call *%ecx\n lea (%edx,%ebx),%eax") "\n .fill 512, 1, 0x90\n5: .fill 16, 1, 0x90\n", NULL, smc_model_add)
/* clang-format on */
FAMILY_TABLE(smc, SMC_ROWS)
