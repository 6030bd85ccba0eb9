// What a run of an engine promises: REP that moves, pauses and resumes, self-modifying code, HLT,
// budgets. (emu/machine/engine.h)
#include <stdio.h>
#include <string.h>

#include "emu/interp/interp.h"
#include "emu/mmu/mmu.h"
#include "emu/tests/system_tests.h"

static const char *test_rep_movs(void)
{
    // Against a byte-by-byte model: all overlaps, sizes, directions, page crossings.
    static uint8_t model[0x2000], got[0x2000];
    for (unsigned i = 0; i < 600; i++) {
        unsigned size = 1u << i % 3, down = i / 3 % 4 == 3;
        uint32_t seed = i * 2654435761u + 99, from, to, count = seed >> 8 & 0x1ff;
        world_reset(w, 0);
        for (unsigned k = 0; k < sizeof model; k++)
            model[k] = (uint8_t)((k * 167u + (k >> 8) * 31u) ^ i);
        world_put(w, WORLD_DATA, model, sizeof model);
        from = 0x800 + (seed & 0x7ff);
        to = i % 2 ? from + (seed >> 20 & 63) - 16 : 0x800 + (seed >> 16 & 0x7ff);
        w->cpu->gpr[REG_ESI] = WORLD_DATA + from;
        w->cpu->gpr[REG_EDI] = WORLD_DATA + to;
        w->cpu->gpr[REG_ECX] = count;
        if (down)
            w->cpu->eflags |= FLAG_DF;
        int vector = size == 1   ? WORLD_RUN(w, 0xf3, 0xa4, 0xcd, 0x40)
                     : size == 2 ? WORLD_RUN(w, 0xf3, 0x66, 0xa5, 0xcd, 0x40)
                                 : WORLD_RUN(w, 0xf3, 0xa5, 0xcd, 0x40);
        EXPECT("vector", vector, 0x40);
        uint32_t step = down ? 0u - size : size;
        for (uint32_t k = 0; k < count; k++) {
            uint8_t element[4];
            memcpy(element, model + (uint32_t)(from + k * step), size);
            memcpy(model + (uint32_t)(to + k * step), element, size);
        }
        mmu_phys_read(w->mmu, WORLD_DATA, got, sizeof got);
        EXPECT("difference", memcmp(model, got, sizeof got), 0);
        EXPECT("esi", w->cpu->gpr[REG_ESI], WORLD_DATA + from + count * step);
        EXPECT("edi", w->cpu->gpr[REG_EDI], WORLD_DATA + to + count * step);
        EXPECT("ecx", w->cpu->gpr[REG_ECX], 0);
    }
    return NULL;
}

static const char *test_rep_pauses(void)
{
    world_reset(w, 0);
    static const uint8_t code[] = {0xf3, 0xac, 0xcd, 0x40}; // rep lodsb; int 0x40
    world_put(w, WORLD_CODE, code, sizeof code);
    w->cpu->gpr[REG_ESI] = WORLD_DATA;
    w->cpu->gpr[REG_ECX] = 10000;
    struct insn insn;
    EXPECT("decoded", insn_decode(code, sizeof code, true, NULL, &insn), DECODE_OK);
    w->cpu->poll = 1;
    EXPECT("retired", interp_execute(w->cpu, &insn), false);
    EXPECT("eip", w->cpu->eip, WORLD_CODE);
    uint32_t left = w->cpu->gpr[REG_ECX];
    EXPECT("stopped half-way", left > 0 && left < 10000, true);
    EXPECT("esi", w->cpu->gpr[REG_ESI], WORLD_DATA + 10000 - left);
    w->cpu->poll = 0;
    EXPECT("retired", interp_execute(w->cpu, &insn), true);
    EXPECT("eip", w->cpu->eip, WORLD_CODE + 2);
    EXPECT("ecx", w->cpu->gpr[REG_ECX], 0);
    return NULL;
}

// A REP over memory that is not there, which goes by single elements, must let timers in.
static const char *test_rep_pauses_by_itself(void)
{
    world_reset(w, 0);
    w->cpu->gpr[REG_ESI] = w->cpu->gpr[REG_EDI] = 0x40000000;
    w->cpu->gpr[REG_ECX] = 0xffffffffu;
    EXPECT("exit", WORLD_RUN(w, 0xf3, 0xa5), -1 - EXIT_POLL); // rep movsd
    EXPECT("eip", w->cpu->eip, WORLD_CODE);
    EXPECT("progress", w->cpu->gpr[REG_ECX] < 0xffffffffu, true);
    return NULL;
}

static const char *test_self_modifying(void)
{
    world_reset(w, 0);
    // mov ecx,3; l: mov byte [l2],0x41 (inc ecx -> inc eax...): the store changes the next
    // instruction b9 03 00 00 00 | c6 05 <l2> 43 | 40 (l2: inc eax, becomes inc ebx) | int 0x40
    EXPECT("vector", WORLD_RUN(w, 0x40, 0xc6, 0x05, 0x08, 0x50, 0, 0, 0x43, 0x40, 0xcd, 0x40),
           0x40);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 1);
    EXPECT("ebx", w->cpu->gpr[REG_EBX], 1);
    // A loop that rewrites its own immediate: add eax, imm8 with imm 1, 2, 3, 4, 5
    world_reset(w, 0);
    w->cpu->gpr[REG_ECX] = 5;
    EXPECT("vector",
           WORLD_RUN(w, 0x83, 0xc0, 0x01, 0xfe, 0x05, 0x02, 0x50, 0, 0, 0xe2, 0xf5, 0xcd, 0x40),
           0x40);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 15);
    return NULL;
}

static const char *test_long_instruction(void)
{
    world_reset(w, 0);
    EXPECT("vector",
           WORLD_RUN(w, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                     0x66, 0x66, 0x66, 0x90),
           EXC_GP);
    EXPECT_STACK(WORLD_STACK0 - 16, 0, WORLD_CODE);
    return NULL;
}

static const char *test_halt(void)
{
    world_reset(w, 0);
    static const uint8_t code[] = {0xf4, 0x40};
    EXPECT("exit", world_run(w, code, sizeof code, 10), -1 - EXIT_HALT);
    EXPECT("eip", w->cpu->eip, WORLD_CODE + 1);
    EXPECT("retired", cpu_icount(w->cpu) > 0, true);
    world_reset(w, 3);
    EXPECT("vector", world_run(w, code, sizeof code, 10), EXC_GP);
    return NULL;
}

static const char *test_budget(void)
{
    world_reset(w, 0);
    static const uint8_t code[] = {0x40, 0x40, 0x40, 0x40, 0x40, 0x40};
    EXPECT("exit", world_run(w, code, sizeof code, 4), -1 - EXIT_BUDGET);
    EXPECT("eax", w->cpu->gpr[REG_EAX], 4);
    EXPECT("left", w->cpu->left, 0);
    return NULL;
}

const struct system_test system_tests_run[] = {
    {"rep movs", test_rep_movs},
    {"rep pauses", test_rep_pauses},
    {"rep pauses by itself", test_rep_pauses_by_itself},
    {"self-modifying code", test_self_modifying},
    {"15-byte limit", test_long_instruction},
    {"halt", test_halt},
    {"budget", test_budget},
    {NULL, NULL},
};
