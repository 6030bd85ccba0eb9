/* sys: ways between code, rings and tasks: gates, far calls, iret, SYSENTER, task switches. A
 * counted operation is there and back. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/ring0.h"

static void sysring_setup_interrupt(struct test_state *s)
{
    ring0_set_gate(0x50, ring0_handler(s), RING0_INTERRUPT_GATE);
}

static void sysring_setup_trap(struct test_state *s)
{
    ring0_set_gate(0x50, ring0_handler(s), RING0_TRAP_GATE);
}

static void sysring_setup_call(struct test_state *s)
{
    ring0_set_call_gate(ring0_handler(s), 0);
}

static void sysring_setup_call_2(struct test_state *s)
{
    ring0_set_call_gate(ring0_handler(s), 2);
}

/* Its handler ends in SYSEXIT, which goes to edx with the stack ecx. */
static void sysring_setup_sysenter(struct test_state *s)
{
    ring0_write_msr(0x174, RING0_CODE);
    ring0_write_msr(0x175, ring0_main.esp0);
    ring0_write_msr(0x176, ring0_handler(s));
    s->regs.ecx = s->regs.edx = 0;
}

static void sysring_model_sum(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

static void sysring_model_sum16(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
}

static void sysring_model_far(struct test_state *s, uint32_t n)
{
    sysring_model_sum16(s, n);
    s->regs.ecx = 0;
}

static void sysring_model_far_1(struct test_state *s, uint32_t n)
{
    sysring_model_sum(s, n);
    s->regs.ecx = 0;
}

/* The handler adds both words that the gate copied: ebx, and ecx twice. */
static void sysring_model_call_2(struct test_state *s, uint32_t n)
{
    s->regs.eax += (s->regs.ebx + 2 * s->regs.ecx) * 16 * n;
}

static void sysring_model_sysenter(struct test_state *s, uint32_t n)
{
    sysring_model_sum(s, n);
    s->regs.ecx = s->regs.edx = 0;
}

/* ---- tasks ---- */

static struct kern_regs sysring_other;

static void sysring_setup_task(struct test_state *s)
{
    sysring_other = s->regs;
    ring0_set_other(ring0_handler(s), &sysring_other);
    ring0_set_gate(0x50, 0, RING0_TASK_GATE);
}

/* Both tasks count; a task switch keeps what each has. */
static void sysring_model_task(struct test_state *s, uint32_t n)
{
    uint32_t cr0;
    sysring_model_sum(s, n);
    if (ring0_other.eax != sysring_other.eax + sysring_other.ebx * 4 * n)
        s->why = "the other task did not run as often as it was switched to";
    if (ring0_other.ebx != sysring_other.ebx || ring0_other.ecx != sysring_other.ecx ||
        ring0_other.edx != sysring_other.edx || ring0_other.esi != sysring_other.esi ||
        ring0_other.edi != sysring_other.edi)
        s->why = "the other task lost a register";
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    if (cr0 & 8)
        s->why = "TS is still set";
}

/* The jump behind the addition: QEMU 7.2 keeps wrong flags where a task is left with flags that it
 * has not worked out yet, and the TF among them would end the run. */
#define SYSRING_TASK(there, back)                                                                  \
    LOOP_TAIL(REPEAT(4, there) " add %ebx,%eax", "clts")                                           \
    HANDLER("add %ebx,%eax\n jmp 1f\n1: " back "\n jmp 5b")
#define SYSRING_3(body) IN_RING3 LOOP_TAIL(REPEAT(16, body), IN_RING0)
#define SYSRING_FAR                                                                                \
    ADDRESS_OF("5f")                                                                               \
    "mov %ecx,0x4000(%esi)\n xor %ecx,%ecx\n mov %cs,%ecx\n mov %ecx,0x4004(%esi)\n xor "          \
    "%ecx,%ecx\n"

/* clang-format off */
#define SYSRING_ROWS(F, T, TX) \
T(F, iret,        "iret",        "", "pushf, push cs, call and iret, without a change of ring",             16, FLOOR, 0, LOOP(16, "pushf\n push %cs\n call 5f") "\n5: add %ebx,%eax\n iret\n", NULL, sysring_model_sum16) \
T(F, far_call,    "far_call",    "", "far call through memory, and far return, without a change of ring",   16, FLOOR, 0, SYSRING_FAR LOOP(16, "lcall *0x4000(%esi)") "\n5: add %ebx,%eax\n lret\n", NULL, sysring_model_far) \
T(F, far_jump,    "far_jump",    "", "far jump through memory, without a change of ring",                   1, FLOOR, 0, SYSRING_FAR LOOP_RAW("ljmp *0x4000(%esi)\n nop\n5: add %ebx,%eax"), NULL, sysring_model_far_1) \
T(F, int_gate,    "int_gate",    "", "int n through an interrupt gate, and iret, in ring 0",                16, FLOOR, NEED_RING0, LOOP(16, "int $0x50") HANDLER("add %ebx,%eax\n iret"), sysring_setup_interrupt, sysring_model_sum16) \
T(F, int_trap,    "int_trap",    "", "int n through a trap gate, and iret, in ring 0",                      16, FLOOR, NEED_RING0, LOOP(16, "int $0x50") HANDLER("add %ebx,%eax\n iret"), sysring_setup_trap, sysring_model_sum16) \
T(F, call_gate,   "call_gate",   "", "far call through a call gate, and far return, in ring 0",             16, FLOOR, NEED_RING0, LOOP(16, "lcall $0x43,$0") HANDLER("add %ebx,%eax\n lret"), sysring_setup_call, sysring_model_sum16) \
T(F, ring3_int,   "ring3/int",   "", "int n from ring 3 to ring 0, and iret to ring 3",                     16, FLOOR, NEED_RING0, SYSRING_3("int $0x50") HANDLER("add %ebx,%eax\n iret"), sysring_setup_interrupt, sysring_model_sum16) \
T(F, ring3_trap,  "ring3/trap",  "", "int n from ring 3 through a trap gate, and iret to ring 3",           16, FLOOR, NEED_RING0, SYSRING_3("int $0x50") HANDLER("add %ebx,%eax\n iret"), sysring_setup_trap, sysring_model_sum16) \
T(F, ring3_save,  "ring3/save",  "", "int n from ring 3 to a handler that saves all registers and segments", 16, FLOOR, NEED_RING0, SYSRING_3("int $0x50") HANDLER("pusha\n push %ds\n push %es\n push %fs\n push %gs\n mov %ss,%ecx\n mov %ecx,%ds\n mov %ecx,%es\n pop %gs\n pop %fs\n pop %es\n pop %ds\n popa\n add %ebx,%eax\n iret"), sysring_setup_interrupt, sysring_model_sum16) \
T(F, ring3_call_gate, "ring3/call_gate", "", "call gate from ring 3 to ring 0, and far return",              16, FLOOR, NEED_RING0, SYSRING_3("lcall $0x43,$0") HANDLER("add %ebx,%eax\n lret"), sysring_setup_call, sysring_model_sum16) \
T(F, ring3_call_args, "ring3/call_gate_args", "", "call gate that copies two words from ring 3's stack, and far return that removes them", 16, FLOOR, NEED_RING0, SYSRING_3("push %ebx\n push %ecx\n lcall $0x43,$0") HANDLER("add 8(%esp),%eax\n add 12(%esp),%eax\n add 8(%esp),%eax\n lret $8"), sysring_setup_call_2, sysring_model_call_2) \
T(F, ring3_sysenter, "ring3/sysenter", "", "sysenter from ring 3 to ring 0, and sysexit",                   1, FLOOR, NEED_RING0 | NEED_SEP, IN_RING3 ADDRESS_OF("3f") "mov %ecx,%edx\n" LOOP_TAIL("mov %esp,%ecx\n sysenter\n3:", "xor %ecx,%ecx\n xor %edx,%edx" IN_RING0) HANDLER("add %ebx,%eax\n sysexit"), sysring_setup_sysenter, sysring_model_sysenter) \
T(F, ring3_visit, "ring3/visit", "", "from ring 0 to ring 3 by iret, and back by int n",                    8, FLOOR, NEED_RING0, LOOP_ADD(8, "int $0x41\n int $0x42"), NULL, sysring_model_sum) \
T(F, task_jump,   "task_jump",   "", "jump to another task's TSS, and jump back",                           4, FLOOR, NEED_RING0, SYSRING_TASK("ljmp $0x30,$0", "ljmp $0x28,$0"), sysring_setup_task, sysring_model_task) \
T(F, task_call,   "task_call",   "", "call another task's TSS; it returns by iret",                         4, FLOOR, NEED_RING0, SYSRING_TASK("lcall $0x30,$0", "iret"), sysring_setup_task, sysring_model_task) \
T(F, task_gate,   "task_gate",   "", "int n through a task gate; the task returns by iret",                 4, FLOOR, NEED_RING0, SYSRING_TASK("int $0x50", "iret"), sysring_setup_task, sysring_model_task)
/* clang-format on */
FAMILY_TABLE_AS(sysring, sys, SYSRING_ROWS)
