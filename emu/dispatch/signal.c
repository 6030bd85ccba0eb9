// The host faults that translated code may raise: at an instruction that was noted as a trap site,
// SIGFPE (DIV and IDIV; unmasked exceptions of x87 and SSE) and SIGSEGV (operands of SSE that are
// not aligned), after which C does the instruction again and raises the guest's own; and SIGSEGV on
// the guard page of the return stack, which empties it. Any other goes to whoever had the signal
// before us.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "emu/dispatch/jit.h"

static _Thread_local struct jit *owner;
static struct sigaction before_fpe, before_segv;

void jit_signals_owner(struct jit *j)
{
    owner = j;
}

static const struct trap_site *find_trap(const struct jit *j, const uint8_t *host)
{
    uint32_t lo = 0, hi = j->ntraps;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (j->traps[mid].host < host)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < j->ntraps && j->traps[lo].host == host ? &j->traps[lo] : NULL;
}

// Go on with the exit thunk, as if the block had left by itself in front of the instruction.
static void leave_translated(struct jit *j, ucontext_t *uc, const struct trap_site *t)
{
    greg_t *reg = uc->uc_mcontext.gregs;
    if (!t->saved) {
        uint32_t flags = (uint32_t)reg[REG_EFL];
        reg[REG_R12] = (flags & FLAGS_ARITH & 0xff) << 8 | (flags & FLAG_OF ? 1 : 0);
    }
    j->trapped = *t;
    jit_context(j->cpu)->exit_index = EXIT_TRAP;
    reg[REG_RIP] = (greg_t)(uintptr_t)jit_exec(j, j->thunk_exit);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct jit *j = owner;
    const uint8_t *rip = (const uint8_t *)(uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
    if (j && rip >= j->rx && rip < j->rx + j->cache_bytes) {
        const struct trap_site *t = find_trap(j, rip);
        if (t) {
            leave_translated(j, uc, t);
            return;
        }
        const uint8_t *address = info->si_addr;
        if (sig == SIGSEGV && address >= j->stack && address < j->stack + 4096) {
            uc->uc_mcontext.gregs[REG_RSP] = (greg_t)jit_context(j->cpu)->stack_base;
            return;
        }
    }
    // Not ours: to whoever was there before, or to the default by letting the instruction fault
    // again.
    const struct sigaction *before = sig == SIGFPE ? &before_fpe : &before_segv;
    if (before->sa_flags & SA_SIGINFO)
        before->sa_sigaction(sig, info, context);
    else
        sigaction(sig, before, NULL);
}

int jit_signals_install(const char **why)
{
    static bool installed;
    static _Thread_local bool has_stack;
    if (!has_stack) {
        stack_t ss = {.ss_size = 64 << 10};
        ss.ss_sp = malloc(ss.ss_size); // for the life of the thread
        if (!ss.ss_sp || sigaltstack(&ss, NULL) < 0) {
            *why = "cannot set up a signal stack";
            return -1;
        }
        has_stack = true;
    }
    if (!installed) {
        struct sigaction sa = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        sigemptyset(&sa.sa_mask);
        if (sigaction(SIGFPE, &sa, &before_fpe) < 0 || sigaction(SIGSEGV, &sa, &before_segv) < 0) {
            *why = "cannot install signal handlers";
            return -1;
        }
        installed = true;
    }
    return 0;
}
