// One line of the monitor, worked out on the machine's thread. For monitor/ only.
#ifndef TM_EMU_MONITOR_SESSION_H
#define TM_EMU_MONITOR_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct machine;
struct cpu;

struct session {
    struct machine *m;
    struct cpu *cpu;
    FILE *out;        // the answer
    char *line;       // the words; is cut up
    uint8_t *buttons; // of the mouse, as its driver sees them; kept from line to line
};

// words.c: find the word and do it. An empty line does nothing.
void session_do(struct session *s);

// inspect.c
void inspect_registers(struct session *s);
void inspect_mem(struct session *s);
void inspect_tlb(struct session *s);
// "/FMT ADDRESS"
void inspect_memory(struct session *s, const char *text, bool physical);
// expression.c: a number, $register, + and -. False with a message. Everything of it must be used.
bool expression_read(struct session *s, const char *text, uint32_t *value);

#endif
