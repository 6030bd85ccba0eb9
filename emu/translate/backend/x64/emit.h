// Emits x86-64 machine code into the code cache.
//
// Emit calls may be chained without checks: an emitter that gets to its end stays there and ignores
// the rest; whoever began the piece asks emit_full() once, when it is done. Between `end` and
// whatever must not be written lie EMIT_SLACK bytes. Code is written through one mapping (`p`) and
// executed through another: host addresses that end up in code are executable ones, `p + to_exec`.
#ifndef TM_EMU_TRANSLATE_EMIT_H
#define TM_EMU_TRANSLATE_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum host_reg {
    H_RAX,
    H_RCX,
    H_RDX,
    H_RBX,
    H_RSP,
    H_RBP,
    H_RSI,
    H_RDI,
    H_R8,
    H_R9,
    H_R10,
    H_R11,
    H_R12,
    H_R13,
    H_R14,
    H_R15,
    H_NONE
};

enum { EMIT_SLACK = 32 }; // twice what one call writes at most

struct emitter {
    uint8_t *p, *end;
    int64_t to_exec; // executable address - writable address
    bool broken;     // the piece is not to be used, for want of something else
};

static inline bool emit_full(const struct emitter *e)
{
    return e->broken || e->p >= e->end;
}

// The r/m operand of a host instruction.
struct host_rm {
    uint8_t kind; // HRM_*
    uint8_t reg;  // HRM_REG; base of HRM_MEM (H_NONE: absolute)
    uint8_t index, scale;
    int32_t disp;
};
enum { HRM_REG, HRM_MEM, HRM_GS };

static inline struct host_rm hrm_reg(unsigned reg)
{
    return (struct host_rm){HRM_REG, (uint8_t)reg, H_NONE, 0, 0};
}
static inline struct host_rm hrm_mem(unsigned base, unsigned index, unsigned scale, int32_t disp)
{
    return (struct host_rm){HRM_MEM, (uint8_t)base, (uint8_t)index, (uint8_t)scale, disp};
}
// %gs:disp, a field of struct cpu.
static inline struct host_rm hrm_gs(size_t disp)
{
    return (struct host_rm){HRM_GS, H_NONE, H_NONE, 0, (int32_t)disp};
}

// A field of the table set that r13 stands for: r13 is EMIT_SET_BIAS above it, see emit_page().
enum { EMIT_SET_BIAS = 12 };
static inline struct host_rm hrm_set(unsigned index, unsigned scale, int32_t disp)
{
    return hrm_mem(H_R13, index, scale, disp - EMIT_SET_BIAS);
}

// Everything about one instruction but its immediate.
enum {
    ENC_66 = 1,
    ENC_LOCK = 2,
    ENC_W = 4,
    ENC_0F = 8,
    ENC_BYTE_REG = 16,
    ENC_BYTE_RM = 32,
    ENC_F2 = 64,
    ENC_F3 = 128,
    ENC_0F38 = 256,
    ENC_0F3A = 512,
};

// A value of up to 16 bytes is written wherever `p` is, and kept if that is in front of
// `end`.
static inline void emit_value(struct emitter *e, const void *value, size_t bytes)
{
    memcpy(e->p, value, bytes);
    e->p += e->p < e->end ? bytes : 0;
}
static inline void emit_u8(struct emitter *e, unsigned v)
{
    uint8_t b = (uint8_t)v;
    emit_value(e, &b, 1);
}
static inline void emit_u16(struct emitter *e, unsigned v)
{
    uint16_t b = (uint16_t)v;
    emit_value(e, &b, 2);
}
static inline void emit_u32(struct emitter *e, uint32_t v)
{
    emit_value(e, &v, 4);
}
static inline void emit_u64(struct emitter *e, uint64_t v)
{
    emit_value(e, &v, 8);
}
// At most 16 bytes.
void emit_bytes(struct emitter *e, const uint8_t *bytes, size_t n);
// flags: ENC_*. ENC_BYTE_*: that register operand is 8 bits wide and one of SPL..DIL or above needs
// a REX.
void emit_op(struct emitter *e, unsigned flags, unsigned opcode, unsigned reg, struct host_rm rm);

// The same with a VEX prefix. flags: ENC_66, ENC_F2, ENC_F3 (as VEX.pp), ENC_W and one of ENC_0F,
// ENC_0F38, ENC_0F3A; `vvvv` is 0 where it is not used.
void emit_vex_op(struct emitter *e, unsigned flags, bool l256, unsigned vvvv, unsigned opcode,
                 unsigned reg, struct host_rm rm);

// Frequent ones. 32-bit unless the name says otherwise.
void emit_mov_rr(struct emitter *e, unsigned to, unsigned from);
void emit_mov_ri(struct emitter *e, unsigned to, uint32_t value);
void emit_load(struct emitter *e, unsigned to, struct host_rm from);
void emit_store(struct emitter *e, struct host_rm to, unsigned from);
void emit_load64(struct emitter *e, unsigned to, struct host_rm from);
void emit_store64(struct emitter *e, struct host_rm to, unsigned from);
void emit_store_imm(struct emitter *e, struct host_rm to, uint32_t value);
void emit_lea(struct emitter *e, unsigned to, struct host_rm from);
// The page number of an address. Flags are destroyed, or not.
void emit_page(struct emitter *e, unsigned to, unsigned address);
// /ext of the 81/83 group on a 32-bit operand.
enum { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
void emit_alu_imm(struct emitter *e, unsigned flags, unsigned alu, struct host_rm rm, int32_t imm);

// Jumps. A label is a writable address; forward ones are bound when the place is known.
struct fixup {
    uint8_t *at; // the rel32 or rel8 field
    bool wide;
};
struct fixup emit_jmp(struct emitter *e);                 // jmp rel32
struct fixup emit_jcc(struct emitter *e, unsigned cond);  // jcc rel32
struct fixup emit_jcc8(struct emitter *e, unsigned cond); // jcc rel8
struct fixup emit_jecxz(struct emitter *e);               // jecxz rel8
void emit_bind(struct emitter *e, struct fixup f);        // to here
void emit_bind_to(struct emitter *e, struct fixup f, const uint8_t *target);
void emit_jmp_to(struct emitter *e, const uint8_t *target); // jmp rel32 to a known place
// Change the rel32 of an emitted jump or call; both addresses are writable-side.
void emit_patch_rel32(uint8_t *at, const uint8_t *target);

enum { COND_O, COND_NO, COND_B, COND_AE, COND_E, COND_NE, COND_BE, COND_A, COND_S, COND_NS };

#endif
