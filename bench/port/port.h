/* What a port gives to the bench. One implementation is linked: port/linux, port/bare or
 * port/windows. */
#ifndef BENCH_PORT_PORT_H
#define BENCH_PORT_PORT_H
#include <stdbool.h>
#include <stdint.h>

extern const char port_name[];   /* "linux", "bare" or "windows" */
extern const bool port_is_guest; /* nothing below can be trusted to be steady: no redo, no gap
                                    detector, long samples */

void port_write(const char *text, uint32_t len); /* to the reader of the line protocol */
void port_complain(const char *text); /* a usage error, for a person: stderr, or a note line */

uint8_t *port_code_arena(void); /* PORT_ARENA_BYTES, writable and executable, page aligned */
uint8_t *port_data_area(
    void); /* TEST_DATA_BYTES + TEST_TABLE_BYTES, page aligned, a spare page before and after */
uint8_t *port_big_area(void); /* TEST_BIG_BYTES, executable, page aligned, touched */
#define PORT_ARENA_BYTES 65536u

extern const char *port_memory_note; /* why all that is above may be paged out, or NULL */

uint32_t port_needs(void); /* what this port fulfils of the needs that CPUID does not answer */
/* Let at least min_us pass on the port's own clock; say how much passed on it and on the TSC
 * meanwhile. */
void port_measure_clock(uint32_t min_us, uint64_t *us, uint64_t *tsc);
/* What others took from this thread since it began: which of it is known. Its books are read before
 * an interval and behind it (is_end), never inside. */
struct port_interference {
    uint64_t wait_ns;           /* it was ready and had no processor */
    uint64_t wall_ns, cpu_ns;   /* their difference over an interval: it was not running */
    uint32_t preempted, faults; /* involuntary switches; page faults, minor and major */
};
enum { PORT_KNOWS_WAIT = 1, PORT_KNOWS_AWAY = 2, PORT_KNOWS_USAGE = 4 };
uint32_t port_read_interference(struct port_interference *now, bool is_end);
void port_write_marker(uint32_t value); /* port 0x5E0, or nothing where that could fault */

/* The fault window: PORT_WINDOW_PAGES pages whose presence the tests control. Every fault in it is
 * recorded, the page is made present and writable with its old contents, and the instruction is
 * restarted. */
#define PORT_WINDOW_PAGES 256u
enum port_page { PAGE_WRITABLE, PAGE_ABSENT, PAGE_READONLY };
struct port_fault {
    uint32_t address, error; /* CR2 and the error code */
};
#define PORT_FAULT_LOG 16u
struct port_fault_log {
    uint32_t count; /* of faults in the window; may exceed PORT_FAULT_LOG */
    struct port_fault fault[PORT_FAULT_LOG];
};
extern struct port_fault_log port_faults;
/* Counts of other exceptions that the port skipped over for a test: those below 32 that
 * port_trap_skip[] allows, where it says one more than the bytes of the instruction that are
 * skipped (from where the exception left the instruction pointer); vectors 16 (1 byte: an FWAIT)
 * and 19 (an SSE instruction on registers: 3 bytes, or 4 with a prefix); and the bare port's vector
 * 0x40. */
#define PORT_SKIP(bytes) ((bytes) + 1)
extern uint8_t port_trap_skip[32];
extern volatile uint32_t port_trap_count[256];
uint8_t *port_window(void);
void port_set_window_page(uint32_t page, enum port_page state); /* keeps the contents */
void port_drop_window(
    void); /* all pages absent; contents lost: the next touch of each is a first touch */

/* What the family os asks of an operating system: after port_os_prepare(), which may be called
 * again and again, each call of what it gave does the operation once and returns the proof named
 * here; NULL: it was refused. Ports without NEED_OS do not have it; those without NEED_LINUX not
 * all. */
enum port_os_op {
    PORT_OS_SYSCALL,    /* the kernel's entry: eax the number, registers as for int 0x80 */
    PORT_OS_POLL_EMPTY, /* 1: there was no message */
    PORT_OS_PIPE,       /* PORT_PIPE_WRITES writes of `size` bytes of the big area, read by another
                           process: how many bytes it read, plus the sum of every 64th of them */
    PORT_OS_FORK,       /* the child's exit status, PORT_EXIT_STATUS */
    PORT_OS_EXEC,       /* the program's exit status, PORT_EXIT_STATUS */
    PORT_OS_THREAD_SWITCH, /* how often the other thread ran: 1 */
    PORT_OS_MMAP,          /* PORT_MMAP_BYTES mapped, one page touched: 1, if it was zero before */
    PORT_OS_SIGNAL,        /* how often the handler ran: 1 */
};
#define PORT_PIPE_WRITES 16u
#define PORT_MMAP_BYTES  65536u
#define PORT_EXIT_STATUS 43u
typedef uint32_t port_os_call(void);
port_os_call *port_os_prepare(enum port_os_op op, uint32_t size);

/* A picture of width x height pixels on the machine's screen, where NEED_SCREEN is fulfilled. May
 * be called again and again; NULL: refused. rgb: PORT_COLORS colours, red in bits 16 to 23. */
#define PORT_COLORS 64u
struct port_screen {
    uint8_t *pixels; /* upper left corner of the picture, which is in the middle of the screen */
    uint32_t pitch, pixel_bytes;
    uint32_t color[PORT_COLORS]; /* what to store in a pixel for each of the colours */
};
const struct port_screen *port_open_screen(uint32_t width, uint32_t height, const uint32_t *rgb);

/* The scratch disk of the family disk: NEED_DISK is fulfilled once port_open_disk() has taken one.
 * Texts are reasons, NULL where all went well. Blocks of `size` bytes are numbered from
 * PORT_DISK_FIRST, modulo port_disk_blocks(). */
#define PORT_DISK_SIGNATURE                                                                        \
    "Tickmark scratch disk: all of it may be overwritten\n" /* at byte 0                           \
                                                             */
#define PORT_DISK_FIRST   65536u
#define PORT_DISK_LEAST   (4u << 20)
#define PORT_DISK_MAKE_MB 16u
extern const char *port_disk_note; /* what the reader of the samples should know, or NULL */
const char *
port_make_disk(const char *path); /* a new file of PORT_DISK_MAKE_MB; never an old one */
const char *port_open_disk(const char *path);
uint32_t port_disk_blocks(uint32_t size);
const char *port_start_disk(uint32_t size);                                     /* forget errors */
uint32_t port_write_disk(const uint8_t *block, uint32_t number, uint32_t size); /* 1: done */
uint32_t port_read_disk(uint8_t *block, uint32_t number, uint32_t size);
const char *
port_finish_disk(void); /* the first error since the start, or what became of the disk */

#endif
