// The host's side of the segment oracle. See segment_world.h and oracle_native.c, whose way in and
// out this is: IRETQ into the segments, a signal out of them.
//
// IRETQ to a 16-bit stack segment loads SP alone, and the upper half of ESP stays that of the
// frame's address: the frame lies where that half is SEGMENT_ESP_HIGH.
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "emu/tests/segment_world.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

enum { FRAME = SEGMENT_ESP_HIGH << 16 | 0x8000, FRAME_MAP = (SEGMENT_ESP_HIGH << 16) };

static sigjmp_buf back;
static struct segment_end *volatile result;
static volatile sig_atomic_t inside; // the segments; else a signal is this program's own

_Noreturn void segment_enter(const struct segment_state *state);
__asm__(".text\n"
        ".globl segment_enter\n"
        "segment_enter:\n"
        "    mov %rdi, %r8\n"
        "    mov $0x10808000, %esp\n"
        "    movzwl 44(%r8), %eax\n" // SS
        "    pushq %rax\n"
        "    mov 16(%r8), %eax\n" // ESP
        "    pushq %rax\n"
        "    mov 36(%r8), %eax\n" // EFLAGS
        "    pushq %rax\n"
        "    movzwl 42(%r8), %eax\n" // CS
        "    pushq %rax\n"
        "    mov 32(%r8), %eax\n" // EIP
        "    pushq %rax\n"
        "    movw 46(%r8), %ds\n"
        "    movw 40(%r8), %es\n"
        "    movw 50(%r8), %gs\n"
        "    mov 0(%r8), %eax\n"
        "    mov 4(%r8), %ecx\n"
        "    mov 8(%r8), %edx\n"
        "    mov 12(%r8), %ebx\n"
        "    mov 20(%r8), %ebp\n"
        "    mov 24(%r8), %esi\n"
        "    mov 28(%r8), %edi\n"
        "    iretq\n");
_Static_assert(FRAME == 0x10808000, "segment_enter has it");
_Static_assert(offsetof(struct segment_state, eip) == 32, "segment_enter has it");
_Static_assert(offsetof(struct segment_state, selector) == 40, "segment_enter has it");

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)info;
    if (!inside) {
        signal(number, SIG_DFL);
        return;
    }
    inside = 0;
    __asm__ volatile("pushq $0x202\n\tpopfq" ::: "cc", "memory");
    const greg_t *g = ((const ucontext_t *)context)->uc_mcontext.gregs;
    static const int order[REG_COUNT] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                         REG_RSP, REG_RBP, REG_RSI, REG_RDI};
    struct segment_state *s = &result->state;
    for (unsigned i = 0; i < REG_COUNT; i++)
        s->gpr[i] = (uint32_t)g[order[i]];
    s->eip = (uint32_t)g[REG_RIP];
    s->eflags = (uint32_t)g[REG_EFL];
    uint64_t packed = (uint64_t)g[REG_CSGSFS]; // CS, GS, FS, SS from bit 0 up
    s->selector[SEG_CS] = (uint16_t)packed;
    s->selector[SEG_SS] = (uint16_t)(packed >> 48);
    __asm__ volatile("mov %%ds, %0" : "=r"(s->selector[SEG_DS]));
    __asm__ volatile("mov %%es, %0" : "=r"(s->selector[SEG_ES]));
    __asm__ volatile("mov %%gs, %0" : "=r"(s->selector[SEG_GS]));
    result->vector = (uint32_t)g[REG_TRAPNO];
    result->error = (uint32_t)g[REG_ERR];
    result->cr2 = (uint32_t)g[REG_CR2];
    siglongjmp(back, 1);
}

static bool map_at(uint32_t address, size_t bytes, int protection)
{
    void *want = (void *)(uintptr_t)address;
    return mmap(want, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                0) == want;
}

static void *page_address(unsigned page)
{
    return (void *)(uintptr_t)(SEGMENT_ARENA + page * 4096);
}

bool segment_native_init(const char **why)
{
    static uint8_t signal_stack[64 * 1024];
    bool ok = map_at(FRAME_MAP, 0x9000, PROT_READ | PROT_WRITE);
    for (unsigned i = 0; ok && i < SEGMENT_PAGES; i++)
        if (segment_page_present(i))
            ok = map_at(SEGMENT_ARENA + i * 4096, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!ok) {
        *why = "the addresses from 0x10000000 on are taken";
        return false;
    }
    stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    ok = sigaltstack(&alternate, NULL) == 0;
    for (unsigned i = 0; ok && i < sizeof signals / sizeof *signals; i++)
        ok = sigaction(signals[i], &action, NULL) == 0;
    if (!ok)
        *why = "signals cannot be caught";
    const struct segment_entry probe[SEGMENT_ENTRIES] = {{.kind = KIND_CODE, .limit = 0xffff}};
    if (ok && !(ok = segment_native_entries(probe)))
        *why = "this kernel makes no 16-bit segments";
    return ok;
}

bool segment_native_entries(const struct segment_entry entries[SEGMENT_ENTRIES])
{
    for (unsigned i = 0; i < SEGMENT_ENTRIES; i++) {
        const struct segment_entry *e = &entries[i];
        struct user_desc d = {
            .entry_number = i,
            .base_addr = e->base,
            .limit = e->limit,
            .seg_32bit = e->big,
            .contents = e->kind & 3u,
            .read_exec_only = e->restricted,
            .limit_in_pages = e->pages,
            .seg_not_present = e->absent,
            .useable = 1,
        };
        if (e->empty)
            d = (struct user_desc){.entry_number = i, .read_exec_only = 1, .seg_not_present = 1};
        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0)
            return false;
    }
    return true;
}

void segment_native_run(const struct segment_state *from, const uint8_t *before, uint8_t *after,
                        struct segment_end *end)
{
    for (unsigned i = 0; i < SEGMENT_PAGES; i++) {
        void *page = page_address(i);
        if (!segment_page_present(i))
            continue;
        if (!segment_page_writable(i)) {
            if (memcmp(page, before + i * 4096, 4096) == 0)
                continue;
            mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
        }
        memcpy(page, before + i * 4096, 4096);
        if (!segment_page_writable(i))
            mprotect(page, 4096, PROT_READ | PROT_EXEC);
    }
    unsigned long gs;
    memset(end, 0, sizeof *end);
    result = end;
    syscall(SYS_arch_prctl, ARCH_GET_GS, &gs);
    if (sigsetjmp(back, 0) == 0) {
        inside = 1;
        segment_enter(from);
    }
    __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%gs" ::"r"(0));
    syscall(SYS_arch_prctl, ARCH_SET_GS, gs);
    for (unsigned i = 0; i < SEGMENT_PAGES; i++)
        if (segment_page_present(i))
            memcpy(after + i * 4096, page_address(i), 4096);
        else
            memcpy(after + i * 4096, before + i * 4096, 4096);
    if (end->vector != EXC_PF)
        end->cr2 = 0;
    end->error &= ~(end->vector == EXC_PF ? (uint32_t)PF_I : 0); // the host pages with NX
}
