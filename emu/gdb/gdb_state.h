// Inside of emu/gdb/.
#ifndef TM_EMU_GDB_GDB_STATE_H
#define TM_EMU_GDB_GDB_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/gdb/gdb.h"

// PACKET_BYTES is what qSupported tells of: characters of a packet.
enum { GDB_PACKET_BYTES = 0x4000, GDB_REGISTER_BYTES = 16 };

enum packet_state { PACKET_IDLE, PACKET_BODY, PACKET_ESCAPED, PACKET_SUM1, PACKET_SUM2 };

struct gdb {
    struct machine *m;
    gdb_line_fn *line;
    bool has_thread;
    pthread_t thread;
    int control_fd; // eventfd: a new place to listen at, or the end
    int stop_fd;    // eventfd: the machine has stopped
    pthread_mutex_t lock;
    // under the lock: what the thread is to do
    bool ending, moving;
    int next_listen_fd;
    char *next_path;
    int status;

    // The thread's own, and its calls'.
    int listen_fd, fd; // -1: none
    char *path;        // of a socket to be removed
    bool attached;
    bool awaiting; // the client waits for a stop
    bool no_ack;
    bool tells_kind;    // the client wants swbreak and hwbreak in stop replies
    bool physical;      // addresses of memory are physical ones (Qqemu.PhyMemMode)
    unsigned step_bits; // Qqemu.sstep: 1 on, 2 no interrupts, 4 no timers
    bool hang_up;       // after what is in `out`
    enum packet_state state;
    bool overlong;
    uint8_t sum;
    int sum_high;
    uint8_t in[GDB_PACKET_BYTES + 1];
    size_t nin;
    // What is to be sent, from `sent` on, and where in it the last packet is.
    char *out;
    size_t nout, sent, out_capacity, last, last_bytes;
    bool out_failed;
    bool again;        // the client wants the last packet once more
    char *description; // target.xml
};

// --- packet.c ---
// Take one byte from the client; true: a packet is in in[0, nin), with a NUL behind it.
bool packet_take(struct gdb *g, uint8_t byte);
// Append to what is sent: a whole packet; or begin, pieces, end.
void packet_put(struct gdb *g, const char *text);
void packet_begin(struct gdb *g);
void packet_text(struct gdb *g, const char *text);
void packet_bytes(struct gdb *g, const void *bytes, size_t n); // escaped where needed
void packet_hex(struct gdb *g, const uint8_t *bytes, size_t n);
void packet_end(struct gdb *g);
void packet_raw(struct gdb *g, const char *bytes, size_t n); // not a packet
void packet_repeat(struct gdb *g);                           // the last one
void packet_sent(struct gdb *g);   // all of `out` but the last packet, which may be asked for again
void packet_forget(struct gdb *g); // of a client that has gone
int hex_digit(int c);              // -1: none

// --- command.c: on the machine's thread ---
void command_do(struct gdb *g);
// The machine has stopped and the client waits: tell it.
void command_report_stop(struct gdb *g);

// --- registers.c ---
struct cpu;
unsigned registers_count(const struct cpu *cpu); // those that this CPU model has
unsigned register_bytes(const struct cpu *cpu, unsigned number);
void register_read(struct cpu *cpu, unsigned number, uint8_t *to);
// False: it cannot be written, or not with that.
bool register_write(struct cpu *cpu, unsigned number, const uint8_t *from);

// --- target.c ---
// The description of these registers, to be freed; NULL: out of memory.
char *target_describe(const struct cpu *cpu);

// --- memory.c ---
// Linear (or physical) memory without side effects: how many bytes could be had from `at` on.
size_t memory_read(struct gdb *g, struct cpu *cpu, uint32_t at, uint8_t *to, size_t n);
// All or, where one cannot be written, none.
bool memory_write(struct gdb *g, struct cpu *cpu, uint32_t at, const uint8_t *from, size_t n);

#endif
