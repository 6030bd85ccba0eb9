// Instruction bytes -> struct insn. See insn.h for the interface and opcodes.def for the knowledge.
//
// How it goes: prefixes (the last of a group counts; Intel SDM vol. 2, 2.1.1), the opcode, then one
// look into opcode_row_of[] with the byte behind the opcode as if it were ModRM. That gives the
// row, which says whether it was; then ModRM, SIB and displacement, and last the operands in the
// row's order, which is also the order of immediates in the code. Invariants: reads code[0..avail)
// only, and never more than 15 bytes. An instruction that would need a byte beyond `avail` is
// DECODE_MORE, unless it is byte 16: then it is DECODE_TOO_LONG.
#include <string.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"
#include "emu/decode/opcode_table.h"

enum { INSN_MAX_BYTES = 15 };

// What a byte is in front of an opcode. 0: not a prefix.
enum prefix_class { PFX_NONE, PFX_SEG, PFX_OPSIZE, PFX_ADDRSIZE, PFX_LOCK, PFX_REPNE, PFX_REP };
static const uint8_t prefix_classes[256] = {
    [0x26] = PFX_SEG,  [0x2e] = PFX_SEG,   [0x36] = PFX_SEG,    [0x3e] = PFX_SEG,
    [0x64] = PFX_SEG,  [0x65] = PFX_SEG,   [0x66] = PFX_OPSIZE, [0x67] = PFX_ADDRSIZE,
    [0xf0] = PFX_LOCK, [0xf2] = PFX_REPNE, [0xf3] = PFX_REP,
};

// Bytes of each operand_size, by operand size 2 or 4, and VEX.L.
#define SIZES(v, l)                                                                                \
    {                                                                                              \
        [OPSZ_B] = 1, [OPSZ_W] = 2, [OPSZ_D] = 4, [OPSZ_Q] = 8, [OPSZ_S] = 6, [OPSZ_V] = (v),      \
        [OPSZ_P] = (v) + 2, [OPSZ_A] = 2 * (v), [OPSZ_VW] = (v), [OPSZ_DW] = 4, [OPSZ_DB] = 4,     \
        [OPSZ_X] = 16 << (l), [OPSZ_H] = 8 << (l), [OPSZ_F] = 4 << (l), [OPSZ_EI] = 2 << (l),      \
        [OPSZ_QX] = 8 << 2 * (l), [OPSZ_DQ] = 16, [OPSZ_QQ] = 32, [OPSZ_T] = 10, [OPSZ_FX] = 512,  \
        [OPSZ_ENV] = 7 * (v), [OPSZ_SAVE] = 80 + 7 * (v)                                           \
    }
static const uint16_t sizes[4][OPSZ_COUNT] = {SIZES(2, 0), SIZES(4, 0), SIZES(2, 1), SIZES(4, 1)};
#undef SIZES

static inline unsigned size_bytes(const struct insn *insn, enum operand_size size)
{
    return sizes[insn->vex_l << 1 | insn->op_size >> 2][size];
}

// What of a memory operand is accessed, where the register form has another size.
static inline unsigned memory_bytes(enum operand_size size, unsigned bytes)
{
    return size == OPSZ_VW || size == OPSZ_DW ? 2 : size == OPSZ_DB ? 1 : bytes;
}

enum { SEG_DEFAULT = 0xff }; // no segment prefix was seen

struct reader {
    const uint8_t *code;
    size_t pos, limit; // limit <= INSN_MAX_BYTES
    bool full;         // `limit` is the architecture's, not the caller's
    uint8_t seg;       // segment override or SEG_DEFAULT
    bool opsize;       // prefix 66 was seen
    uint8_t vvvv;      // VEX.vvvv, as the register that it names
};

static inline bool reader_has(const struct reader *r, size_t bytes)
{
    return r->limit - r->pos >= bytes;
}

static inline uint32_t reader_take_1(struct reader *r)
{
    return r->code[r->pos++];
}

static inline uint32_t reader_take_2(struct reader *r)
{
    uint16_t value;
    memcpy(&value, r->code + r->pos, sizeof(value));
    r->pos += 2;
    return value;
}

static inline uint32_t reader_take_4(struct reader *r)
{
    uint32_t value;
    memcpy(&value, r->code + r->pos, sizeof(value));
    r->pos += 4;
    return value;
}

static inline uint32_t sign_extend_8(uint32_t value)
{
    return (uint32_t)(int32_t)(int8_t)value;
}

static inline uint32_t sign_extend_16(uint32_t value)
{
    return (uint32_t)(int32_t)(int16_t)value;
}

// The answer when the bytes ran out.
static enum decode_status decode_starved(const struct reader *r, struct insn *insn)
{
    insn->len = (uint8_t)r->pos;
    return r->full ? DECODE_TOO_LONG : DECODE_MORE;
}

static enum decode_status decode_undefined(const struct reader *r, struct insn *insn)
{
    insn->len = (uint8_t)r->pos;
    return DECODE_UD;
}

static inline void set_mem(struct insn *insn, const struct reader *r, unsigned default_seg,
                           unsigned base, unsigned index)
{
    insn->mem.seg = r->seg == SEG_DEFAULT ? (uint8_t)default_seg : r->seg;
    insn->mem.base = (uint8_t)base;
    insn->mem.index = (uint8_t)index;
}

// ModRM with a 16-bit address (SDM vol. 2, table 2-1). False when the bytes run out.
static bool decode_mem16(struct reader *r, struct insn *insn)
{
    static const uint8_t bases[8] = {REG_EBX, REG_EBX, REG_EBP, REG_EBP,
                                     REG_ESI, REG_EDI, REG_EBP, REG_EBX};
    static const uint8_t indexes[8] = {REG_ESI,  REG_EDI,  REG_ESI,  REG_EDI,
                                       REG_NONE, REG_NONE, REG_NONE, REG_NONE};
    unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;
    if (mod == 0 && rm == 6) {
        set_mem(insn, r, SEG_DS, REG_NONE, REG_NONE);
        mod = 2;
    } else {
        set_mem(insn, r, bases[rm] == REG_EBP ? SEG_SS : SEG_DS, bases[rm], indexes[rm]);
    }
    if (!reader_has(r, mod))
        return false;
    if (mod == 1)
        insn->mem.disp = sign_extend_8(reader_take_1(r));
    else if (mod == 2)
        insn->mem.disp = sign_extend_16(reader_take_2(r));
    return true;
}

// ModRM with a 32-bit address, and SIB (SDM vol. 2, tables 2-2 and 2-3). False when the bytes run
// out.
static bool decode_mem32(struct reader *r, struct insn *insn)
{
    unsigned mod = insn->modrm >> 6, base = insn->modrm & 7, index = REG_NONE;
    if (base == 4) {
        if (!reader_has(r, 1))
            return false;
        unsigned sib = reader_take_1(r);
        base = sib & 7;
        if ((sib >> 3 & 7) != 4 || insn->vsib) { // only a general register cannot be number 4
            index = sib >> 3 & 7;
            insn->mem.scale = (uint8_t)(sib >> 6);
        }
    }
    if (mod == 0 && base == 5) {
        set_mem(insn, r, SEG_DS, REG_NONE, index);
        mod = 2;
    } else {
        set_mem(insn, r, base == REG_ESP || base == REG_EBP ? SEG_SS : SEG_DS, base, index);
    }
    if (mod == 1) {
        if (!reader_has(r, 1))
            return false;
        insn->mem.disp = sign_extend_8(reader_take_1(r));
    } else if (mod == 2) {
        if (!reader_has(r, 4))
            return false;
        insn->mem.disp = reader_take_4(r);
    }
    return true;
}

static inline void add_operand(struct insn *insn, unsigned kind, unsigned reg, unsigned size)
{
    insn->opnd[insn->nopnd++] = (struct operand){(uint8_t)kind, (uint8_t)reg, (uint16_t)size};
}

// Read `bytes` (1, 2 or 4) of immediate into imm, or imm2 when imm is taken. False when the bytes
// run out.
static bool decode_immediate(struct reader *r, struct insn *insn, unsigned bytes, uint32_t *value)
{
    if (!reader_has(r, bytes))
        return false;
    if (insn->imm_at == 0)
        insn->imm_at = (uint8_t)r->pos;
    *value = bytes == 1 ? reader_take_1(r) : bytes == 2 ? reader_take_2(r) : reader_take_4(r);
    return true;
}

// One operand of the row. False when the bytes run out.
static bool decode_operand(struct reader *r, struct insn *insn, unsigned spec)
{
    unsigned size = size_bytes(insn, SPEC_SIZE(spec)), vector = size > 16 ? OPND_YMM : OPND_XMM;
    switch ((enum operand_place)SPEC_PLACE(spec)) {
    case PLACE_NONE: break;
    case PLACE_E:
        if (insn->modrm >= 0xc0)
            add_operand(insn, OPND_REG, insn->modrm & 7, size);
        else
            add_operand(insn, OPND_MEM, 0, memory_bytes(SPEC_SIZE(spec), size));
        break;
    case PLACE_G: add_operand(insn, OPND_REG, insn->modrm >> 3 & 7, size); break;
    case PLACE_R: add_operand(insn, OPND_REG, insn->modrm & 7, size); break;
    case PLACE_S: add_operand(insn, OPND_SREG, insn->modrm >> 3 & 7, size); break;
    case PLACE_C: add_operand(insn, OPND_CREG, insn->modrm >> 3 & 7, size); break;
    case PLACE_D: add_operand(insn, OPND_DREG, insn->modrm >> 3 & 7, size); break;
    case PLACE_V: add_operand(insn, vector, insn->modrm >> 3 & 7, size); break;
    case PLACE_U: add_operand(insn, vector, insn->modrm & 7, size); break;
    case PLACE_W:
        add_operand(insn, insn->modrm >= 0xc0 ? vector : OPND_MEM,
                    insn->modrm >= 0xc0 ? insn->modrm & 7 : 0, size);
        break;
    case PLACE_P: add_operand(insn, OPND_MM, insn->modrm >> 3 & 7, size); break;
    case PLACE_N: add_operand(insn, OPND_MM, insn->modrm & 7, size); break;
    case PLACE_Q:
        add_operand(insn, insn->modrm >= 0xc0 ? OPND_MM : OPND_MEM,
                    insn->modrm >= 0xc0 ? insn->modrm & 7 : 0, size);
        break;
    case PLACE_VM: add_operand(insn, OPND_MEM, 0, size); break;
    case PLACE_STI: add_operand(insn, OPND_ST, insn->modrm & 7, size); break;
    case PLACE_ST: add_operand(insn, OPND_ST, SPEC_ARG(spec), size); break;
    case PLACE_XMM: add_operand(insn, OPND_XMM, SPEC_ARG(spec), size); break;
    case PLACE_H: add_operand(insn, vector, r->vvvv & 7, size); break; // SDM vol. 2, 2.3.5
    case PLACE_B: add_operand(insn, OPND_REG, r->vvvv & 7, size); break;
    case PLACE_L:
        if (!decode_immediate(r, insn, 1, &insn->imm))
            return false;
        add_operand(insn, vector, insn->imm >> 4 & 7, size);
        break;
    case PLACE_T:
        add_operand(insn, OPND_MEM, 0, size);
        set_mem(insn, r, SEG_DS, REG_EDI, REG_NONE);
        break;
    case PLACE_Z: add_operand(insn, OPND_REG, insn->opcode & 7, size); break;
    case PLACE_REG: add_operand(insn, OPND_REG, SPEC_ARG(spec), size); break;
    case PLACE_SEG: add_operand(insn, OPND_SREG, SPEC_ARG(spec), size); break;
    case PLACE_I:
        if (insn->imm_at == 0) {
            add_operand(insn, OPND_IMM, 0, size);
            return decode_immediate(r, insn, size, &insn->imm);
        }
        add_operand(insn, OPND_IMM2, 0, size);
        return decode_immediate(r, insn, size, &insn->imm2);
    case PLACE_IS:
        add_operand(insn, OPND_IMM, 0, size);
        if (!decode_immediate(r, insn, 1, &insn->imm))
            return false;
        insn->imm = sign_extend_8(insn->imm);
        if (size == 2)
            insn->imm &= 0xffff;
        break;
    case PLACE_J:
        add_operand(insn, OPND_REL, 0, size);
        if (!decode_immediate(r, insn, size, &insn->imm))
            return false;
        if (size < 4)
            insn->imm = size == 1 ? sign_extend_8(insn->imm) : sign_extend_16(insn->imm);
        break;
    case PLACE_O:
        add_operand(insn, OPND_MOFFS, 0, size);
        set_mem(insn, r, SEG_DS, REG_NONE, REG_NONE);
        return decode_immediate(r, insn, insn->addr_size, &insn->mem.disp);
    case PLACE_A:
        add_operand(insn, OPND_IMM2, 0, 2);
        add_operand(insn, OPND_IMM, 0, size);
        return decode_immediate(r, insn, size, &insn->imm) &&
               decode_immediate(r, insn, 2, &insn->imm2);
    case PLACE_X:
        add_operand(insn, OPND_MEM, 0, size);
        set_mem(insn, r, SEG_DS, REG_ESI, REG_NONE);
        break;
    case PLACE_Y:
        add_operand(insn, OPND_MEM, 0, size);
        if (insn->mem.base != REG_ESI) { // ES takes no override; beside an X operand, mem is X's
            set_mem(insn, r, SEG_ES, REG_EDI, REG_NONE);
            insn->mem.seg = SEG_ES;
        }
        break;
    case PLACE_ONE:
        add_operand(insn, OPND_IMM, 0, size);
        insn->imm = 1;
        break;
    case PLACE_XLAT:
        add_operand(insn, OPND_MEM, 0, size);
        set_mem(insn, r, SEG_DS, REG_EBX, REG_NONE);
        break;
    }
    return true;
}

// The opcode is the last byte there is: is it an instruction without ModRM, or is the rest missing?
static bool opcode_wants_modrm(unsigned space, unsigned opcode)
{
    for (unsigned form = 0; form < 2; form++)
        for (unsigned ext = 0; ext < 8; ext++)
            if (opcode_rows[opcode_row_of[space][opcode][form][ext]].rules & RULE_MODRM)
                return true;
    return false;
}

// Prefixes: fills op_size, addr_size, prefixes, prefix_len and r->seg; leaves the reader at the
// opcode. False when the bytes run out.
static bool decode_prefixes(struct reader *r, struct insn *insn)
{
    static const uint8_t segments[8] = {[0x26 >> 3 & 7] = SEG_ES,
                                        [0x2e >> 3 & 7] = SEG_CS,
                                        [0x36 >> 3 & 7] = SEG_SS,
                                        [0x3e >> 3 & 7] = SEG_DS};
    const uint8_t other_size = (uint8_t)(insn->op_size ^ 6);
    for (;; r->pos++) {
        if (r->pos == r->limit)
            return false;
        uint8_t byte = r->code[r->pos];
        switch ((enum prefix_class)prefix_classes[byte]) {
        case PFX_NONE: insn->prefix_len = (uint8_t)r->pos; return true;
        case PFX_SEG:
            r->seg = byte >= 0x64 ? (uint8_t)(SEG_FS + (byte & 1)) : segments[byte >> 3 & 7];
            break;
        case PFX_OPSIZE:
            insn->op_size = other_size;
            r->opsize = true;
            break;
        case PFX_ADDRSIZE: insn->addr_size = other_size; break;
        case PFX_LOCK: insn->prefixes |= PREFIX_LOCK; break;
        case PFX_REPNE:
            insn->prefixes = (uint8_t)((insn->prefixes & PREFIX_LOCK) | PREFIX_REPNE);
            break;
        case PFX_REP:
            insn->prefixes = (uint8_t)((insn->prefixes & PREFIX_LOCK) | PREFIX_REP);
            break;
        }
    }
}

// Behind C4 or C5 where they are VEX: the rest of the prefix, and the opcode. (SDM vol. 2, 2.3.5)
static enum decode_status decode_vex(struct reader *r, struct insn *insn, enum opcode_prefix *pp)
{
    static const uint8_t order[4] = {OPFX_NP, OPFX_66, OPFX_F3, OPFX_F2};
    bool legacy = r->opsize || insn->prefixes;
    unsigned bits = reader_take_1(r);
    insn->vex = true;
    insn->map = 1;
    if (insn->opcode == 0xc4) {
        insn->map = bits & 31;
        if (!reader_has(r, 1))
            return decode_starved(r, insn);
        bits = reader_take_1(r);
        insn->vex_w = bits >> 7;
    }
    r->vvvv = ~bits >> 3 & 15;
    insn->vex_l = bits >> 2 & 1;
    *pp = order[bits & 3];
    if (!reader_has(r, 1))
        return decode_starved(r, insn);
    insn->opcode = (uint8_t)reader_take_1(r);
    return legacy || insn->map < 1 || insn->map > 3 ? decode_undefined(r, insn) : DECODE_OK;
}

// The opcode and what selects its space. Leaves the reader behind the opcode.
static enum decode_status decode_opcode(struct reader *r, struct insn *insn, unsigned *space)
{
    enum opcode_prefix prefix = insn->prefixes & PREFIX_REP     ? OPFX_F3
                                : insn->prefixes & PREFIX_REPNE ? OPFX_F2
                                : r->opsize                     ? OPFX_66
                                                                : OPFX_NP;
    enum decode_status status = DECODE_OK;
    insn->opcode = (uint8_t)reader_take_1(r);
    if (insn->opcode == 0x0f) {
        insn->map = 1;
        if (!reader_has(r, 1))
            return decode_starved(r, insn);
        insn->opcode = (uint8_t)reader_take_1(r);
        if (insn->opcode == 0x38 || insn->opcode == 0x3a) {
            insn->map = insn->opcode == 0x38 ? 2 : 3;
            if (!reader_has(r, 1))
                return decode_starved(r, insn);
            insn->opcode = (uint8_t)reader_take_1(r);
        }
    } else if ((insn->opcode & 0xfe) == 0xc4) {
        if (!reader_has(r, 1))
            return decode_starved(r, insn);
        if (r->code[r->pos] >= 0xc0) // else it is LES or LDS
            status = decode_vex(r, insn, &prefix);
    }
    *space = opcode_space(insn->vex, insn->map, prefix);
    return status;
}

// The row that the opcode and the byte behind it select.
static unsigned find_row(const struct insn *insn, unsigned space, unsigned modrm)
{
    bool reg = modrm >= 0xc0;
    if (reg && space == 0 && (insn->opcode & 0xf8) == 0xd8)
        return modrm_row_of[insn->opcode & 7][modrm];
    if (reg && insn->opcode == 1 && insn->map == 1 && !insn->vex) {
        unsigned row = modrm_row_of[MODRM_GROUP_0F01][modrm];
        if (row != ROW_UNDEFINED)
            return row;
    }
    unsigned ext =
        insn->vex && !opcode_is_vex_group(insn->map, insn->opcode) ? insn->vex_w : modrm >> 3 & 7;
    return opcode_row_of[space][insn->opcode][reg][ext];
}

// Does the CPU have what a row needs that needs something?
static bool row_available(const struct opcode_row *row, const struct insn *insn,
                          const struct cpu_features *features)
{
    return features_has(features, row->needs) &&
           (row->cls != CLASS_AVX || features_has(features, FEATURE_AVX)) &&
           (!(row->rules & RULE_Y2) || !insn->vex_l || features_has(features, FEATURE_AVX2));
}

// What a row rules out although the opcode and ModRM.reg selected it.
static bool row_forbids(const struct opcode_row *row, const struct insn *insn,
                        const struct reader *r)
{
    uint16_t rules = row->rules;
    if ((insn->prefixes & PREFIX_LOCK) && !((rules & RULE_LOCK) && insn->modrm < 0xc0))
        return true; // SDM vol. 2, LOCK: #UD without a lockable instruction and a memory
                     // destination
    if (insn->vex)
        return (r->vvvv != 0 && !(rules & RULE_VVVV)) || (insn->vex_l && (rules & RULE_L0)) ||
               (!insn->vex_l && (rules & RULE_L1)) ||
               ((rules & RULE_VSIB) && ((insn->modrm & 7) != 4 || insn->addr_size == 2));
    return (rules & RULE_NP) && (insn->prefixes || r->opsize);
}

// A prefix that selected the row is a part of the opcode from here on; what of VEX means nothing is
// dropped (SDM vol. 2, 2.3.5).
static void note_prefix(const struct opcode_row *row, struct insn *insn, bool code32)
{
    insn->simd_prefix = row->prefix;
    if (row->prefix >= 0xf2)
        insn->prefixes &= PREFIX_LOCK;
    else if (row->prefix)
        insn->op_size = code32 ? 4 : 2;
    if (!row->vex)
        return;
    if (!(row->rules & RULE_W))
        insn->vex_w = false;
    if (row->rules & RULE_VSIB)
        insn->vsib = insn->vex_l && !(row->rules & RULE_IXH) ? 32 : 16;
}

// SDM vol. 2, VPGATHERDD and its like: #UD if any two of destination, index and mask are the same.
static bool gather_overlaps(const struct insn *insn)
{
    unsigned to = insn->opnd[0].reg, mask = insn->opnd[2].reg, index = insn->mem.index;
    return to == mask || to == index || mask == index;
}

enum decode_status insn_decode(const uint8_t *code, size_t avail, bool code32,
                               const struct cpu_features *features, struct insn *insn)
{
    struct reader r = {.code = code,
                       .limit = avail < INSN_MAX_BYTES ? avail : INSN_MAX_BYTES,
                       .full = avail >= INSN_MAX_BYTES,
                       .seg = SEG_DEFAULT};
    memset(insn, 0, sizeof(*insn));
    insn->op_size = insn->addr_size = code32 ? 4 : 2;
    insn->mem.base = insn->mem.index = REG_NONE;
    insn->mem.seg = SEG_DS;
    if (!decode_prefixes(&r, insn))
        return decode_starved(&r, insn);
    unsigned space, modrm = 0;
    enum decode_status status = decode_opcode(&r, insn, &space);
    if (status != DECODE_OK)
        return status;

    if (r.pos < r.limit)
        modrm = code[r.pos];
    else if (opcode_wants_modrm(space, insn->opcode))
        return decode_starved(&r, insn);
    insn->row = (uint16_t)find_row(insn, space, modrm);
    const struct opcode_row *row = &opcode_rows[insn->row];
    if (features && row->needs != FEATURE_COUNT && !row_available(row, insn, features)) {
        if (!(row->rules & RULE_ELSE))
            return decode_undefined(&r, insn);
        insn->row = (uint16_t)find_row(insn, opcode_space(false, insn->map, OPFX_NP), modrm);
        row = &opcode_rows[insn->row];
    }
    if (insn->row == ROW_UNDEFINED)
        return decode_undefined(&r, insn);
    insn->mnemonic = row->mnemonic;
    if (row->mnemonic == MN_MONITOR && r.seg != SEG_DEFAULT) // its address is no operand
        insn->mem.seg = r.seg;
    insn->cls = row->cls;
    if (row->prefix || row->vex)
        note_prefix(row, insn, code32);
    if (row->rules & RULE_COND)
        insn->cond = insn->opcode & 15;
    if (row->rules & RULE_MODRM) {
        insn->modrm = (uint8_t)modrm;
        insn->modrm_at = (uint8_t)r.pos++;
    }
    if ((insn->vex || (insn->prefixes & PREFIX_LOCK) || (row->rules & RULE_NP)) &&
        row_forbids(row, insn, &r))
        return decode_undefined(&r, insn);
    if ((row->rules & RULE_MEM) && modrm < 0xc0 &&
        !(insn->addr_size == 4 ? decode_mem32 : decode_mem16)(&r, insn))
        return decode_starved(&r, insn);
    for (unsigned i = 0; i < 4 && row->spec[i]; i++)
        if (!decode_operand(&r, insn, row->spec[i]))
            return decode_starved(&r, insn);
    if (insn->vsib && gather_overlaps(insn))
        return decode_undefined(&r, insn);
    insn->len = (uint8_t)r.pos;
    return DECODE_OK;
}
