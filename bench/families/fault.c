/* fault: round trips through exceptions. Under an operating system they go through the kernel and a
 * signal handler, on the bare port through its own handler; the measured instructions are the same.
 */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"

#define FAULT_PAGE 4096u

/* The table area holds the address of what arms the fault again, called from the kernel, and of the
 * window. */
static void fault_set_table(struct test_state *s, void (*arm)(void))
{
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    table[0] = (uint32_t)(uintptr_t)arm;
    table[1] = (uint32_t)(uintptr_t)port_window();
    port_faults.count = 0;
}

static void fault_setup_touch(struct test_state *s)
{
    for (uint32_t page = 0; page < PORT_WINDOW_PAGES; page++)
        port_set_window_page(page, PAGE_WRITABLE);
    fault_set_table(s, port_drop_window);
}

static void fault_model_touch(struct test_state *s, uint32_t n)
{
    const uint8_t *window = port_window();
    /* Where the port handles the faults itself they can be counted; an operating system keeps them
     * to itself. */
    if (port_needs() & NEED_RING0 && port_faults.count != PORT_WINDOW_PAGES * n)
        s->why = "there was not one fault per page";
    for (uint32_t page = 0; page < PORT_WINDOW_PAGES; page++)
        if (*(const uint32_t *)(const void *)(window + page * FAULT_PAGE) != s->regs.ebx)
            s->why = "a page does not hold what was stored";
    s->regs.ecx = s->regs.edx = 0;
}

static void fault_arm_readonly(void)
{
    port_set_window_page(0, PAGE_READONLY);
}

static void fault_setup_readonly(struct test_state *s)
{
    port_set_window_page(0, PAGE_WRITABLE);
    fault_set_table(s, fault_arm_readonly);
}

static void fault_model_readonly(struct test_state *s, uint32_t n)
{
    if (port_faults.count != n)
        s->why = "there was not one fault per store";
    if (*(const uint32_t *)(const void *)port_window() != s->regs.eax)
        s->why = "the page does not hold what was stored last";
    s->regs.ecx = s->regs.edx = 0;
}

static void fault_model_absent_load(struct test_state *s, uint32_t n)
{
    if (port_faults.count != n)
        s->why = "there was not one fault per load";
    s->regs.eax += *(const uint32_t *)(const void *)port_window() * n;
    s->regs.ecx = s->regs.edx = 0;
}

static void fault_arm_absent(void)
{
    port_set_window_page(0, PAGE_ABSENT);
}

static void fault_setup_absent(struct test_state *s)
{
    port_set_window_page(0, PAGE_WRITABLE);
    memcpy(port_window(), &s->regs.edx, 4);
    fault_set_table(s, fault_arm_absent);
}

/* Exceptions that the port skips. The title's operand is what edx, ecx and the table are. */
static void fault_allow(struct test_state *s, uint32_t vector, uint32_t skip)
{
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    memset((void *)(uintptr_t)port_trap_count, 0, sizeof port_trap_count);
    memset(port_trap_skip, 0, sizeof port_trap_skip);
    if (vector < sizeof port_trap_skip)
        port_trap_skip[vector] = (uint8_t)PORT_SKIP(skip);
    table[0] = 5, table[1] = 9; /* bounds; ecx is outside of them */
    s->regs.ecx = 0;
}

static void fault_model_trap(struct test_state *s, uint32_t vector, uint32_t count, uint32_t n)
{
    memset(port_trap_skip, 0, sizeof port_trap_skip);
    if (port_trap_count[vector] != count)
        s->why = "the number of exceptions is wrong";
    s->regs.eax += s->regs.ebx * n;
}

#define FAULT_TRAP(id, vector, skip, count, ecx_)                                                  \
    static void fault_setup_##id(struct test_state *s)                                             \
    {                                                                                              \
        fault_allow(s, vector, skip);                                                              \
        s->regs.ecx = ecx_;                                                                        \
    }                                                                                              \
    static void fault_model_##id(struct test_state *s, uint32_t n)                                 \
    {                                                                                              \
        fault_model_trap(s, vector, (count)*n, n);                                                 \
    }

FAULT_TRAP(divide, 0, 2, 4, 0)
FAULT_TRAP(debug, 1, 0, 16, 0)
FAULT_TRAP(breakpoint, 3, 0, 4, 0)
FAULT_TRAP(overflow, 4, 0, 4, 0x80000000u)
FAULT_TRAP(bound, 5, 6, 4, 4)
FAULT_TRAP(undefined, 6, 2, 4, 0)
FAULT_TRAP(general, 13, 2, 4, 0xFFFB)
FAULT_TRAP(int, 0x40, 0, 16, 0)

#define FAULT_ARM  "push %eax\n call *0x4000(%esi)\n pop %eax\n mov 0x4004(%esi),%ecx\n"
#define FAULT_TAIL "xor %ecx,%ecx\n xor %edx,%edx"

/* Each of these is an instruction that traps with TF set: 13, and the three that clear it. */
#define FAULT_STEP                                                                                 \
    "pushf\n orl $0x100,(%esp)\n popf\n" REPEAT(13, "nop") "pushf\n andl $~0x100,(%esp)\n popf\n " \
                                                           "add %ebx,%eax"

/* clang-format off */
#define FAULT_ROWS(F, T, TX) \
T(F, first_touch, "first_touch", "test 3 os pg flt", "first store to each of 256 fresh pages, per page",        256, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM SWEEP(256, 4096, "mov %ebx,o(%ecx)"), FAULT_TAIL), fault_setup_touch, fault_model_touch) \
T(F, readonly,    "readonly",    "",                 "store to a page after it was made read-only; its handler makes it writable", 1, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM "mov %eax,(%ecx)", FAULT_TAIL), fault_setup_readonly, fault_model_readonly) \
T(F, divide,      "divide",      "",                 "divide by zero; its handler skips the division",              4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "div %ecx"), fault_setup_divide, fault_model_divide) \
T(F, breakpoint,  "breakpoint",  "",                 "int3 and its handler",                                        4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "int3"), fault_setup_breakpoint, fault_model_breakpoint) \
T(F, undefined,   "undefined",   "",                 "ud2; its handler skips it",                                   4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "ud2"), fault_setup_undefined, fault_model_undefined) \
T(F, int_iret,    "int_iret",    "",                 "int 0x40, count, iret",                                       16, FLOOR, NEED_RING0, LOOP_ADD(16, "int $0x40"), fault_setup_int, fault_model_int) \
T(F, absent,      "absent",      "",                 "store to a page after it was taken away; its handler gives it back", 1, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM "mov %eax,(%ecx)", FAULT_TAIL), fault_setup_absent, fault_model_readonly) \
T(F, absent_load, "absent_load", "",                 "load from a page after it was taken away; its handler gives it back", 1, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM "mov (%ecx),%edx\n add %edx,%eax", FAULT_TAIL), fault_setup_absent, fault_model_absent_load) \
T(F, general,     "general",     "",                 "load es with what is no segment: general protection; its handler skips it", 4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "mov %ecx,%es"), fault_setup_general, fault_model_general) \
T(F, overflow,    "overflow",    "",                 "into with the overflow flag set, and its handler",            4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "neg %ecx\n into"), fault_setup_overflow, fault_model_overflow) \
T(F, bound,       "bound",       "",                 "bound, below; its handler skips it",                          4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "bound %ecx,0x4000(%esi)"), fault_setup_bound, fault_model_bound) \
T(F, step,        "step",        "",                 "an instruction in single step, and the debug exception's handler", 16, SPREAD, NEED_FAULTS, LOOP_RAW(FAULT_STEP), fault_setup_debug, fault_model_debug)
/* clang-format on */
FAMILY_TABLE(fault, FAULT_ROWS)
