// Writing the code of a thunk, between host.c (which keeps them) and host_x87.c.
#ifndef TM_EMU_FPU_THUNK_H
#define TM_EMU_FPU_THUNK_H

#include <string.h>

#include "emu/fpu/host.h"

enum { THUNK_SLOT_BYTES = 256, THUNK_MODRM_RSI = 6 /* mod 0, rm 6: [rsi] */ };

struct thunk {
    uint8_t *p, *slot;
};

static inline void thunk_put(struct thunk *c, unsigned byte)
{
    *c->p++ = (uint8_t)byte;
}

static inline void thunk_put_n(struct thunk *c, const void *bytes, size_t n)
{
    memcpy(c->p, bytes, n);
    c->p += n;
}
#define THUNK_PUT(c, ...)                                                                          \
    thunk_put_n(c, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

// ModRM and displacement of [rdi + offset].
static inline void thunk_put_state(struct thunk *c, unsigned reg, size_t offset)
{
    uint32_t disp = (uint32_t)offset;
    thunk_put(c, 0x87 | reg << 3);
    thunk_put_n(c, &disp, 4);
}

// op reg, [r8 + offset] or the reverse: 8B loads, 89 stores.
static inline void thunk_put_io(struct thunk *c, unsigned opcode, unsigned reg, size_t offset)
{
    THUNK_PUT(c, 0x41, (uint8_t)opcode, (uint8_t)(0x40 | reg << 3), (uint8_t)offset);
}
#define THUNK_IO(field)    offsetof(struct fpu_io, field)
#define THUNK_STATE(field) offsetof(struct fpu_image, field)

static inline void thunk_put_vex(struct thunk *c, unsigned map, unsigned w, unsigned vvvv,
                                 unsigned l, unsigned pp)
{
    THUNK_PUT(c, 0xc4, (uint8_t)(0xe0 | map), (uint8_t)(w << 7 | (~vvvv & 15) << 3 | l << 2 | pp));
}

static inline void thunk_put_ldmxcsr_host(struct thunk *c)
{
    THUNK_PUT(c, 0x41, 0x0f, 0xae, 0x50, THUNK_IO(host_mxcsr));
}

static inline void thunk_put_return(struct thunk *c)
{
    THUNK_PUT(c, 0x31, 0xc0, 0xc3);
}

static inline void thunk_put_flags_out(struct thunk *c)
{
    THUNK_PUT(c, 0x9c, 0x58); // pushfq; pop rax
    thunk_put_io(c, 0x89, 0, THUNK_IO(eflags));
}

// host_x87.c: the thunks of an x87 instruction, and what the plan says of the fast one.
void thunk_make_x87(struct thunk *c, const struct insn *insn, struct fpu_plan *plan);
// The way out after a signal: EAX is the result.
void thunk_put_way_out(struct thunk *c, const struct insn *insn, bool mxcsr, bool mmx);

#endif
