/* irq: interrupts of devices and of the local APIC, from what raises them to their handler and
 * back. The handler is part of the kernel: it tells the device and the controller that it is done.
 *
 * What raises them can be had at once and as often as wanted: COM1's UART asks for more to send as
 * soon as its interrupt is enabled (16550 datasheet, IER bit 1; OUT2 opens the way to IRQ 4); the
 * 8254's channel 0 in mode 0 counts a few ticks down once; the local APIC sends itself a message.
 * Kernels that wait in a loop give up after 2^28 turns (a million were too few for QEMU, whose
 * timer is another thread, on a busy host), so that a machine without the interrupt gives a wrong
 * answer instead of none. */
#include "bench/clock.h"
#include "bench/kernel.h"
#include "bench/ring0.h"

static void irq_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %w1" : : "a"(value), "Nd"(port));
}

static uint32_t irq_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* ---- the local APIC (SDM vol. 3, 11.4 to 11.8) ---- */

#define IRQ_APIC ((volatile uint32_t *)0xFEE00000u)
enum {
    IRQ_APIC_SPURIOUS = 0xF0 / 4,
    IRQ_APIC_TIMER = 0x320 / 4,
    IRQ_APIC_LINT0 = 0x350 / 4,
    IRQ_APIC_DIVIDE = 0x3E0 / 4
};

/* Where there is one, it is on, and lets the 8259's interrupts through (ExtINT). It is not turned
 * off again: that would mask this, too. */
static void irq_enable_apic(void)
{
    if (!(clock_cpu_needs() & NEED_APIC))
        return;
    ring0_write_msr(0x1B, ring0_read_msr(0x1B) | 0x800);
    IRQ_APIC[IRQ_APIC_SPURIOUS] = 0x15F;
    IRQ_APIC[IRQ_APIC_LINT0] = 0x700;
}

/* One line of the first 8259 is open, until irq_close(). */
static void irq_open(struct test_state *s, uint32_t line)
{
    irq_enable_apic();
    ring0_set_gate(0x20 + line, ring0_handler(s), RING0_INTERRUPT_GATE);
    irq_out8(0x21, (uint8_t) ~(1u << line));
}

static void irq_close(void)
{
    irq_out8(0x21, 0xFF);
    ring0_release();
}

/* The handler adds ebx to ecx. */
static void irq_count(struct test_state *s, uint32_t n)
{
    uint32_t before = s->regs.ecx;
    s->regs.ecx += s->regs.ebx * n;
    if (s->got->ecx == before)
        s->why = "no interrupt came";
    s->regs.eax = 0x20; /* the handler's last word to the controller */
}

static void irq_setup_uart(struct test_state *s)
{
    while ((irq_in8(0x3FD) & 0x60) != 0x60) /* what was printed has left */
        ;
    irq_out8(0x3FC, 0x0B); /* DTR, RTS, OUT2 */
    irq_open(s, 4);
    ring0_allow_port(0x3F8, 8);
    s->regs.edx = 0x3F9;
    s->regs.eax = 0;
}

static void irq_model_uart(struct test_state *s, uint32_t n)
{
    irq_close();
    irq_out8(0x3FC, 3);
    irq_count(s, n);
    s->regs.edx = 0x3F9;
}

/* Mode 0 without a count: the output is low. A request left over from the mode before would be
 * taken back when the kernel begins, which the 8259 answers with its spurious line 7. */
static void irq_setup_pit(struct test_state *s)
{
    irq_out8(0x43, 0x30);
    irq_open(s, 0);
    s->regs.eax = 0;
}

static void irq_model_pit(struct test_state *s, uint32_t n)
{
    irq_close();
    irq_out8(0x43, 0x34); /* as the port leaves it: mode 2, 65,536 */
    irq_out8(0x40, 0);
    irq_out8(0x40, 0);
    irq_count(s, n);
}

static void irq_setup_apic(struct test_state *s)
{
    irq_enable_apic();
    IRQ_APIC[IRQ_APIC_DIVIDE] = 0xB;   /* by 1 */
    IRQ_APIC[IRQ_APIC_TIMER] = 0x0058; /* one shot */
    ring0_set_gate(0x58, ring0_handler(s), RING0_INTERRUPT_GATE);
    s->regs.edx = 0xFEE00000u;
    s->regs.eax = 0;
}

static void irq_model_apic(struct test_state *s, uint32_t n)
{
    IRQ_APIC[IRQ_APIC_TIMER] = 0x10058; /* masked */
    irq_count(s, n);
    s->regs.edx = 0xFEE00000u;
    s->regs.eax = 0;
}

/* The handler clears edi. */
#define IRQ_SPIN              "mov $0x10000000,%edi\n sti\n1: dec %edi\n jns 1b\n cli"
#define IRQ_BODY(raise, wait) "push %edi\n" LOOP_TAIL(raise "\n" wait, "pop %edi")
#define IRQ_DONE              "mov $0x20,%al\n out %al,$0x20\n add %ebx,%ecx\n xor %edi,%edi\n iret"
#define IRQ_UART              "mov $2,%al\n out %al,%dx"
#define IRQ_UART_DONE                                                                              \
    HANDLER("inc %edx\n in %dx,%al\n dec %edx\n xor %eax,%eax\n out %al,%dx\n" IRQ_DONE)
#define IRQ_PIT(count)                                                                             \
    "mov $0x30,%al\n out %al,$0x43\n mov $" #count                                                 \
    ",%al\n out %al,$0x40\n xor %eax,%eax\n out %al,$0x40"
#define IRQ_APIC_DONE HANDLER("movl $0,0xB0(%edx)\n add %ebx,%ecx\n xor %edi,%edi\n iret")

/* clang-format off */
#define IRQ_ROWS(F, T, TX) \
T(F, uart,       "uart",        "", "a UART's interrupt through the 8259, its handler with end of interrupt, and back", 1, SPREAD, NEED_RING0, IRQ_BODY(IRQ_UART, IRQ_SPIN) IRQ_UART_DONE, irq_setup_uart, irq_model_uart) \
T(F, uart_hlt,   "uart_hlt",    "", "the same, halted when it comes",                                    1, SPREAD, NEED_RING0, IRQ_BODY(IRQ_UART, "sti\n hlt\n cli") IRQ_UART_DONE, irq_setup_uart, irq_model_uart) \
T(F, uart_ring3, "uart/ring3",  "", "a UART's interrupt that comes in ring 3",                           1, SPREAD, NEED_RING0, "push %edi\n sti\n" IN_RING3 LOOP_TAIL("mov $0x10000000,%edi\n" IRQ_UART "\n1: dec %edi\n jns 1b", IN_RING0 "cli\n pop %edi") IRQ_UART_DONE, irq_setup_uart, irq_model_uart) \
T(F, pit_20,     "pit/20",      "", "an interrupt of the 8254 after 20 of its ticks (16.8 us), waited for in a loop", 1, SPREAD, NEED_RING0, IRQ_BODY(IRQ_PIT(20), IRQ_SPIN) HANDLER(IRQ_DONE), irq_setup_pit, irq_model_pit) \
T(F, pit_hlt_20, "pit_hlt/20",  "", "an interrupt of the 8254 after 20 of its ticks (16.8 us), halted meanwhile", 1, SPREAD, NEED_RING0, IRQ_BODY(IRQ_PIT(20), "sti\n hlt\n cli") HANDLER(IRQ_DONE), irq_setup_pit, irq_model_pit) \
T(F, pit_hlt_200, "pit_hlt/200", "", "an interrupt of the 8254 after 200 of its ticks (167.6 us), halted meanwhile", 1, SPREAD, NEED_RING0, IRQ_BODY(IRQ_PIT(200), "sti\n hlt\n cli") HANDLER(IRQ_DONE), irq_setup_pit, irq_model_pit) \
T(F, apic_self,  "apic_self",   "", "a message of the local APIC to itself, its handler with end of interrupt, and back", 1, SPREAD, NEED_RING0 | NEED_APIC, IRQ_BODY("movl $0x40058,0x300(%edx)", IRQ_SPIN) IRQ_APIC_DONE, irq_setup_apic, irq_model_apic) \
T(F, apic_timer, "apic_timer",  "", "the local APIC's timer, one shot of 1,000 ticks, halted meanwhile", 1, SPREAD, NEED_RING0 | NEED_APIC, IRQ_BODY("movl $1000,0x380(%edx)", "sti\n hlt\n cli") IRQ_APIC_DONE, irq_setup_apic, irq_model_apic)
/* clang-format on */
FAMILY_TABLE(irq, IRQ_ROWS)
