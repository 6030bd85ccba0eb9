// The encoder: see emit.h. Encodings: AMD APM vol. 3, chapter 1; Intel SDM vol. 2, chapter 2.
#include "emu/translate/backend/x64/emit.h"

#include <string.h>

void emit_bytes(struct emitter *e, const uint8_t *bytes, size_t n)
{
    if (e->p >= e->end)
        return;
    memcpy(e->p, bytes, n);
    e->p += n;
}

static uint8_t *put_disp(uint8_t *q, int32_t disp)
{
    memcpy(q, &disp, 4);
    return q + 4;
}

// ModRM, SIB and displacement; returns where the next byte goes.
static uint8_t *put_modrm(uint8_t *q, unsigned reg, struct host_rm rm)
{
    reg = (reg & 7) << 3;
    unsigned base = rm.reg & 7, index = rm.index == H_NONE ? 4u : rm.index & 7u, mod;
    if (rm.kind == HRM_REG) {
        *q++ = (uint8_t)(0xc0 | reg | base);
        return q;
    }
    if (rm.reg == H_NONE) { // HRM_GS, too
        // Absolute disp32 needs a SIB byte in 64-bit mode; [index*scale+disp32] is the same with an
        // index.
        *q++ = (uint8_t)(reg | 4);
        *q++ = (uint8_t)((unsigned)rm.scale << 6 | index << 3 | 5);
        return put_disp(q, rm.disp);
    }
    if (rm.disp == 0 && base != 5)
        mod = 0;
    else if (rm.disp >= -128 && rm.disp <= 127)
        mod = 1;
    else
        mod = 2;
    if (rm.index != H_NONE || base == 4) {
        *q++ = (uint8_t)(mod << 6 | reg | 4);
        *q++ = (uint8_t)((unsigned)rm.scale << 6 | index << 3 | base);
    } else {
        *q++ = (uint8_t)(mod << 6 | reg | base);
    }
    if (mod == 1)
        *q++ = (uint8_t)rm.disp;
    else if (mod == 2)
        q = put_disp(q, rm.disp);
    return q;
}

void emit_op(struct emitter *e, unsigned flags, unsigned opcode, unsigned reg, struct host_rm rm)
{
    uint8_t *q = e->p;
    if (q >= e->end)
        return;
    unsigned rex = 0;
    if (flags & ENC_W)
        rex |= 0x48;
    if (reg >= 8)
        rex |= 0x44;
    if ((flags & ENC_BYTE_REG) && reg >= 4)
        rex |= 0x40;
    if (rm.kind == HRM_REG) {
        if (rm.reg >= 8)
            rex |= 0x41;
        if ((flags & ENC_BYTE_RM) && rm.reg >= 4)
            rex |= 0x40;
    } else {
        if (rm.reg != H_NONE && rm.reg >= 8)
            rex |= 0x41;
        if (rm.index != H_NONE && rm.index >= 8)
            rex |= 0x42;
    }
    if (rm.kind == HRM_GS)
        *q++ = 0x65;
    if (flags & (ENC_LOCK | ENC_66 | ENC_F2 | ENC_F3)) {
        if (flags & ENC_LOCK)
            *q++ = 0xf0;
        if (flags & ENC_66)
            *q++ = 0x66;
        if (flags & (ENC_F2 | ENC_F3))
            *q++ = flags & ENC_F2 ? 0xf2 : 0xf3;
    }
    if (rex)
        *q++ = (uint8_t)rex;
    if (flags & (ENC_0F | ENC_0F38 | ENC_0F3A)) {
        *q++ = 0x0f;
        if (flags & (ENC_0F38 | ENC_0F3A))
            *q++ = flags & ENC_0F38 ? 0x38 : 0x3a;
    }
    *q++ = (uint8_t)opcode;
    e->p = put_modrm(q, reg, rm);
}

void emit_vex_op(struct emitter *e, unsigned flags, bool l256, unsigned vvvv, unsigned opcode,
                 unsigned reg, struct host_rm rm)
{
    uint8_t *q = e->p;
    if (q >= e->end)
        return;
    bool x = rm.kind != HRM_REG && rm.index != H_NONE && rm.index >= 8;
    bool b = rm.reg != H_NONE && rm.reg >= 8;
    unsigned map = flags & ENC_0F38 ? 2 : flags & ENC_0F3A ? 3 : 1;
    unsigned pp = flags & ENC_66 ? 1 : flags & ENC_F3 ? 2 : flags & ENC_F2 ? 3 : 0;
    unsigned last = (~vvvv & 15) << 3 | (l256 ? 4u : 0u) | pp;
    if (rm.kind == HRM_GS)
        *q++ = 0x65;
    if (x || b || map != 1 || (flags & ENC_W)) {
        *q++ = 0xc4;
        *q++ = (uint8_t)((reg >= 8 ? 0 : 0x80u) | (x ? 0 : 0x40u) | (b ? 0 : 0x20u) | map);
        *q++ = (uint8_t)((flags & ENC_W ? 0x80u : 0) | last);
    } else {
        *q++ = 0xc5;
        *q++ = (uint8_t)((reg >= 8 ? 0 : 0x80u) | last);
    }
    *q++ = (uint8_t)opcode;
    e->p = put_modrm(q, reg, rm);
}

void emit_mov_rr(struct emitter *e, unsigned to, unsigned from)
{
    emit_op(e, 0, 0x89, from, hrm_reg(to));
}

void emit_mov_ri(struct emitter *e, unsigned to, uint32_t value)
{
    if (to >= 8)
        emit_u8(e, 0x41);
    emit_u8(e, 0xb8 | (to & 7));
    emit_u32(e, value);
}

void emit_load(struct emitter *e, unsigned to, struct host_rm from)
{
    emit_op(e, 0, 0x8b, to, from);
}

void emit_store(struct emitter *e, struct host_rm to, unsigned from)
{
    emit_op(e, 0, 0x89, from, to);
}

void emit_load64(struct emitter *e, unsigned to, struct host_rm from)
{
    emit_op(e, ENC_W, 0x8b, to, from);
}

void emit_store64(struct emitter *e, struct host_rm to, unsigned from)
{
    emit_op(e, ENC_W, 0x89, from, to);
}

void emit_store_imm(struct emitter *e, struct host_rm to, uint32_t value)
{
    emit_op(e, 0, 0xc7, 0, to);
    emit_u32(e, value);
}

void emit_lea(struct emitter *e, unsigned to, struct host_rm from)
{
    emit_op(e, 0, 0x8d, to, from);
}

void emit_page(struct emitter *e, unsigned to, unsigned address)
{
    if (__builtin_cpu_supports("bmi2")) {
        // shrx to, address, r13d: the count is r13's low five bits
        emit_vex_op(e, ENC_F2 | ENC_0F38, false, H_R13, 0xf7, to, hrm_reg(address));
        return;
    }
    emit_mov_rr(e, to, address);
    emit_op(e, 0, 0xc1, 5, hrm_reg(to)); // shr to, 12
    emit_u8(e, 12);
}

void emit_alu_imm(struct emitter *e, unsigned flags, unsigned alu, struct host_rm rm, int32_t imm)
{
    if (imm >= -128 && imm <= 127) {
        emit_op(e, flags, 0x83, alu, rm);
        emit_u8(e, (unsigned)imm & 0xff);
    } else {
        emit_op(e, flags, 0x81, alu, rm);
        emit_u32(e, (uint32_t)imm);
    }
}

struct fixup emit_jmp(struct emitter *e)
{
    emit_u8(e, 0xe9);
    struct fixup f = {e->p, true};
    emit_u32(e, 0);
    return f;
}

struct fixup emit_jcc(struct emitter *e, unsigned cond)
{
    emit_u8(e, 0x0f);
    emit_u8(e, 0x80 | cond);
    struct fixup f = {e->p, true};
    emit_u32(e, 0);
    return f;
}

struct fixup emit_jcc8(struct emitter *e, unsigned cond)
{
    emit_u8(e, 0x70 | cond);
    struct fixup f = {e->p, false};
    emit_u8(e, 0);
    return f;
}

struct fixup emit_jecxz(struct emitter *e)
{
    emit_u8(e, 0x67);
    emit_u8(e, 0xe3);
    struct fixup f = {e->p, false};
    emit_u8(e, 0);
    return f;
}

void emit_patch_rel32(uint8_t *at, const uint8_t *target)
{
    int32_t rel = (int32_t)(target - (at + 4));
    memcpy(at, &rel, 4);
}

void emit_bind_to(struct emitter *e, struct fixup f, const uint8_t *target)
{
    if (f.wide) {
        emit_patch_rel32(f.at, target);
        return;
    }
    ptrdiff_t rel = target - (f.at + 1);
    if (rel < -128 || rel > 127) {
        e->broken = true; // cannot happen by construction; the block is given up, not miscompiled
        return;
    }
    *f.at = (uint8_t)rel;
}

void emit_bind(struct emitter *e, struct fixup f)
{
    emit_bind_to(e, f, e->p);
}

void emit_jmp_to(struct emitter *e, const uint8_t *target)
{
    emit_bind_to(e, emit_jmp(e), target);
}
