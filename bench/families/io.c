/* io: port input and output, ring 0 only. */
#include "bench/kernel.h"

static uint32_t io_rtc_status_b(void)
{
    uint8_t value;
    __asm__ volatile("outb %%al, $0x70\n inb $0x71, %%al" : "=a"(value) : "0"((uint8_t)0x0B));
    return value;
}

/* The seconds are whatever they are, but they are seconds: decimal digits, or binary if status B
 * bit 2 says so. */
static void io_model_rtc(struct test_state *s, uint32_t n)
{
    uint32_t seconds = s->got->eax & 0xFF;
    if (io_rtc_status_b() & 4 ? seconds > 59 : seconds > 0x59 || (seconds & 15) > 9)
        s->why = "al is no number of seconds";
    s->regs.eax = (s->regs.eax & ~0xFFu) | seconds;
    s->regs.edx += s->regs.ebx * n;
}

/* The bare port masks all interrupts at the first 8259. */
static void io_model_pic(struct test_state *s, uint32_t n)
{
    s->regs.eax = (s->regs.eax & ~0xFFu) | 0xFF;
    s->regs.edx += s->regs.ebx * n;
}

static void io_model_out(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

/* clang-format off */
#define IO_ROWS(F, T, TX) \
T(F, read_rtc, "read_rtc", "test 17 read rtc", "read the seconds of the CMOS clock: out and in count as one", 4, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(4, "mov $0,%al\n out %al,$0x70\n in $0x71,%al") " add %ebx,%edx"), NULL, io_model_rtc) \
T(F, in_pic,   "in_pic",   "",                 "read the interrupt mask",                                 8, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(8, "in $0x21,%al") " add %ebx,%edx"), NULL, io_model_pic) \
T(F, out_80,   "out_80",   "",                 "write to port 0x80, which nobody reads",                  8, SPREAD, NEED_RING0, LOOP_ADD(8, "out %al,$0x80"), NULL, io_model_out)
/* clang-format on */
FAMILY_TABLE(io, IO_ROWS)
