/* fault: round trips through exceptions whose handler is part of the kernel and does the least
 * there is to do, in ring 0 and from ring 3: what the processor's way there and back costs. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/port/port.h"
#include "bench/ring0.h"

#define FAULTRING_PAGE 4096u

static void faultring_setup(struct test_state *s, uint32_t vector)
{
    ring0_set_gate(vector, ring0_handler(s), RING0_INTERRUPT_GATE);
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    table[0] = 5, table[1] = 9;
}

/* Eight exceptions an iteration; each handler adds ebx to eax. */
static void faultring_model(struct test_state *s, uint32_t n)
{
    ring0_release();
    s->regs.eax += s->regs.ebx * 8 * n;
}

#define FAULTRING(id, vector, ecx_)                                                                \
    static void faultring_setup_##id(struct test_state *s)                                         \
    {                                                                                              \
        faultring_setup(s, vector);                                                                \
        s->regs.ecx = ecx_;                                                                        \
    }
FAULTRING(divide, 0, 0)
FAULTRING(debug, 1, 0)
FAULTRING(breakpoint, 3, 0)
FAULTRING(overflow, 4, 0x80000000u)
FAULTRING(bound, 5, 4)
FAULTRING(undefined, 6, 0)
FAULTRING(device, 7, 0)
FAULTRING(not_present, 11, RING0_ABSENT)
FAULTRING(general, 13, 0xFFFB)

static void faultring_setup_port(struct test_state *s)
{
    faultring_setup(s, 13);
    ring0_allow_port(0x3FF, 1);
    s->regs.edx = 0x80;
}

static void faultring_model_port(struct test_state *s, uint32_t n)
{
    faultring_model(s, n);
    s->regs.edx = 0x80;
}

/* CR0 with TS set is in ecx; the handler clears TS. */
static void faultring_model_device(struct test_state *s, uint32_t n)
{
    faultring_model(s, n);
    __asm__ volatile("mov %%cr0, %0" : "=r"(s->regs.ecx));
    if (s->regs.ecx & 8)
        s->why = "TS is still set";
    s->regs.ecx |= 8;
}

/* ---- pages: edx is the entry of page 0 of the window, ecx its address ---- */

static void faultring_setup_page(struct test_state *s)
{
    port_set_window_page(0, PAGE_WRITABLE);
    faultring_setup(s, 14);
    s->regs.ecx = (uint32_t)(uintptr_t)port_window();
    s->regs.edx = (uint32_t)(uintptr_t)ring0_entry(s->regs.ecx);
}

static void faultring_model_page(struct test_state *s, uint32_t n)
{
    faultring_model(s, n);
    uint32_t kept;
    memcpy(&kept, port_window(), 4);
    if (kept != s->regs.eax)
        s->why = "the page does not hold what was stored last";
}

static void faultring_take_pages(void)
{
    uint32_t *entry = ring0_entry((uint32_t)(uintptr_t)port_window());
    for (uint32_t page = 0; page < PORT_WINDOW_PAGES; page++)
        entry[page] &= ~1u;
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0\n mov %0, %%cr3" : "=r"(cr3) : : "memory");
}

static void faultring_setup_touch(struct test_state *s)
{
    for (uint32_t page = 0; page < PORT_WINDOW_PAGES; page++)
        port_set_window_page(page, PAGE_WRITABLE);
    faultring_setup_page(s);
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    table[0] = (uint32_t)(uintptr_t)faultring_take_pages;
}

static void faultring_model_touch(struct test_state *s, uint32_t n)
{
    ring0_release();
    const uint8_t *window = port_window();
    for (uint32_t page = 0; page < PORT_WINDOW_PAGES; page++)
        if (*(const uint32_t *)(const void *)(window + page * FAULTRING_PAGE) != s->regs.ebx)
            s->why = "a page does not hold what was stored";
    s->regs.eax += s->regs.ebx * PORT_WINDOW_PAGES * n;
}

#define FAULTRING_0(op, handler) LOOP(8, op) HANDLER(handler)
#define FAULTRING_3(op, handler)                                                                   \
    IN_RING3 LOOP_TAIL(REPEAT(8, op),                                                              \
                       "mov $0x23,%edi\n mov %edi,%es\n lea 0x2000(%esi),%edi" IN_RING0)           \
        HANDLER(handler)
#define FAULTRING_SKIP(bytes)       "add %ebx,%eax\n addl $" #bytes ",(%esp)\n iret"
#define FAULTRING_ERROR_SKIP(bytes) "add $4,%esp\n " FAULTRING_SKIP(bytes)
#define FAULTRING_COUNT             "add %ebx,%eax\n iret"
#define FAULTRING_TOUCH(in, out)                                                                   \
    in LOOP_TAIL("int $0x43\n" SWEEP(256, 4096, "mov %ebx,o(%ecx)"), out)                          \
        HANDLER("add $4,%esp\n push %ecx\n mov %cr2,%ecx\n shr $10,%ecx\n and $0xFFC,%ecx\n orl "  \
                "$1,(%edx,%ecx)\n add %ebx,%eax\n pop %ecx\n iret")

/* One row for each ring. */
#define FAULTRING_BOTH(F, T, id, title, needs, op, handler)                                        \
    T(F, id##_ring0, #id "/ring0", "", title ", in ring 0, to the smallest handler", 8, FLOOR,     \
      NEED_RING0 | (needs), FAULTRING_0(op, handler), faultring_setup_##id, faultring_model)       \
    T(F, id##_ring3, #id "/ring3", "", title ", in ring 3, to the smallest handler in ring 0", 8,  \
      FLOOR, NEED_RING0 | (needs), FAULTRING_3(op, handler), faultring_setup_##id,                 \
      faultring_model)

/* clang-format off */
#define FAULTRING_ROWS(F, T, TX) \
FAULTRING_BOTH(F, T, divide, "divide by zero", 0, "div %ecx", FAULTRING_SKIP(2)) \
FAULTRING_BOTH(F, T, debug, "set TF, and a nop in single step", 0, "pushf\n orl $0x100,(%esp)\n popf\n nop", "andl $~0x100,8(%esp)\n add %ebx,%eax\n iret") \
FAULTRING_BOTH(F, T, breakpoint, "int3", 0, "int3", FAULTRING_COUNT) \
FAULTRING_BOTH(F, T, overflow, "into", 0, "neg %ecx\n into", FAULTRING_COUNT) \
FAULTRING_BOTH(F, T, bound, "bound, below", 0, "bound %ecx,0x4000(%esi)", FAULTRING_SKIP(6)) \
FAULTRING_BOTH(F, T, undefined, "ud2", 0, "ud2", FAULTRING_SKIP(2)) \
FAULTRING_BOTH(F, T, not_present, "load es with a segment that is not present", 0, "mov %ecx,%es", FAULTRING_ERROR_SKIP(2)) \
FAULTRING_BOTH(F, T, general, "load es with what is no segment", 0, "mov %ecx,%es", FAULTRING_ERROR_SKIP(2)) \
T(F, device,     "device/ring0",     "", "an x87 instruction with CR0.TS set; the handler clears it",       8, FLOOR, NEED_RING0 | NEED_FPU, "mov %cr0,%ecx\n or $8,%ecx\n" LOOP(8, "mov %ecx,%cr0\n fnop") HANDLER("clts\n add %ebx,%eax\n iret"), faultring_setup_device, faultring_model_device) \
T(F, privileged, "privileged/ring3", "", "cli in ring 3; the handler skips it",                             8, FLOOR, NEED_RING0, FAULTRING_3("cli", FAULTRING_ERROR_SKIP(1)), faultring_setup_general, faultring_model) \
T(F, port,       "port/ring3",       "", "in from a port that is closed to ring 3; the handler skips it",   8, FLOOR, NEED_RING0, FAULTRING_3("in %dx,%al", FAULTRING_ERROR_SKIP(1)), faultring_setup_port, faultring_model_port) \
T(F, page,       "page/ring0",       "", "take a page away, and store to it; the smallest handler gives it back", 8, FLOOR, NEED_RING0, FAULTRING_0("andl $~1,(%edx)\n invlpg (%ecx)\n mov %eax,(%ecx)", "add $4,%esp\n orl $1,(%edx)\n add %ebx,%eax\n iret"), faultring_setup_page, faultring_model_page) \
T(F, protect,    "protect/ring0",    "", "make a page read-only, and store to it; the smallest handler makes it writable", 8, FLOOR, NEED_RING0, FAULTRING_0("andl $~2,(%edx)\n invlpg (%ecx)\n mov %eax,(%ecx)", "add $4,%esp\n orl $2,(%edx)\n add %ebx,%eax\n iret"), faultring_setup_page, faultring_model_page) \
T(F, touch_0,    "first_touch/ring0", "", "first store to each of 256 absent pages, per page; the smallest handler", 256, FLOOR, NEED_RING0, FAULTRING_TOUCH("", ""), faultring_setup_touch, faultring_model_touch) \
T(F, touch_3,    "first_touch/ring3", "", "first store from ring 3 to each of 256 absent pages, per page; the smallest handler", 256, FLOOR, NEED_RING0, FAULTRING_TOUCH(IN_RING3, IN_RING0), faultring_setup_touch, faultring_model_touch)
/* clang-format on */
FAMILY_TABLE_AS(faultring, fault, FAULTRING_ROWS)
