/* The bare port: ring 0 of a PC without an operating system. See port/port.h.
 *
 * Memory, all identity mapped with 4 KB pages up to 64 MB (CR0.WP set, so that read-only pages hold
 * in ring 0): 0x00100000  this program: code, tables, stack, code arena, data area 0x01000000  the
 * big area 0x02000000  frames of the fault window, which is mapped at linear 0x40000000 and nowhere
 * else is used Interrupts stay off (the 8259s are remapped to 0x20-0x2F and masked); time is polled
 * from the 8254's channel 0. */
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/main.h"
#include "bench/port/bare/disk.h"
#include "bench/port/bare/screen.h"
#include "bench/port/port.h"
#include "bench/ring0.h"
#include "bench/test.h"

#define BARE_PAGE       4096u
#define BARE_MAPPED     (64u << 20)
#define BARE_BIG        0x01000000u
#define BARE_FRAMES     0x02000000u
#define BARE_WINDOW     0x40000000u
#define BARE_APIC       0xFEE00000u /* the local APIC's registers */
#define BARE_COM1       0x3F8
#define BARE_DEBUG_EXIT 0xF4
#define BARE_MARKER     0x5E0
#define BARE_PIT_HZ     1193182u
#define BARE_MULTIBOOT  0x2BADB002u
#define BARE_MAX_WORDS  128

/* Values for the isa-debug-exit port; QEMU exits with 2 * value + 1. */
enum { BARE_EXIT_OK = 0, BARE_EXIT_WRONG = 1, BARE_EXIT_USAGE = 2, BARE_EXIT_CRASH = 3 };
/* BARE_PTE: present, and open to ring 3 */
enum { BARE_PTE = 5, BARE_PTE_WRITABLE = 2, BARE_PTE_UNCACHED = 16 };

struct bare_frame { /* as boot.S pushes it */
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax, vector, error, eip, cs, eflags;
};

void bare_main(uint32_t magic, const uint32_t *info);
void bare_handle_exception(struct bare_frame *frame);
extern const uint8_t bare_stubs[], bare_stub_int40[], bare_stub_ring3[], bare_stub_ring0[],
    bare_stub_call[];

const char port_name[] = "bare";
const char *port_memory_note;
const bool port_is_guest = true;
struct port_fault_log port_faults;
volatile uint32_t port_trap_count[256];
uint8_t port_trap_skip[32];

#define BARE_ALIGNED __attribute__((aligned(4096)))
static uint32_t bare_directory[1024] BARE_ALIGNED;
static uint32_t bare_tables[BARE_MAPPED / BARE_PAGE] BARE_ALIGNED;
static uint32_t bare_window_table[1024] BARE_ALIGNED;
static uint32_t bare_apic_table[1024] BARE_ALIGNED;
static uint8_t bare_arena[PORT_ARENA_BYTES] BARE_ALIGNED;
static uint8_t bare_data[TEST_DATA_BYTES + TEST_TABLE_BYTES + 2 * BARE_PAGE] BARE_ALIGNED;
static uint64_t bare_idt[256] __attribute__((aligned(8)));
static char bare_words[4096];

static void bare_out8(uint16_t port, uint32_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port) : "memory");
}

static uint32_t bare_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static void bare_stop(uint32_t value)
{
    while (!(bare_in8(BARE_COM1 + 5) & 0x40)) /* the last byte has left */
        ;
    __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"((uint16_t)BARE_DEBUG_EXIT) : "memory");
    for (;;)
        __asm__ volatile("cli\n hlt");
}

/* ---- serial line ---- */

static void bare_open_serial(void)
{
    bare_out8(BARE_COM1 + 1, 0);    /* no interrupts */
    bare_out8(BARE_COM1 + 3, 0x80); /* divisor latch */
    bare_out8(BARE_COM1 + 0, 1);    /* 115200 baud */
    bare_out8(BARE_COM1 + 1, 0);
    bare_out8(BARE_COM1 + 3, 3); /* 8 bits, no parity */
    bare_out8(BARE_COM1 + 2, 7); /* FIFO on and empty */
    bare_out8(BARE_COM1 + 4, 3); /* DTR, RTS */
}

void port_write(const char *text, uint32_t len)
{
    while (len--) {
        while (!(bare_in8(BARE_COM1 + 5) & 0x20))
            ;
        bare_out8(BARE_COM1, (uint8_t)*text++);
    }
}

void port_complain(const char *text)
{
    line_note(NULL, text);
    line_bye(0);
}

/* ---- clock ---- */

static uint32_t bare_read_pit(void)
{
    bare_out8(0x43, 0x00); /* latch channel 0 */
    uint32_t low = bare_in8(0x40);
    return low | bare_in8(0x40) << 8;
}

/* The counter and the TSC at one moment: of four readings the one that took least. */
static uint32_t bare_read_clock(uint64_t *tsc)
{
    uint64_t shortest = ~0ull;
    uint32_t count = 0;
    for (uint32_t try = 0; try < 4; try++) {
        uint64_t before = clock_rdtsc();
        uint32_t now = bare_read_pit();
        uint64_t took = clock_rdtsc() - before;
        if (took < shortest) {
            shortest = took;
            *tsc = before + took / 2;
            count = now;
        }
    }
    return count;
}

void port_measure_clock(uint32_t min_us, uint64_t *us, uint64_t *tsc)
{
    uint64_t want = div_u64_u32((uint64_t)min_us * BARE_PIT_HZ, 1000000, NULL) + 1, passed = 0;
    uint64_t begin, end;
    bare_out8(0x43, 0x34); /* channel 0, both bytes, mode 2: counts down by one, reloads at 65536 */
    bare_out8(0x40, 0);
    bare_out8(0x40, 0);
    uint32_t before = bare_read_clock(&begin);
    do {
        uint32_t now = bare_read_clock(&end);
        passed +=
            (before - now) & 0xFFFF; /* polled far more often than the 55 ms of a whole turn */
        before = now;
    } while (passed < want);
    *tsc = end - begin;
    *us = div_u64_u32(passed * 1000000, BARE_PIT_HZ, NULL);
}

uint32_t port_read_interference(struct port_interference *now, bool is_end)
{
    (void)now;
    (void)is_end;
    return 0;
}

void port_write_marker(uint32_t value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(value), "d"(BARE_MARKER) : "memory");
}

/* ---- memory ---- */

uint8_t *port_code_arena(void)
{
    return bare_arena;
}
uint8_t *port_data_area(void)
{
    return bare_data + BARE_PAGE;
}
uint8_t *port_big_area(void)
{
    return (uint8_t *)BARE_BIG;
}
uint8_t *port_window(void)
{
    return (uint8_t *)BARE_WINDOW;
}
uint32_t port_needs(void)
{
    return NEED_RING0 | NEED_FAULTS | NEED_TRAP | NEED_ANSWERS |
           (bare_has_vga() ? NEED_SCREEN : 0) | (bare_has_disk() ? NEED_DISK : 0);
}

port_os_call *port_os_prepare(enum port_os_op op, uint32_t size)
{
    (void)op;
    (void)size;
    return NULL;
}

static void bare_flush_tlb(void)
{
    uint32_t cr3;
    __asm__ volatile("mov %%cr3, %0\n mov %0, %%cr3" : "=r"(cr3) : : "memory");
}

void port_set_window_page(uint32_t page, enum port_page state)
{
    uint32_t frame = BARE_FRAMES + page * BARE_PAGE;
    bare_window_table[page] = state == PAGE_ABSENT     ? 0
                              : state == PAGE_READONLY ? frame | BARE_PTE
                                                       : frame | BARE_PTE | BARE_PTE_WRITABLE;
    __asm__ volatile("invlpg (%0)" : : "r"(BARE_WINDOW + page * BARE_PAGE) : "memory");
}

void port_drop_window(void)
{
    memset(bare_window_table, 0, sizeof bare_window_table);
    bare_flush_tlb();
}

static void bare_enable_paging(void)
{
    for (uint32_t i = 0; i < BARE_MAPPED / BARE_PAGE; i++)
        bare_tables[i] = i * BARE_PAGE | BARE_PTE | BARE_PTE_WRITABLE;
    for (uint32_t i = 0; i < BARE_MAPPED / BARE_PAGE / 1024; i++)
        bare_directory[i] =
            (uint32_t)(uintptr_t)(bare_tables + 1024 * i) | BARE_PTE | BARE_PTE_WRITABLE;
    bare_directory[BARE_WINDOW >> 22] =
        (uint32_t)(uintptr_t)bare_window_table | BARE_PTE | BARE_PTE_WRITABLE;
    bare_apic_table[BARE_APIC >> 12 & 1023] =
        BARE_APIC | BARE_PTE | BARE_PTE_WRITABLE | BARE_PTE_UNCACHED;
    bare_directory[BARE_APIC >> 22] =
        (uint32_t)(uintptr_t)bare_apic_table | BARE_PTE | BARE_PTE_WRITABLE;
    uint32_t cr0;
    __asm__ volatile("mov %1, %%cr3\n"
                     "mov %%cr0, %0\n"
                     "or $0x80010000, %0\n" /* PG and WP */
                     "mov %0, %%cr0\n"
                     "jmp 1f\n1:"
                     : "=&r"(cr0)
                     : "r"(bare_directory)
                     : "memory");
}

/* What CPUID has, works: x87 with exceptions as vector 16, FXSAVE and SSE with exceptions as vector
 * 19, AVX (SDM vol. 3, 2.5, 2.6, 13.4). */
static void bare_enable_vectors(void)
{
    enum { CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_NE = 32 };
    enum { CR4_OSFXSR = 1 << 9, CR4_OSXMMEXCPT = 1 << 10, CR4_OSXSAVE = 1 << 18 };
    uint32_t r[4], cr0, cr4;
    clock_cpuid(1, r);
    if (!(r[3] & 1))
        return;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 & ~(uint32_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE;
    __asm__ volatile("mov %0, %%cr0\n fninit" : : "r"(cr0));
    if (!(r[3] >> 24 & 1))
        return;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 |= CR4_OSFXSR | (r[3] >> 25 & 1 ? CR4_OSXMMEXCPT : 0);
    cr4 |= r[2] >> 26 & 1 ? CR4_OSXSAVE : 0;
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    if (r[3] >> 25 & 1) {
        const uint32_t mxcsr = 0x1F80;
        __asm__ volatile(".byte 0x0F,0xAE,0x10" : : "a"(&mxcsr), "m"(mxcsr)); /* ldmxcsr (%eax) */
    }
    if (r[2] >> 26 & 1) /* xsetbv */
        __asm__ volatile(".byte 0x0F,0x01,0xD1" : : "c"(0), "a"(r[2] >> 28 & 1 ? 7 : 3), "d"(0));
}

/* ---- exceptions ---- */

static void bare_set_gate(uint32_t vector, const uint8_t *handler)
{
    uint32_t at = (uint32_t)(uintptr_t)handler;
    bare_idt[vector] = (uint64_t)(at >> 16) << 48 | 0x8E0000080000ull | (at & 0xFFFF);
}

static void bare_open_interrupts(void)
{
    const struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {sizeof bare_idt - 1, (uint32_t)(uintptr_t)bare_idt};
    for (uint32_t i = 0; i < 48; i++)
        bare_set_gate(i, bare_stubs + 16 * i);
    /* These four from ring 3, too: DPL 3. */
    bare_set_gate(0x40, bare_stub_int40);
    bare_set_gate(0x41, bare_stub_ring3);
    bare_set_gate(0x42, bare_stub_ring0);
    bare_set_gate(0x43, bare_stub_call);
    bare_idt[3] |= 0x600000000000ull;
    bare_idt[4] |= 0x600000000000ull;
    for (uint32_t i = 0x40; i <= 0x43; i++)
        bare_idt[i] |= 0x600000000000ull;
    __asm__ volatile("lidt %0" : : "m"(pointer));
    for (uint16_t chip = 0x20; chip <= 0xA0; chip = (uint16_t)(chip + 0x80)) {
        bare_out8(chip, 0x11);
        bare_out8((uint16_t)(chip + 1), chip == 0x20 ? 0x20 : 0x28);
        bare_out8((uint16_t)(chip + 1), chip == 0x20 ? 4 : 2);
        bare_out8((uint16_t)(chip + 1), 1);
        bare_out8((uint16_t)(chip + 1), 0xFF); /* all masked */
    }
}

static uint32_t bare_read_cr2(void)
{
    uint32_t cr2;
    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    return cr2;
}

void bare_handle_exception(struct bare_frame *frame)
{
    uint32_t address = bare_read_cr2(), page = (address - BARE_WINDOW) / BARE_PAGE;
    if (frame->vector == 14 && page < PORT_WINDOW_PAGES) {
        if (port_faults.count < PORT_FAULT_LOG)
            port_faults.fault[port_faults.count] = (struct port_fault){address, frame->error};
        port_faults.count++;
        port_set_window_page(page, PAGE_WRITABLE);
        return;
    }
    if (frame->vector < 32 && port_trap_skip[frame->vector]) {
        port_trap_count[frame->vector]++;
        frame->eip += port_trap_skip[frame->vector] - 1u;
        return;
    }
    if (frame->vector == 16 || frame->vector == 19) {
        const uint8_t *at = (const uint8_t *)(uintptr_t)frame->eip;
        port_trap_count[frame->vector]++;
        frame->eip += frame->vector == 16 ? 1 : *at == 0x0F ? 3 : 4;
        return;
    }
    if (frame->vector == 0x27) { /* the 8259's spurious line 7, where its service bit is not set */
        bare_out8(0x20, 0x0B);
        if (!(bare_in8(0x20) & 0x80))
            return;
    }
    char text[160] = "unexpected exception ";
    line_append_hex(text, sizeof text, frame->vector);
    line_append(text, sizeof text, " error ");
    line_append_hex(text, sizeof text, frame->error);
    line_append(text, sizeof text, " at eip ");
    line_append_hex(text, sizeof text, frame->eip);
    line_append(text, sizeof text, " cr2 ");
    line_append_hex(text, sizeof text, address);
    line_note(NULL, text);
    bare_stop(BARE_EXIT_CRASH);
}

/* ---- start ---- */

static int bare_split_words(const char *line, char **argv)
{
    int count = 0;
    uint32_t len = strlen_u32(line);
    if (len >= sizeof bare_words)
        return -1;
    memcpy(bare_words, line, len + 1);
    for (char *p = bare_words; *p;) {
        while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
            *p++ = 0;
        if (!*p)
            break;
        /* Boot loaders put the image's name first; our words begin with a dash, or follow one that
         * does. */
        if (count || *p == '-') {
            if (count == BARE_MAX_WORDS)
                return -1;
            argv[count++] = p;
        }
        while (*p && *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')
            p++;
    }
    return count;
}

void bare_main(uint32_t magic, const uint32_t *info)
{
    static char *argv[BARE_MAX_WORDS];
    const char *words = "";
    bare_open_serial();
    bare_open_interrupts();
    if (magic == BARE_MULTIBOOT && info[0] & 4) /* flags bit 2: cmdline is valid */
        words = (const char *)(uintptr_t)info[4];
    int argc = bare_split_words(words, argv);
    if (argc < 0) {
        port_complain("tickbench: the command line is too long");
        bare_stop(BARE_EXIT_USAGE);
    }
    bare_enable_paging();
    ring0_open();
    bare_enable_vectors();
    port_drop_window();
    int status = bench_main(argc, argv);
    bare_stop(status == 0 ? BARE_EXIT_OK : status == 3 ? BARE_EXIT_WRONG : BARE_EXIT_USAGE);
}
