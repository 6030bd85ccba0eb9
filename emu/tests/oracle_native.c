// The host's side of the oracle: enter a 32-bit segment by IRETQ, come back by whatever signal ends
// it.
//
// IRETQ loads all of SS:ESP, EFLAGS and CS:EIP at once, so the instruction finds exactly the
// registers that the case asks for. It ends by a single-step trap, by the INT3 behind it, or by its
// own fault; the kernel's signal frame has all registers, the vector, the error code and CR2.
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "emu/tests/oracle.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static sigjmp_buf back;
static struct oracle_end *volatile result;

// What FRSTOR and XRSTOR load. FRSTOR, because it loads the pointers to the last instruction
// whatever FSW says.
struct native_fpu {
    _Alignas(64) struct fpu_image image;
    uint8_t frstor[108];
};
_Static_assert(offsetof(struct native_fpu, frstor) == 832, "oracle_enter32 has it");

_Noreturn void oracle_enter32(const struct oracle_regs *regs, const struct native_fpu *fpu);
__asm__(".text\n"
        ".globl oracle_enter32\n"
        "oracle_enter32:\n"
        "    test %rsi, %rsi\n"
        "    jz 1f\n"
        "    frstor 832(%rsi)\n"
        "    mov $6, %eax\n"
        "    xor %edx, %edx\n"
        "    xrstor (%rsi)\n"
        "1:\n"
        "    mov $0x2b, %eax\n"
        "    mov %eax, %ds\n"
        "    mov %eax, %es\n"
        "    mov %rdi, %r8\n"
        "    pushq $0x2b\n"
        "    mov 16(%r8), %eax\n" // ESP
        "    pushq %rax\n"
        "    mov 36(%r8), %eax\n" // EFLAGS
        "    pushq %rax\n"
        "    pushq $0x23\n"
        "    mov 32(%r8), %eax\n" // EIP
        "    pushq %rax\n"
        "    mov 0(%r8), %eax\n"
        "    mov 4(%r8), %ecx\n"
        "    mov 8(%r8), %edx\n"
        "    mov 12(%r8), %ebx\n"
        "    mov 20(%r8), %ebp\n"
        "    mov 24(%r8), %esi\n"
        "    mov 28(%r8), %edi\n"
        "    iretq\n");
_Static_assert(offsetof(struct oracle_regs, eip) == 32, "oracle_enter32 has it");
_Static_assert(offsetof(struct oracle_regs, eflags) == 36, "oracle_enter32 has it");

// The state in the signal frame: an XSAVE image in standard format. A component that was in its
// initial state may be missing from it.
static void take_fpu(struct oracle_vector *v, const void *frame)
{
    struct fpu_image *i = &v->image;
    memcpy(i, frame, sizeof *i);
    if (!(i->xstate_bv & XCR0_X87)) {
        memset(i, 0, offsetof(struct fpu_image, mxcsr));
        memset(i->st, 0, sizeof i->st);
        i->fcw = FCW_INIT;
    }
    if (!(i->xstate_bv & XCR0_SSE))
        memset(i->xmm, 0, sizeof i->xmm);
    if (!(i->xstate_bv & XCR0_AVX))
        memset(i->ymm_high, 0, sizeof i->ymm_high);
    v->fip = (uint32_t)i->host_fip;
    v->fdp = (uint32_t)i->host_fdp;
    v->fop = i->host_fop;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    // What the instruction left in NT or DF must not disturb the next IRETQ or the C library.
    __asm__ volatile("pushq $0x202\n\tpopfq" ::: "cc", "memory");
    const greg_t *g = ((const ucontext_t *)context)->uc_mcontext.gregs;
    static const int order[REG_COUNT] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                         REG_RSP, REG_RBP, REG_RSI, REG_RDI};
    for (unsigned i = 0; i < REG_COUNT; i++)
        result->regs.gpr[i] = (uint32_t)g[order[i]];
    result->regs.eip = (uint32_t)g[REG_RIP];
    result->regs.eflags = (uint32_t)g[REG_EFL];
    result->vector = (uint32_t)g[REG_TRAPNO];
    result->error = (uint32_t)g[REG_ERR];
    result->cr2 = (uint32_t)g[REG_CR2];
    take_fpu(&result->fpu, ((const ucontext_t *)context)->uc_mcontext.fpregs);
    siglongjmp(back, 1);
}

static bool map_at(uint32_t address, size_t bytes, int protection)
{
    void *want = (void *)(uintptr_t)address;
    return mmap(want, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                0) == want;
}

bool oracle_native_map(uint32_t address, uint32_t bytes, const char **why)
{
    if (map_at(address, bytes, PROT_READ | PROT_WRITE | PROT_EXEC))
        return true;
    *why = "an address below 4 GB is taken";
    return false;
}

void oracle_native_enter(const struct oracle_regs *regs, struct oracle_end *end)
{
    memset(end, 0, sizeof *end);
    result = end;
    if (sigsetjmp(back, 0) == 0)
        oracle_enter32(regs, NULL);
}

bool oracle_native_init(const char **why)
{
    static uint8_t signal_stack[64 * 1024];
    uint32_t limit = 0;
    bool seen;
    __asm__("lsl %2, %0\n\tsetz %b1" : "+r"(limit), "=q"(seen) : "r"(ORACLE_CS) : "cc");
    if (!seen) {
        *why = "this kernel has no 32-bit code segment";
        return false;
    }
    bool ok =
        map_at(ORACLE_CODE, ORACLE_CODE_PAGES * ORACLE_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (unsigned i = 0; ok && i < ORACLE_MEMORY_PAGES; i++)
        if (oracle_access[i] != ORACLE_ABSENT)
            ok = map_at(oracle_page_address(i), ORACLE_PAGE, PROT_READ | PROT_WRITE);
    if (!ok) {
        *why = "the addresses from 0x10000000 on are taken";
        return false;
    }
    if (!__builtin_cpu_supports("avx")) {
        *why = "this host has no AVX, and no XRSTOR that it needs";
        return false;
    }
    stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    if (sigaltstack(&alternate, NULL) != 0)
        ok = false;
    for (unsigned i = 0; ok && i < sizeof signals / sizeof *signals; i++)
        ok = sigaction(signals[i], &action, NULL) == 0;
    if (!ok)
        *why = "signals cannot be caught";
    return ok;
}

const uint8_t *oracle_native_page(unsigned i)
{
    return oracle_access[i] == ORACLE_ABSENT ? NULL
                                             : (const uint8_t *)(uintptr_t)oracle_page_address(i);
}

void oracle_native_run(const struct oracle_case *c, struct oracle_end *end)
{
    for (unsigned i = 0; i < ORACLE_MEMORY_PAGES; i++) {
        void *page = (void *)(uintptr_t)oracle_page_address(i);
        if (oracle_access[i] == ORACLE_READ) {
            if (memcmp(page, c->memory[i], ORACLE_PAGE) == 0)
                continue;
            mprotect(page, ORACLE_PAGE, PROT_READ | PROT_WRITE);
            memcpy(page, c->memory[i], ORACLE_PAGE);
            mprotect(page, ORACLE_PAGE, PROT_READ);
        } else if (oracle_access[i] == ORACLE_WRITE) {
            memcpy(page, c->memory[i], ORACLE_PAGE);
        }
    }
    oracle_code_image(c, (uint8_t *)(uintptr_t)ORACLE_CODE);
    static struct native_fpu state;
    if (c->with_fpu) {
        state.image = c->fpu.image;
        oracle_vector_frstor_image(&c->fpu, state.frstor);
    }
    memset(end, 0, sizeof *end);
    result = end;
    if (sigsetjmp(back, 0) == 0)
        oracle_enter32(&c->regs, c->with_fpu ? &state : NULL);
    if (end->vector != EXC_PF)
        end->cr2 = 0;
}
