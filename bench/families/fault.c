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

static void fault_setup_trap(struct test_state *s)
{
    s->regs.ecx = 0;
    memset((void *)(uintptr_t)port_trap_count, 0, sizeof port_trap_count);
}

static void fault_model_trap(struct test_state *s, uint32_t vector, uint32_t count, uint32_t n)
{
    if (port_trap_count[vector] != count)
        s->why = "the number of exceptions is wrong";
    s->regs.eax += s->regs.ebx * n;
}

static void fault_model_divide(struct test_state *s, uint32_t n)
{
    fault_model_trap(s, 0, 4 * n, n);
}
static void fault_model_breakpoint(struct test_state *s, uint32_t n)
{
    fault_model_trap(s, 3, 4 * n, n);
}
static void fault_model_undefined(struct test_state *s, uint32_t n)
{
    fault_model_trap(s, 6, 4 * n, n);
}
static void fault_model_int(struct test_state *s, uint32_t n)
{
    fault_model_trap(s, 0x40, 16 * n, n);
}

#define FAULT_ARM  "push %eax\n call *0x4000(%esi)\n pop %eax\n mov 0x4004(%esi),%ecx\n"
#define FAULT_TAIL "xor %ecx,%ecx\n xor %edx,%edx"

/* clang-format off */
#define FAULT_ROWS(F, T, TX) \
T(F, first_touch, "first_touch", "test 3 os pg flt", "first store to each of 256 fresh pages, per page",        256, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM SWEEP(256, 4096, "mov %ebx,o(%ecx)"), FAULT_TAIL), fault_setup_touch, fault_model_touch) \
T(F, readonly,    "readonly",    "",                 "store to a page after it was made read-only; its handler makes it writable", 1, SPREAD, NEED_FAULTS, LOOP_TAIL(FAULT_ARM "mov %eax,(%ecx)", FAULT_TAIL), fault_setup_readonly, fault_model_readonly) \
T(F, divide,      "divide",      "",                 "divide by zero; its handler skips the division",              4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "div %ecx"), fault_setup_trap, fault_model_divide) \
T(F, breakpoint,  "breakpoint",  "",                 "int3 and its handler",                                        4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "int3"), fault_setup_trap, fault_model_breakpoint) \
T(F, undefined,   "undefined",   "",                 "ud2; its handler skips it",                                   4, SPREAD, NEED_FAULTS, LOOP_ADD(4, "ud2"), fault_setup_trap, fault_model_undefined) \
T(F, int_iret,    "int_iret",    "",                 "int 0x40, count, iret",                                       16, FLOOR, NEED_RING0, LOOP_ADD(16, "int $0x40"), fault_setup_trap, fault_model_int)
/* clang-format on */
FAMILY_TABLE(fault, FAULT_ROWS)
