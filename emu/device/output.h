// Bytes from a guest's serial port or console to a host descriptor, a line at a time.
//
// output_byte() sends at the end of a line or when the buffer is full; output_flush() sends what
// there is. A descriptor that blocks is waited for; one that fails (the reader is gone, the disk is
// full) is given up with one message, and the guest goes on.
#ifndef TM_EMU_DEVICE_OUTPUT_H
#define TM_EMU_DEVICE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

enum { OUTPUT_BYTES = 4096 };

struct stream;

struct output {
    struct stream *stream; // NULL: fd
    int fd;                // -1: nowhere
    size_t used;
    uint64_t digest; // of all bytes so far, for lockstep
    uint8_t buffer[OUTPUT_BYTES];
};

void output_byte(struct output *o, uint8_t byte);
void output_flush(struct output *o);

#endif
