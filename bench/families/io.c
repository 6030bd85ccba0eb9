/* io: port input and output, in ring 0, and through the map of ports in ring 3.
 *
 * Ports with an answer: the 8259's mask, the 8254's counter, the CMOS clock, the scratch register
 * of COM1's UART (0x3FF), PCI's address register (0xCF8, 32 bits wide: what is written there with
 * bit 31 and the bits of an address stays). Port 0x80 takes what is written and shows it to nobody.
 * The UART sits on an 8-bit bus: wider accesses come to it as single bytes, lowest port first. */
#include "bench/freestanding.h"
#include "bench/kernel.h"
#include "bench/ring0.h"

static uint32_t io_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void io_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %w1" : : "a"(value), "Nd"(port));
}

static uint32_t io_rtc_status_b(void)
{
    io_out8(0x70, 0x0B);
    return io_in8(0x71);
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

/* Status A at the end of the kernel: the last thing read; its divider is that of a PC. */
static void io_model_rtc_ready(struct test_state *s, uint32_t n)
{
    if ((s->got->eax & 0x70) != 0x20)
        s->why = "the clock does not run on 32,768 Hz";
    s->regs.eax = (s->regs.eax & ~0xFFu) | (s->got->eax & 0xFF);
    s->regs.edx += s->regs.ebx * n;
}

/* CMOS byte 0x5F of the RAM: its old value is put back by the kernel, in cl. */
static void io_model_cmos(struct test_state *s, uint32_t n)
{
    s->regs.edx += s->regs.ebx * n;
    uint32_t last = s->regs.edx & 0xFF;
    s->regs.eax = (s->regs.eax & ~0xFFu) | last;
    s->regs.ecx = s->got->ecx;
    io_out8(0x70, 0x5F);
    if (io_in8(0x71) != (s->got->ecx & 0xFF))
        s->why = "the byte did not get its old value back";
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

static void io_model_out_16(struct test_state *s, uint32_t n)
{
    s->regs.eax += 8 * s->regs.ebx * n;
    s->regs.edx = 0x80;
}

/* Kernels that write what they count to the scratch register and read it back. */
static void io_setup_scratch(struct test_state *s)
{
    s->regs.edx = 0x3FF;
}

static void io_model_scratch(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 8 * n; i++) {
        s->regs.eax += s->regs.ebx;
        s->regs.ecx += s->regs.eax & 0xFF; /* as read back */
    }
}

/* 16 bits from 0x3FE: the modem's state below, the scratch register above. */
static void io_setup_in16(struct test_state *s)
{
    io_out8(0x3FF, (uint8_t)s->regs.ecx);
    s->regs.edx = 0x3FE;
}

static void io_model_in16(struct test_state *s, uint32_t n)
{
    s->regs.eax = (s->regs.eax & ~0xFFFFu) | (s->regs.ecx & 0xFF) << 8 | io_in8(0x3FE);
    s->regs.edi += s->regs.ebx * n;
    s->regs.edx = 0x3FE;
}

/* 32 bits at 0xCF8, of which the two lowest and bits 24 to 30 are not there. */
static void io_setup_pci(struct test_state *s)
{
    s->regs.edx = 0xCF8;
    s->regs.ecx = 0;
    s->regs.eax = 0x80000000u;
    s->regs.ebx = (s->regs.ebx & 0xFF) * 4 + 4;
}

static void io_model_pci_out(struct test_state *s, uint32_t n)
{
    uint32_t is;
    s->regs.eax = 0x80000000u | ((s->regs.ebx * 8 * n) & 0xFFFC);
    __asm__ volatile("inl %w1, %0" : "=a"(is) : "Nd"((uint16_t)0xCF8));
    if (is != s->regs.eax)
        s->why = "the address register does not hold what was written last";
    __asm__ volatile("outl %0, %w1" : : "a"(0), "Nd"((uint16_t)0xCF8));
}

/* Register 0 of device 0: who made the host bridge. It is the same at each reading. */
static void io_setup_pci_data(struct test_state *s)
{
    __asm__ volatile("outl %0, %w1" : : "a"(0x80000000u), "Nd"((uint16_t)0xCF8));
    s->regs.edx = 0xCFC;
    s->regs.ecx = 0;
}

static void io_model_pci_data(struct test_state *s, uint32_t n)
{
    uint32_t id;
    __asm__ volatile("inl %w1, %0" : "=a"(id) : "Nd"((uint16_t)0xCFC));
    s->regs.eax = id;
    s->regs.ecx = id * 8 * n;
    __asm__ volatile("outl %0, %w1" : : "a"(0), "Nd"((uint16_t)0xCF8));
}

/* The counter of channel 0, which the port left in mode 2 with 65,536: it goes down by less than
 * it went around in the time of one reading, and is not always the same. */
static void io_model_pit(struct test_state *s, uint32_t n)
{
    s->regs.eax = s->got->eax; /* the last reading, in ax */
    s->regs.ecx = s->got->ecx; /* or of all exclusive ors with the reading before */
    if (n > 64 && !s->got->ecx)
        s->why = "the counter stands still";
    s->regs.edx += s->regs.ebx * n;
}

static void io_setup_pit(struct test_state *s)
{
    s->regs.ecx = 0;
    s->regs.eax = 0;
}

/* rep outs of the data area's first bytes, 64 of them, to port 0x80. */
static void io_setup_outs(struct test_state *s)
{
    s->regs.edx = 0x80;
}

static void io_model_outs(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
    s->regs.edx = 0x80;
}

/* To the scratch register: it holds the last byte. */
static void io_model_outs_scratch(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
    s->regs.edx = 0x3FF;
    if (io_in8(0x3FF) != s->data[63])
        s->why = "the port does not hold the last byte written";
}

static void io_setup_ins(struct test_state *s)
{
    io_out8(0x3FF, (uint8_t)s->regs.ecx);
    s->regs.edx = 0x3FF;
}

static void io_model_ins(struct test_state *s, uint32_t n)
{
    memset(s->data + TEST_HALF, (int)(s->regs.ecx & 0xFF), 64);
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
    s->regs.edx = 0x3FF;
}

static void io_setup_ins32(struct test_state *s)
{
    __asm__ volatile("outl %0, %w1"
                     :
                     : "a"(0x80000000u | (s->regs.ecx & 0xFFFC)), "Nd"((uint16_t)0xCF8));
    s->regs.edx = 0xCF8;
}

static void io_model_ins32(struct test_state *s, uint32_t n)
{
    for (uint32_t i = 0; i < 16; i++)
        s->data32[TEST_HALF / 4 + i] = 0x80000000u | (s->regs.ecx & 0xFFFC);
    s->regs.eax += s->regs.ebx * n;
    s->regs.ecx = 0;
    s->regs.edx = 0xCF8;
    __asm__ volatile("outl %0, %w1" : : "a"(0), "Nd"((uint16_t)0xCF8));
}

static void io_setup_ring3(struct test_state *s)
{
    ring0_allow_port(0x3FF, 1);
    s->regs.edx = 0x3FF;
}

static void io_model_status(struct test_state *s, uint32_t n)
{
    s->regs.eax = (s->regs.eax & ~0xFFu) | 0x60; /* both transmitters are empty, nothing came */
    s->regs.edx = 0x3FD;
    s->regs.edi += s->regs.ebx * n;
}

static void io_setup_status(struct test_state *s)
{
    while ((io_in8(0x3FD) & 0x60) != 0x60)
        ;
    s->regs.edx = 0x3FD;
}

#define IO_SCRATCH "add %ebx,%eax\n out %al,%dx\n in %dx,%al\n movzbl %al,%edi\n add %edi,%ecx"
#define IO_PIT                                                                                     \
    "mov $0,%al\n out %al,$0x43\n in $0x40,%al\n mov %al,%ah\n in $0x40,%al\n xchg %al,%ah\n xor " \
    "%eax,%edi\n or %edi,%ecx\n mov %eax,%edi"

/* clang-format off */
#define IO_ROWS(F, T, TX) \
T(F, read_rtc,  "read_rtc",  "test 17 read rtc", "read the seconds of the CMOS clock: out and in count as one",         4, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(4, "mov $0,%al\n out %al,$0x70\n in $0x71,%al") " add %ebx,%edx"), NULL, io_model_rtc) \
T(F, in_pic,    "in_pic",    "",                 "read the interrupt mask",                                             8, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(8, "in $0x21,%al") " add %ebx,%edx"), NULL, io_model_pic) \
T(F, out_80,    "out_80",    "",                 "write to port 0x80, which nobody reads",                              8, SPREAD, NEED_RING0, LOOP_ADD(8, "out %al,$0x80"), NULL, io_model_out) \
T(F, rtc_ready, "rtc_ready", "",                 "read status A of the CMOS clock: is it being updated",                4, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(4, "mov $0x0A,%al\n out %al,$0x70\n in $0x71,%al") " add %ebx,%edx"), NULL, io_model_rtc_ready) \
T(F, cmos_ram,  "cmos_ram",  "",                 "write a byte of the CMOS memory and read it back",                    1, SPREAD, NEED_RING0, "mov $0x5F,%al\n out %al,$0x70\n in $0x71,%al\n mov %al,%cl\n" LOOP_TAIL("add %ebx,%edx\n mov $0x5F,%al\n out %al,$0x70\n mov %dl,%al\n out %al,$0x71\n mov $0x5F,%al\n out %al,$0x70\n in $0x71,%al", "mov %al,%ch\n mov $0x5F,%al\n out %al,$0x70\n mov %cl,%al\n out %al,$0x71\n mov %ch,%al"), NULL, io_model_cmos) \
T(F, out_pic,   "out_pic",   "",                 "write the interrupt mask",                                            8, SPREAD, NEED_RING0, LOOP_RAW("mov $0xFF,%al\n" REPEAT(8, "out %al,$0x21") " add %ebx,%edx"), NULL, io_model_pic) \
T(F, pit,       "pit",       "",                 "latch the timer's counter and read it: out and two in count as one",  4, SPREAD, NEED_RING0, "push %edi\n xor %edi,%edi\n" LOOP_TAIL(REPEAT(4, IO_PIT) " add %ebx,%edx", "pop %edi"), io_setup_pit, io_model_pit) \
T(F, uart_status, "uart_status", "",             "read a UART's line status",                                           8, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(8, "in %dx,%al") " add %ebx,%edi"), io_setup_status, io_model_status) \
T(F, uart_scratch, "uart_scratch", "",           "write a UART's scratch register and read it back: out and in count as one", 8, SPREAD, NEED_RING0, "push %edi\n" LOOP_TAIL(REPEAT(8, IO_SCRATCH), "pop %edi"), io_setup_scratch, io_model_scratch) \
T(F, in_16,     "in_16",     "",                 "in ax,dx: 16 bits from a device of 8",                                8, SPREAD, NEED_RING0, LOOP_RAW(REPEAT(8, "in %dx,%ax") " add %ebx,%edi"), io_setup_in16, io_model_in16) \
T(F, out_16,    "out_16",    "",                 "out dx,ax: port 0x80",                                                8, SPREAD, NEED_RING0, LOOP(8, "out %ax,%dx\n add %ebx,%eax"), io_setup_outs, io_model_out_16) \
T(F, out_32,    "out_32",    "",                 "out dx,eax: PCI's address register",                                  8, SPREAD, NEED_RING0, LOOP(8, "add %ebx,%eax\n and $0x8000FFFC,%eax\n out %eax,%dx"), io_setup_pci, io_model_pci_out) \
T(F, in_32,     "in_32",     "",                 "out dx,eax and in eax,dx: PCI's address register, as one",            8, SPREAD, NEED_RING0, LOOP(8, "add %ebx,%eax\n and $0x8000FFFC,%eax\n out %eax,%dx\n xor %eax,%eax\n in %dx,%eax"), io_setup_pci, io_model_pci_out) \
T(F, pci_read,  "pci_read",  "",                 "in eax,dx: a device's configuration",                                 8, SPREAD, NEED_RING0, LOOP(8, "in %dx,%eax\n add %eax,%ecx"), io_setup_pci_data, io_model_pci_data) \
T(F, rep_outsb, "rep_outsb", "",                 "rep outsb of 64 bytes, per byte",                                     64, SPREAD, NEED_RING0, "push %esi\n push %edi\n mov %esi,%edi\n" LOOP_TAIL("mov %edi,%esi\n mov $64,%ecx\n rep outsb\n add %ebx,%eax", "pop %edi\n pop %esi"), io_setup_scratch, io_model_outs_scratch) \
T(F, rep_outsd, "rep_outsd", "",                 "rep outsd of 64 doublewords to port 0x80, per doubleword",            64, SPREAD, NEED_RING0, "push %esi\n push %edi\n mov %esi,%edi\n" LOOP_TAIL("mov %edi,%esi\n mov $64,%ecx\n rep outsl\n add %ebx,%eax", "pop %edi\n pop %esi"), io_setup_outs, io_model_outs) \
T(F, rep_insb,  "rep_insb",  "",                 "rep insb of 64 bytes, per byte",                                      64, SPREAD, NEED_RING0, "push %edi\n push %esi\n mov %edi,%esi\n" LOOP_TAIL("mov %esi,%edi\n mov $64,%ecx\n rep insb\n add %ebx,%eax", "pop %esi\n pop %edi"), io_setup_ins, io_model_ins) \
T(F, rep_insd,  "rep_insd",  "",                 "rep insd of 16 doublewords, per doubleword",                          16, SPREAD, NEED_RING0, "push %edi\n push %esi\n mov %edi,%esi\n" LOOP_TAIL("mov %esi,%edi\n mov $16,%ecx\n rep insl\n add %ebx,%eax", "pop %esi\n pop %edi"), io_setup_ins32, io_model_ins32) \
T(F, ring3,     "ring3",     "",                 "out and in from ring 3, as the map of ports allows, as one",          8, SPREAD, NEED_RING0, IN_RING3 "push %edi\n" LOOP_TAIL(REPEAT(8, IO_SCRATCH), "pop %edi" IN_RING0), io_setup_ring3, io_model_scratch)
/* clang-format on */
FAMILY_TABLE(io, IO_ROWS)
