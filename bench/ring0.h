/* What tests of ring 0 do to the processor they have to themselves: descriptors, gates, tasks,
 * MSRs, and ways into ring 3 and back. Linked into every port, called only where NEED_RING0 is met.
 *
 * The global descriptor table (selectors below) serves SYSENTER, too, which wants ring 0's code and
 * data and ring 3's code and data in this order. All segments are flat; ring 0 runs with ring 3's
 * data segments in ds, es, fs and gs, so that none of them is emptied on the way out (SDM vol. 2,
 * IRET). All memory of the bare port is open to ring 3.
 *
 * Interrupts that kernels can use, from both rings (port/bare/boot.S):
 *   int $0x41   go on in ring 3, on a stack of its own     int $0x42   go on in ring 0, where it
 * was int $0x43   call *0x4000(%esi) in ring 0               0x50-0x5F   the tests' own A kernel
 * that has a handler of its own puts it behind its ret with HANDLER(text); setup() finds its copy
 * with ring0_handler() and ring0_set_gate() makes it a vector's. The bytes of the handler are then
 * part of what is measured. Vectors below 0x50 that a test took are the port's again after
 * ring0_release(), which its model calls. */
#ifndef BENCH_RING0_H
#define BENCH_RING0_H
#include "bench/test.h"

#define RING0_CODE      0x08u
#define RING0_DATA      0x10u
#define RING3_CODE      0x1Bu
#define RING3_DATA      0x23u
#define RING0_TASK      0x28u /* the task that everything runs in */
#define RING0_OTHER     0x30u /* the one that task switches go to */
#define RING0_CALL_GATE 0x40u /* as a test sets it */
#define RING0_ABSENT    0x48u /* a data segment that is not present */

#define HANDLER(text) "\n5:\n" text "\n4: .long 4b - 5b\n"
#define IN_RING3      " int $0x41\n"
#define IN_RING0      "\n int $0x42\n"

enum ring0_gate { /* type and P, DPL 3 */
                  RING0_TASK_GATE = 0xE5,
                  RING0_INTERRUPT_GATE = 0xEE,
                  RING0_TRAP_GATE = 0xEF
};

/* A 32-bit task state segment (SDM vol. 3, 8.2.1) and a map of ports for ring 3. */
struct ring0_task {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, map_at;
    uint8_t map[0x2000 + 1]; /* a bit per port: 1 is closed */
};

extern struct ring0_task ring0_main, ring0_other;

void ring0_open(void); /* the port: load the tables, once */

uint32_t
ring0_handler(const struct test_state *s); /* address of the HANDLER in the kernel's copy */
void ring0_set_gate(uint32_t vector, uint32_t address, enum ring0_gate gate);
void ring0_release(void); /* the port's handlers are back */

void ring0_set_call_gate(uint32_t address, uint32_t words); /* with so many words copied */
/* The other task begins at `eip` with these registers when it is switched to; it has a stack. */
void ring0_set_other(uint32_t eip, const struct kern_regs *regs);
void ring0_allow_port(uint16_t port, uint32_t count); /* to ring 3 */
uint32_t *ring0_entry(uint32_t linear);               /* its page table entry */
void ring0_write_msr(uint32_t msr, uint64_t value);
uint64_t ring0_read_msr(uint32_t msr);

#endif
