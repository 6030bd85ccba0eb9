// opcodes.def as data: what each encoding is made of, and which row an opcode and its ModRM byte
// select.
//
// Interface: opcode_rows[] (one struct per row of opcodes.def, row 0 = undefined), opcode_row_of[]
// by opcode_space(), and modrm_row_of[] where the whole ModRM byte selects. Invariants: all of it
// is constant data made by the compiler; nothing is set up at run time. For decode/ and its tests
// only: everybody else sees struct insn.
#ifndef TM_EMU_DECODE_OPCODE_TABLE_H
#define TM_EMU_DECODE_OPCODE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

// Where an operand comes from.
enum operand_place {
    PLACE_NONE,
    PLACE_E,   // ModRM.rm: register or memory (also M: the row's form rules registers out)
    PLACE_G,   // ModRM.reg: general register
    PLACE_R,   // ModRM.rm: register whatever ModRM.mod says
    PLACE_S,   // ModRM.reg: segment register
    PLACE_C,   // ModRM.reg: control register
    PLACE_D,   // ModRM.reg: debug register
    PLACE_V,   // ModRM.reg: XMM or YMM register
    PLACE_W,   // ModRM.rm: XMM or YMM register, or memory
    PLACE_U,   // ModRM.rm: XMM or YMM register
    PLACE_P,   // ModRM.reg: MMX register
    PLACE_Q,   // ModRM.rm: MMX register or memory
    PLACE_N,   // ModRM.rm: MMX register
    PLACE_VM,  // memory with a vector register as index
    PLACE_STI, // ModRM.rm: x87 register
    PLACE_LAST_MODRM = PLACE_STI,
    PLACE_H,    // VEX.vvvv: XMM or YMM register
    PLACE_B,    // VEX.vvvv: general register
    PLACE_L,    // bits 7-4 of an immediate byte: XMM or YMM register
    PLACE_XMM,  // the XMM register `arg`
    PLACE_ST,   // the x87 register `arg`
    PLACE_T,    // seg:(E)DI
    PLACE_Z,    // low three bits of the opcode: general register
    PLACE_REG,  // the general register `arg`
    PLACE_SEG,  // the segment register `arg`
    PLACE_I,    // immediate, `size` bytes
    PLACE_IS,   // immediate of one byte, sign-extended to `size`
    PLACE_J,    // branch displacement
    PLACE_O,    // absolute offset of address size
    PLACE_A,    // far pointer: becomes two operands
    PLACE_X,    // seg:(E)SI
    PLACE_Y,    // ES:(E)DI
    PLACE_ONE,  // the constant 1
    PLACE_XLAT, // seg:(E)BX, to which AL is added
};

// How many bytes it has.
enum operand_size {
    OPSZ_0,    // an address only
    OPSZ_B,    // 1
    OPSZ_W,    // 2
    OPSZ_D,    // 4
    OPSZ_Q,    // 8
    OPSZ_S,    // 6: limit and base
    OPSZ_V,    // the operand size
    OPSZ_P,    // the operand size and a selector
    OPSZ_A,    // twice the operand size
    OPSZ_VW,   // a register of the operand size, or a word in memory
    OPSZ_DW,   // a 32-bit register, or a word in memory
    OPSZ_DB,   // a 32-bit register, or a byte in memory
    OPSZ_X,    // 16, doubled by VEX.L
    OPSZ_H,    // 8, doubled by VEX.L
    OPSZ_F,    // 4, doubled by VEX.L
    OPSZ_EI,   // 2, doubled by VEX.L
    OPSZ_QX,   // 8, with VEX.L 32
    OPSZ_DQ,   // 16
    OPSZ_QQ,   // 32
    OPSZ_T,    // 10
    OPSZ_FX,   // 512
    OPSZ_ENV,  // x87 environment: 14 or 28
    OPSZ_SAVE, // x87 state: 94 or 108
    OPSZ_COUNT
};

// An operand in 16 bits: place in 0-5, size in 6-10, arg in 11-13.
#define OPERAND_SPEC(place, size, arg) ((place) | (size) << 6 | (arg) << 11)
#define SPEC_PLACE(spec)               ((unsigned)(spec)&63u)
#define SPEC_SIZE(spec)                ((unsigned)(spec) >> 6 & 31u)
#define SPEC_ARG(spec)                 ((unsigned)(spec) >> 11 & 7u)

enum {
    RULE_LOCK = 1 << 0,      // LOCK is allowed when operand 1 is memory
    RULE_COND = 1 << 1,      // the opcode's low four bits are a condition
    RULE_MODRM = 1 << 2,     // a ModRM byte follows
    RULE_NP = 1 << 3,        // #UD with 66, F2 or F3
    RULE_MEM = 1 << 4,       // some operand is memory if ModRM.mod is not 3
    RULE_UNALIGNED = 1 << 5, // a 16-byte memory operand of legacy SSE need not be aligned
    RULE_ALIGNED = 1 << 6,   // a memory operand of a VEX instruction must be
    RULE_ELSE = 1 << 7,      // without the feature the mandatory prefix is ignored
    RULE_L0 = 1 << 8,        // VEX.L must be 0
    RULE_L1 = 1 << 9,        // VEX.L must be 1
    RULE_Y2 = 1 << 10,       // VEX.L needs AVX2
    RULE_RW = 1 << 11,       // operand 1 of a VEX instruction is also read
    RULE_VVVV = 1 << 12,     // VEX.vvvv names an operand
    RULE_VSIB = 1 << 13,     // memory with a vector register as index
    RULE_W = 1 << 15,        // VEX.W selects the instruction
    RULE_IXH = 1 << 14,      // which is an XMM register whatever VEX.L is
};

struct opcode_row {
    uint16_t mnemonic; // enum mnemonic
    uint16_t spec[4];  // OPERAND_SPEC()
    uint16_t rules;    // RULE_*
    uint8_t needs;     // enum cpu_feature, or FEATURE_COUNT: every model has it
    uint8_t cls;       // enum insn_class
    uint8_t prefix;    // 0x66, 0xF3 or 0xF2 where it is a part of the opcode
    bool vex;
    uint16_t line;    // of `file`, for messages
    const char *file; // the .def file
};

// Row numbers, made from line numbers of the .def files.
#define ROW_PASTE(a, b)     a##b
#define ROW_NAME(tag, line) ROW_PASTE(tag, line)
#define OP(...)             ROW_NAME(ROW_I, __LINE__),
#define OP01(...)           ROW_NAME(ROW_I, __LINE__),
#define X87M(...)           ROW_NAME(ROW_X, __LINE__),
#define X87R(...)           ROW_NAME(ROW_X, __LINE__),
#define SIMD(...)           ROW_NAME(ROW_S, __LINE__),
#define VEX(...)            ROW_NAME(ROW_V, __LINE__),
enum opcode_row_number {
    ROW_UNDEFINED,
#include "emu/decode/opcodes.def"
    ROW_COUNT
};
#undef OP
#undef OP01
#undef X87M
#undef X87R
#undef SIMD
#undef VEX

// A space is a map and a mandatory prefix: 0 is the one-byte map, in which no prefix selects; then
// four (none, 66, F2, F3) for each of 0F, 0F 38 and 0F 3A, and the same for their VEX encodings.
enum opcode_prefix { OPFX_NP, OPFX_66, OPFX_F2, OPFX_F3, OPFX_COUNT };
enum {
    SPACE_LEGACY = 1,
    SPACE_VEX = SPACE_LEGACY + 3 * OPFX_COUNT,
    SPACE_COUNT = SPACE_VEX + 3 * OPFX_COUNT,
};
static inline unsigned opcode_space(bool vex, unsigned map, enum opcode_prefix prefix)
{
    return map == 0 ? 0 : (vex ? SPACE_VEX : SPACE_LEGACY) + (map - 1) * OPFX_COUNT + prefix;
}

extern const struct opcode_row opcode_rows[ROW_COUNT];
// [space][opcode][ModRM.mod == 3][ModRM.reg]; opcodes without ModRM have the same row in all 16
// places. VEX: what is not a group (opcode_is_vex_group) has VEX.W in the place of ModRM.reg.
extern const uint16_t opcode_row_of[SPACE_COUNT][256][2][8];
// Register forms of D8-DF (0-7) and 0F 01 (8), by the whole ModRM byte. ROW_UNDEFINED in the
// latter: see opcode_row_of.
enum { MODRM_GROUP_0F01 = 8, MODRM_GROUPS };
extern const uint16_t modrm_row_of[MODRM_GROUPS][256];

// Groups 12-15 and 17 (SDM vol. 2, table A-6).
static inline bool opcode_is_vex_group(unsigned map, unsigned opcode)
{
    return map == 1   ? (opcode >= 0x71 && opcode <= 0x73) || opcode == 0xae
           : map == 2 ? opcode == 0xf3
                      : false;
}

#endif
