/* The windows port: a 32-bit console program that needs kernel32 and user32 and no C library.
 * Everything but this folder is the objects of the other ports, so the measured bytes are theirs
 * (rules.mk). Exceptions come to a vectored handler. See port/port.h. */
#include "bench/port/windows/windows.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/main.h"
#include "bench/port/port.h"
#include "bench/test.h"

#define WINDOWS_PAGE      4096u
#define WINDOWS_MAX_WORDS 128

void windows_entry(void);

const char port_name[] = "windows";
const char *port_memory_note;
const bool port_is_guest = false;
struct port_fault_log port_faults;
volatile uint32_t port_trap_count[256];
uint8_t port_trap_skip[32];

static uint8_t *windows_arena, *windows_data, *windows_big, *windows_window;
static enum port_page windows_state[PORT_WINDOW_PAGES];

static bool windows_print(DWORD which, const char *text, uint32_t len)
{
    while (len) {
        DWORD done = 0;
        if (!WriteFile(GetStdHandle(which), text, len, &done, NULL) || !done)
            return false;
        text += done;
        len -= done;
    }
    return true;
}

void port_write(const char *text, uint32_t len)
{
    if (!windows_print(STD_OUTPUT_HANDLE, text,
                       len)) /* the reader is gone: nobody is left to tell */
        ExitProcess(1);
}

void port_complain(const char *text)
{
    windows_print(STD_ERROR_HANDLE, text, strlen_u32(text));
    windows_print(STD_ERROR_HANDLE, "\r\n", 2);
}

uint8_t *port_code_arena(void)
{
    return windows_arena;
}
uint8_t *port_data_area(void)
{
    return windows_data;
}
uint8_t *port_big_area(void)
{
    return windows_big;
}
uint8_t *port_window(void)
{
    return windows_window;
}
uint32_t port_needs(void)
{
    return NEED_FAULTS | NEED_TRAP | NEED_ANSWERS | NEED_OS | (windows_has_disk() ? NEED_DISK : 0u);
}

uint32_t port_read_interference(struct port_interference *now, bool is_end)
{
    (void)now;
    (void)is_end;
    return 0;
}

void port_write_marker(uint32_t value)
{
    (void)value; /* a program may not use ports */
}

/* ---- clock ---- */

/* The performance counter and the TSC at one moment: of eight readings the one that took least. */
static uint64_t windows_read_clock(uint64_t *tsc)
{
    uint64_t counter = 0, shortest = ~0ull;
    for (uint32_t try = 0; try < 8; try++) {
        LARGE_INTEGER now;
        uint32_t cpu = 0;
        uint64_t before = clock_begin_tsc();
        QueryPerformanceCounter(&now);
        uint64_t took = clock_end_tsc(&cpu) - before;
        if (took < shortest) {
            shortest = took;
            *tsc = before + took / 2;
            counter = (uint64_t)now.QuadPart;
        }
    }
    return counter;
}

void port_measure_clock(uint32_t min_us, uint64_t *us, uint64_t *tsc)
{
    LARGE_INTEGER hz;
    uint64_t tsc_begin, tsc_end, passed;
    QueryPerformanceFrequency(&hz); /* under 4.3 GHz wherever Windows runs */
    uint64_t begin = windows_read_clock(&tsc_begin);
    uint64_t want = div_u64_u32((uint64_t)min_us * hz.LowPart, 1000000, NULL);
    do {
        passed = windows_read_clock(&tsc_end) - begin;
    } while (passed < want);
    *tsc = tsc_end - tsc_begin;
    *us = div_u64_u32(passed * 1000000, hz.LowPart, NULL);
}

/* ---- pages ---- */

void port_set_window_page(uint32_t page, enum port_page state)
{
    static const DWORD protection[] = {[PAGE_WRITABLE] = PAGE_READWRITE,
                                       [PAGE_ABSENT] = PAGE_NOACCESS,
                                       [PAGE_READONLY] = WINDOWS_PAGE_READONLY};
    DWORD before;
    VirtualProtect(windows_window + page * WINDOWS_PAGE, WINDOWS_PAGE, protection[state], &before);
    windows_state[page] = state;
}

void port_drop_window(void)
{
    VirtualFree(windows_window, PORT_WINDOW_PAGES * WINDOWS_PAGE, MEM_DECOMMIT);
    VirtualAlloc(windows_window, PORT_WINDOW_PAGES * WINDOWS_PAGE, MEM_COMMIT, PAGE_READWRITE);
    memset(windows_state, 0, sizeof windows_state); /* PAGE_WRITABLE */
}

/* ---- exceptions ---- */

/* The vector that an exception code stands for; 256: none. */
static uint32_t windows_find_vector(DWORD code)
{
    static const struct {
        DWORD code;
        uint32_t vector;
    } known[] = {{EXCEPTION_INT_DIVIDE_BY_ZERO, 0},
                 {EXCEPTION_INT_OVERFLOW, 4},
                 {EXCEPTION_SINGLE_STEP, 1},
                 {EXCEPTION_BREAKPOINT, 3},
                 {EXCEPTION_ARRAY_BOUNDS_EXCEEDED, 5},
                 {EXCEPTION_ILLEGAL_INSTRUCTION, 6},
                 {EXCEPTION_ACCESS_VIOLATION, 13}, /* outside of the window */
                 {EXCEPTION_PRIV_INSTRUCTION, 13},
                 {0xC00002B4, 19}, /* STATUS_FLOAT_MULTIPLE_FAULTS: of SSE */
                 {0xC00002B5, 19}};
    for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == code)
            return known[i].vector;
    return code >= EXCEPTION_FLT_DENORMAL_OPERAND && code <= EXCEPTION_FLT_UNDERFLOW ? 16 : 256;
}

static LONG CALLBACK windows_handle_exception(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *e = info->ExceptionRecord;
    DWORD *eip = &info->ContextRecord->Eip;
    const uint8_t *at = (const uint8_t *)(uintptr_t)*eip;
    if (e->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && e->NumberParameters >= 2) {
        uint32_t address = e->ExceptionInformation[1];
        uint32_t page = (address - (uint32_t)(uintptr_t)windows_window) / WINDOWS_PAGE;
        if (page < PORT_WINDOW_PAGES) {
            /* The error code as the processor would give it: user, write, present. */
            uint32_t error = 4u | (e->ExceptionInformation[0] == 1 ? 2u : 0) |
                             (windows_state[page] == PAGE_READONLY);
            if (port_faults.count < PORT_FAULT_LOG)
                port_faults.fault[port_faults.count] = (struct port_fault){address, error};
            port_faults.count++;
            port_set_window_page(page, PAGE_WRITABLE);
            return EXCEPTION_CONTINUE_EXECUTION;
        }
    }
    if (*eip - (uint32_t)(uintptr_t)windows_arena >= PORT_ARENA_BYTES)
        return EXCEPTION_CONTINUE_SEARCH; /* of the system's own code, which handles it itself */
    uint32_t vector = windows_find_vector(e->ExceptionCode);
    if (vector < 32 && port_trap_skip[vector]) {
        port_trap_count[vector]++;
        *eip += port_trap_skip[vector] - 1u;
        /* The system clears TF with each step; it stays so behind the popf (9D) that cleared it. */
        if (vector == 1 && at[-1] != 0x9D)
            info->ContextRecord->EFlags |= 0x100;
        /* It takes these two back to where they are. */
        if ((vector == 3 && *at == 0xCC) || (vector == 4 && *at == 0xCE))
            ++*eip;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    if (vector == 16 || vector == 19) {
        port_trap_count[vector]++;
        *eip += vector == 16 ? 1 : *at == 0x0F ? 3 : 4;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    char text[160] = "tickbench: a test raised an exception that none of them should: ";
    line_append_hex(text, sizeof text, e->ExceptionCode);
    line_append(text, sizeof text, " at arena + ");
    line_append_hex(text, sizeof text, *eip - (uint32_t)(uintptr_t)windows_arena);
    port_complain(text);
    ExitProcess(2);
}

/* ---- start ---- */

static uint8_t *windows_map(uint32_t bytes, DWORD protection)
{
    uint8_t *at = VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, protection);
    if (at)
        memset(at, 0, bytes);
    return at;
}

/* The words of the command line, in place; quotation marks keep blanks together. */
static int windows_split_words(char *line, char **argv)
{
    int count = 0;
    char *to = line;
    while (*line) {
        while (*line == ' ' || *line == '\t')
            line++;
        if (!*line)
            break;
        if (count == WINDOWS_MAX_WORDS)
            return -1;
        argv[count++] = to;
        bool quoted = false;
        for (; *line && (quoted || (*line != ' ' && *line != '\t')); line++)
            if (*line == '"')
                quoted = !quoted;
            else
                *to++ = *line;
        if (*line)
            line++;
        *to++ = 0;
    }
    return count;
}

static int windows_main(void)
{
    static char *argv[WINDOWS_MAX_WORDS];
    int argc = windows_split_words(GetCommandLineA(), argv);
    if (argc < 0) {
        port_complain("tickbench: the command line is too long");
        return 1;
    }
    if (argc > 1 && windows_os_is_helper(argc - 1, argv + 1))
        return windows_os_help(argc - 1, argv + 1);
    windows_arena = windows_map(PORT_ARENA_BYTES, PAGE_EXECUTE_READWRITE);
    windows_data =
        windows_map(TEST_DATA_BYTES + TEST_TABLE_BYTES + 2 * WINDOWS_PAGE, PAGE_READWRITE);
    windows_big = windows_map(TEST_BIG_BYTES, PAGE_EXECUTE_READWRITE);
    windows_window = windows_map(PORT_WINDOW_PAGES * WINDOWS_PAGE, PAGE_READWRITE);
    if (!windows_arena || !windows_data || !windows_big || !windows_window) {
        port_complain("tickbench: the system gives no memory that is writable and executable, or "
                      "too little of it");
        return 1;
    }
    windows_data += WINDOWS_PAGE;
    AddVectoredExceptionHandler(1, windows_handle_exception);
    SetProcessAffinityMask(GetCurrentProcess(), 1);
    return bench_main(argc > 0 ? argc - 1 : 0, argv + 1);
}

void windows_entry(void)
{
    ExitProcess((UINT)windows_main());
}
