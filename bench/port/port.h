/* What a port gives to the bench. One implementation is linked: port/linux or port/bare. */
#ifndef BENCH_PORT_PORT_H
#define BENCH_PORT_PORT_H
#include <stdbool.h>
#include <stdint.h>

extern const char port_name[];   /* "linux" or "bare" */
extern const bool port_is_guest; /* nothing below can be trusted to be steady: no redo, no gap
                                    detector, long samples */

void port_write(const char *text, uint32_t len); /* to the reader of the line protocol */
void port_complain(const char *text); /* a usage error, for a person: stderr, or a note line */

uint8_t *port_code_arena(void); /* PORT_ARENA_BYTES, writable and executable, page aligned */
uint8_t *port_data_area(
    void); /* TEST_DATA_BYTES + TEST_TABLE_BYTES, page aligned, a spare page before and after */
uint8_t *port_big_area(void); /* TEST_BIG_BYTES, page aligned, touched */
#define PORT_ARENA_BYTES 65536u

uint32_t port_needs(void); /* of NEED_RING0, NEED_FAULTS and NEED_TRAP what this port fulfils */
/* Let at least min_us pass on the port's own clock; say how much passed on it and on the TSC
 * meanwhile. */
void port_measure_clock(uint32_t min_us, uint64_t *us, uint64_t *tsc);
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
/* Counts of other exceptions that the port skipped over for a test: vectors 0 (divide; 2 bytes
 * skipped), 3, 6 (2 bytes skipped), 16 (1 byte: an FWAIT), 19 (an SSE instruction on registers: 3
 * bytes, or 4 with a prefix), and the bare port's vector 0x40. */
extern volatile uint32_t port_trap_count[256];
uint8_t *port_window(void);
void port_set_window_page(uint32_t page, enum port_page state); /* keeps the contents */
void port_drop_window(
    void); /* all pages absent; contents lost: the next touch of each is a first touch */

#endif
