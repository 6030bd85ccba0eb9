/* The linux port: a static 32-bit program that talks to the kernel through int 0x80 alone, so that
 * nothing but the kernel's i386 interface is needed. Needs no privilege. See port/port.h. */
#include "bench/port/linux/linux.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/main.h"
#include "bench/port/port.h"
#include "bench/test.h"

#define LINUX_MADV_DONTNEED       4
#define LINUX_MCL_CURRENT         1
#define LINUX_CLOCK_MONOTONIC_RAW 4

/* struct sigcontext of a 32-bit signal frame, in words (arch/x86 uapi sigcontext_32) */
enum { LINUX_SC_TRAP = 12, LINUX_SC_ERROR = 13, LINUX_SC_EIP = 14, LINUX_SC_CR2 = 21 };

int linux_main(int argc, char **argv);
void linux_handle_signal(uint32_t signal, uint32_t *context);

const char port_name[] = "linux";
const bool port_is_guest = false;
const char *port_memory_note;
struct port_fault_log port_faults;
volatile uint32_t port_trap_count[256];
uint8_t port_trap_skip[32];

static uint8_t *linux_arena, *linux_data, *linux_big, *linux_window;
static bool linux_has_marker;

int32_t linux_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
    int32_t result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "cc");
    return result;
}

void port_write(const char *text, uint32_t len)
{
    while (len) {
        int32_t done = linux_call(LINUX_WRITE, 1, (uint32_t)(uintptr_t)text, len, 0, 0);
        if (done == -4) /* EINTR */
            continue;
        if (done <= 0) /* the reader is gone: nobody is left to tell */
            linux_call(LINUX_EXIT_GROUP, 1, 0, 0, 0, 0);
        text += done;
        len -= (uint32_t)done;
    }
}

void port_complain(const char *text)
{
    linux_call(LINUX_WRITE, 2, (uint32_t)(uintptr_t)text, strlen_u32(text), 0, 0);
    linux_call(LINUX_WRITE, 2, (uint32_t)(uintptr_t) "\n", 1, 0, 0);
}

uint8_t *port_code_arena(void)
{
    return linux_arena;
}
uint8_t *port_data_area(void)
{
    return linux_data;
}
uint8_t *port_big_area(void)
{
    return linux_big;
}
uint8_t *port_window(void)
{
    return linux_window;
}
uint32_t port_needs(void)
{
    return NEED_FAULTS | NEED_TRAP | NEED_ANSWERS | NEED_OS | NEED_LINUX |
           (linux_has_screen() ? NEED_SCREEN : 0) | (linux_has_disk() ? NEED_DISK : 0);
}

/* The kernel's clock and the TSC at one moment: of eight readings the one that took least, so that
 * being interrupted in between does not count. */
static uint64_t linux_read_clock_ns(uint64_t *tsc)
{
    uint64_t ns = 0, shortest = ~0ull;
    for (uint32_t try = 0; try < 8; try++) {
        uint32_t now[2], cpu = 0;
        uint64_t before = clock_begin_tsc();
        linux_call(LINUX_CLOCK_GETTIME, LINUX_CLOCK_MONOTONIC_RAW, (uint32_t)(uintptr_t)now, 0, 0,
                   0);
        uint64_t took = clock_end_tsc(&cpu) - before;
        if (took < shortest) {
            shortest = took;
            *tsc = before + took / 2;
            ns = (uint64_t)now[0] * 1000000000u + now[1];
        }
    }
    return ns;
}

void port_measure_clock(uint32_t min_us, uint64_t *us, uint64_t *tsc)
{
    uint64_t tsc_begin, tsc_end, begin = linux_read_clock_ns(&tsc_begin), passed;
    do {
        passed = linux_read_clock_ns(&tsc_end) - begin;
    } while (passed < (uint64_t)min_us * 1000);
    *tsc = tsc_end - tsc_begin;
    *us = div_u64_u32(passed, 1000, NULL);
}

void port_write_marker(uint32_t value)
{
    if (linux_has_marker)
        __asm__ volatile("outl %0, %w1" : : "a"(value), "d"(0x5E0));
}

void port_set_window_page(uint32_t page, enum port_page state)
{
    static const uint32_t protection[] = {[PAGE_WRITABLE] = LINUX_PROT_RW,
                                          [PAGE_ABSENT] = LINUX_PROT_NONE,
                                          [PAGE_READONLY] = LINUX_PROT_READ};
    linux_call(LINUX_MPROTECT, (uint32_t)(uintptr_t)(linux_window + page * LINUX_PAGE), LINUX_PAGE,
               protection[state], 0, 0);
}

void port_drop_window(void)
{
    linux_call(LINUX_MADVISE, (uint32_t)(uintptr_t)linux_window, PORT_WINDOW_PAGES * LINUX_PAGE,
               LINUX_MADV_DONTNEED, 0, 0);
}

/* Called on the signal's own frame; what it changes in *context is what the program continues with.
 */
void linux_handle_signal(uint32_t signal, uint32_t *context)
{
    uint32_t address = context[LINUX_SC_CR2], offset = address - (uint32_t)(uintptr_t)linux_window;
    if (signal == LINUX_SIGSEGV && context[LINUX_SC_TRAP] == 14 &&
        offset < PORT_WINDOW_PAGES * LINUX_PAGE) {
        if (port_faults.count < PORT_FAULT_LOG)
            port_faults.fault[port_faults.count] =
                (struct port_fault){address, context[LINUX_SC_ERROR]};
        port_faults.count++;
        port_set_window_page(offset / LINUX_PAGE, PAGE_WRITABLE);
        return;
    }
    if (signal == LINUX_SIGUSR1) {
        linux_os_signals++;
        return;
    }
    if (context[LINUX_SC_TRAP] < 32 && port_trap_skip[context[LINUX_SC_TRAP]]) {
        port_trap_count[context[LINUX_SC_TRAP]]++;
        context[LINUX_SC_EIP] += port_trap_skip[context[LINUX_SC_TRAP]] - 1u;
        return;
    }
    if (signal == LINUX_SIGFPE && (context[LINUX_SC_TRAP] == 16 || context[LINUX_SC_TRAP] == 19)) {
        const uint8_t *at = (const uint8_t *)(uintptr_t)context[LINUX_SC_EIP];
        port_trap_count[context[LINUX_SC_TRAP]]++;
        context[LINUX_SC_EIP] += context[LINUX_SC_TRAP] == 16 ? 1 : *at == 0x0F ? 3 : 4;
        return;
    }
    port_complain("tickbench: a test raised an exception that none of them should");
    linux_call(LINUX_EXIT_GROUP, 2, 0, 0, 0, 0);
}

void linux_catch(uint32_t signal, void (*handler)(void))
{
    const struct linux_action action = {
        handler, LINUX_SA_RESTORER | LINUX_SA_NODEFER, linux_signal_return, {0, 0}};
    linux_call(LINUX_RT_SIGACTION, signal, linux_pointer(&action), 0, 8, 0);
}

/* The call with a block of arguments: the sixth register argument is ebp, which C has no say over.
 */
int32_t linux_map_memory(uint32_t bytes, uint32_t protection, uint32_t flags, int32_t fd)
{
    const uint32_t block[6] = {0, bytes, protection, flags, (uint32_t)fd, 0};
    return linux_call(LINUX_MMAP, linux_pointer(block), 0, 0, 0, 0);
}

static uint8_t *linux_map(uint32_t bytes, uint32_t protection)
{
    int32_t at = linux_map_memory(bytes, protection, LINUX_MAP_PRIVATE_ANONYMOUS, -1);
    if (linux_failed(at))
        return NULL;
    memset((void *)(uintptr_t)(uint32_t)at, 0, bytes);
    return (uint8_t *)(uintptr_t)(uint32_t)at;
}

/* All that is mapped so far, then the big area by itself: with it, RLIMIT_MEMLOCK (8 MB where
 * nobody changed it) refuses. What is mapped later stays as it is: the window's pages come and go
 * (MADV_DONTNEED refuses locked ones), and to map memory is something that tests measure. */
static void linux_lock_memory(bool is_big)
{
    if (linux_call(is_big ? LINUX_MLOCK : LINUX_MLOCKALL,
                   is_big ? linux_pointer(linux_big) : LINUX_MCL_CURRENT,
                   is_big ? TEST_BIG_BYTES : 0, 0, 0, 0) &&
        !port_memory_note)
        port_memory_note = is_big ? "the area of the large working sets is not locked in memory: "
                                    "mlock was refused (RLIMIT_MEMLOCK)"
                                  : "memory is not locked: mlockall was refused (RLIMIT_MEMLOCK)";
}

int linux_main(int argc, char **argv)
{
    static const uint32_t caught[] = {LINUX_SIGSEGV, LINUX_SIGBUS, LINUX_SIGFPE, LINUX_SIGTRAP,
                                      LINUX_SIGILL};

    linux_arena = linux_map(PORT_ARENA_BYTES, LINUX_PROT_RWX);
    linux_data = linux_map(TEST_DATA_BYTES + TEST_TABLE_BYTES + 2 * LINUX_PAGE, LINUX_PROT_RW);
    linux_lock_memory(false);
    linux_big = linux_map(TEST_BIG_BYTES, LINUX_PROT_RWX);
    if (linux_big)
        linux_lock_memory(true);
    linux_window = linux_map(PORT_WINDOW_PAGES * LINUX_PAGE, LINUX_PROT_RW);
    if (!linux_arena || !linux_data || !linux_big || !linux_window) {
        port_complain("tickbench: the kernel gives no memory that is writable and executable, or "
                      "too little of it");
        return 1;
    }
    linux_data += LINUX_PAGE;
    for (uint32_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        linux_catch(caught[i], linux_signal_entry);
    linux_os_init(argv);

    char vendor[13], brand[49], hypervisor[13];
    clock_read_identity(vendor, brand, hypervisor);
    if (!strcmp(hypervisor, "TickmarkEmu"))
        linux_has_marker = linux_call(LINUX_IOPERM, 0x5E0, 4, 1, 0, 0) == 0;
    return bench_main(argc > 0 ? argc - 1 : 0, argv + 1);
}
