/* See ring0.h. */
#include "bench/ring0.h"
#include "bench/freestanding.h"

#define RING0_STACK_BYTES 8192u

struct ring0_task ring0_main, ring0_other;

/* boot.S: the stack of ring 3, and where ring 0 went on from. */
uint32_t ring0_ring3_stack, ring0_kept_esp, ring0_kept_eip, ring0_kept_eflags;

static uint8_t ring0_stacks[3][RING0_STACK_BYTES] __attribute__((aligned(16)));
static uint64_t ring0_table[16] __attribute__((aligned(8)));

struct ring0_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static uint32_t ring0_stack_top(uint32_t stack)
{
    return (uint32_t)(uintptr_t)(ring0_stacks[stack] + RING0_STACK_BYTES - 16);
}

/* access: P, DPL, S and type; flags: G, D and AVL, above the limit (SDM vol. 3, 3.4.5). */
static void ring0_put_segment(uint32_t selector, uint32_t base, uint32_t limit, uint32_t access,
                              uint32_t flags)
{
    ring0_table[selector / 8] = (uint64_t)(base >> 24) << 56 | (uint64_t)flags << 52 |
                                (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)access << 40 |
                                (uint64_t)(base & 0xFFFFFF) << 16 | (limit & 0xFFFF);
}

static void ring0_put_task(uint32_t selector, struct ring0_task *task)
{
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    memset(task, 0, sizeof *task);
    memset(task->map, 0xFF, sizeof task->map);
    task->ss0 = RING0_DATA;
    task->esp0 = ring0_stack_top(0);
    task->cr3 = cr3;
    task->map_at = (uint16_t)offsetof(struct ring0_task, map);
    ring0_put_segment(selector, (uint32_t)(uintptr_t)task,
                      (uint32_t)offsetof(struct ring0_task, map) + 0x2000, 0x89, 0);
}

void ring0_open(void)
{
    const struct ring0_pointer pointer = {sizeof ring0_table - 1, (uint32_t)(uintptr_t)ring0_table};
    ring0_put_segment(RING0_CODE, 0, 0xFFFFF, 0x9B, 0xC);
    ring0_put_segment(RING0_DATA, 0, 0xFFFFF, 0x93, 0xC);
    ring0_put_segment(RING3_CODE & ~3u, 0, 0xFFFFF, 0xFB, 0xC);
    ring0_put_segment(RING3_DATA & ~3u, 0, 0xFFFFF, 0xF3, 0xC);
    ring0_put_segment(RING0_ABSENT, 0, 0xFFFFF, 0x73, 0xC);
    ring0_put_task(RING0_TASK, &ring0_main);
    ring0_put_task(RING0_OTHER, &ring0_other);
    ring0_ring3_stack = ring0_stack_top(1);
    __asm__ volatile("lgdt %0\n"
                     "ljmp $0x08, $1f\n"
                     "1: mov %1, %%ss\n"
                     "mov %2, %%ds\n mov %2, %%es\n mov %2, %%fs\n mov %2, %%gs\n"
                     "ltr %w3"
                     :
                     : "m"(pointer), "r"(RING0_DATA), "r"(RING3_DATA), "r"(RING0_TASK)
                     : "memory");
}

uint32_t ring0_handler(const struct test_state *s)
{
    uint32_t back, at = (uint32_t)(s->test->code_end - s->test->code) - 4;
    memcpy(&back, s->test->code + at, 4);
    return s->code + at - back;
}

/* ---- gates ---- */

static uint64_t ring0_kept_gate[0x50];

static uint64_t *ring0_find_gates(void)
{
    struct ring0_pointer pointer;
    __asm__ volatile("sidt %0" : "=m"(pointer));
    return (uint64_t *)(uintptr_t)pointer.base;
}

static uint64_t ring0_make_gate(uint32_t selector, uint32_t address, uint32_t access,
                                uint32_t words)
{
    return (uint64_t)(address >> 16) << 48 | (uint64_t)access << 40 | (uint64_t)words << 32 |
           (uint64_t)selector << 16 | (address & 0xFFFF);
}

void ring0_set_gate(uint32_t vector, uint32_t address, enum ring0_gate gate)
{
    uint64_t *at = &ring0_find_gates()[vector];
    if (vector < 0x50 && !ring0_kept_gate[vector])
        ring0_kept_gate[vector] = *at;
    *at = gate == RING0_TASK_GATE ? ring0_make_gate(RING0_OTHER, 0, gate, 0)
                                  : ring0_make_gate(RING0_CODE, address, gate, 0);
}

void ring0_release(void)
{
    uint64_t *gates = ring0_find_gates();
    for (uint32_t i = 0; i < 0x50; i++)
        if (ring0_kept_gate[i]) {
            gates[i] = ring0_kept_gate[i];
            ring0_kept_gate[i] = 0;
        }
}

void ring0_set_call_gate(uint32_t address, uint32_t words)
{
    ring0_table[RING0_CALL_GATE / 8] = ring0_make_gate(RING0_CODE, address, 0xEC, words);
}

void ring0_set_other(uint32_t eip, const struct kern_regs *regs)
{
    ring0_put_task(RING0_OTHER, &ring0_other);
    struct ring0_task *t = &ring0_other;
    t->eip = eip;
    t->eflags = 2;
    t->esp = ring0_stack_top(2);
    t->eax = regs->eax, t->ebx = regs->ebx, t->ecx = regs->ecx, t->edx = regs->edx;
    t->esi = regs->esi, t->edi = regs->edi;
    t->cs = RING0_CODE, t->ss = RING0_DATA;
    t->ds = t->es = t->fs = t->gs = RING3_DATA;
}

void ring0_allow_port(uint16_t port, uint32_t count)
{
    memset(ring0_main.map, 0xFF, sizeof ring0_main.map);
    for (uint32_t i = port; i < port + count && i < 0x10000; i++)
        ring0_main.map[i / 8] &= (uint8_t) ~(1u << i % 8);
}

uint32_t *ring0_entry(uint32_t linear)
{
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    const uint32_t *directory = (const uint32_t *)(uintptr_t)(cr3 & ~0xFFFu);
    uint32_t *table = (uint32_t *)(uintptr_t)(directory[linear >> 22] & ~0xFFFu);
    return &table[linear >> 12 & 1023];
}

void ring0_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

uint64_t ring0_read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}
