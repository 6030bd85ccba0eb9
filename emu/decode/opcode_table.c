// opcodes.def, expanded into constant tables. See opcode_table.h.
//
// Two expansions: one struct per row, and one array initialiser per row with ranges as designators
// (a GNU extension that gcc and clang share). Overlapping rows would be overlapping initialisers,
// which is an error by -Woverride-init.
#include "emu/decode/opcode_table.h"

#include "emu/cpu/cpu.h"
#include "emu/decode/insn.h"

// Operand notation -> spec. Constants, so that the rules below can be computed from them by the
// compiler.
enum operand_notation {
    SPEC___ = 0,
    SPEC_Eb = OPERAND_SPEC(PLACE_E, OPSZ_B, 0),
    SPEC_Ew = OPERAND_SPEC(PLACE_E, OPSZ_W, 0),
    SPEC_Ed = OPERAND_SPEC(PLACE_E, OPSZ_D, 0),
    SPEC_Ev = OPERAND_SPEC(PLACE_E, OPSZ_V, 0),
    SPEC_Evw = OPERAND_SPEC(PLACE_E, OPSZ_VW, 0),
    SPEC_M = OPERAND_SPEC(PLACE_E, OPSZ_0, 0),
    SPEC_Mp = OPERAND_SPEC(PLACE_E, OPSZ_P, 0),
    SPEC_Ma = OPERAND_SPEC(PLACE_E, OPSZ_A, 0),
    SPEC_Mq = OPERAND_SPEC(PLACE_E, OPSZ_Q, 0),
    SPEC_Ms = OPERAND_SPEC(PLACE_E, OPSZ_S, 0),
    SPEC_Gb = OPERAND_SPEC(PLACE_G, OPSZ_B, 0),
    SPEC_Gw = OPERAND_SPEC(PLACE_G, OPSZ_W, 0),
    SPEC_Gd = OPERAND_SPEC(PLACE_G, OPSZ_D, 0),
    SPEC_Gv = OPERAND_SPEC(PLACE_G, OPSZ_V, 0),
    SPEC_Rd = OPERAND_SPEC(PLACE_R, OPSZ_D, 0),
    SPEC_Sw = OPERAND_SPEC(PLACE_S, OPSZ_W, 0),
    SPEC_Cd = OPERAND_SPEC(PLACE_C, OPSZ_D, 0),
    SPEC_Dd = OPERAND_SPEC(PLACE_D, OPSZ_D, 0),
    SPEC_Zb = OPERAND_SPEC(PLACE_Z, OPSZ_B, 0),
    SPEC_Zv = OPERAND_SPEC(PLACE_Z, OPSZ_V, 0),
    SPEC_AL = OPERAND_SPEC(PLACE_REG, OPSZ_B, REG_EAX),
    SPEC_CL = OPERAND_SPEC(PLACE_REG, OPSZ_B, REG_ECX),
    SPEC_DX = OPERAND_SPEC(PLACE_REG, OPSZ_W, REG_EDX),
    SPEC_eAX = OPERAND_SPEC(PLACE_REG, OPSZ_V, REG_EAX),
    SPEC_ES = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_ES),
    SPEC_CS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_CS),
    SPEC_SS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_SS),
    SPEC_DS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_DS),
    SPEC_FS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_FS),
    SPEC_GS = OPERAND_SPEC(PLACE_SEG, OPSZ_W, SEG_GS),
    SPEC_Ib = OPERAND_SPEC(PLACE_I, OPSZ_B, 0),
    SPEC_Iw = OPERAND_SPEC(PLACE_I, OPSZ_W, 0),
    SPEC_Iz = OPERAND_SPEC(PLACE_I, OPSZ_V, 0),
    SPEC_Ibs = OPERAND_SPEC(PLACE_IS, OPSZ_V, 0),
    SPEC_Jb = OPERAND_SPEC(PLACE_J, OPSZ_B, 0),
    SPEC_Jz = OPERAND_SPEC(PLACE_J, OPSZ_V, 0),
    SPEC_Ob = OPERAND_SPEC(PLACE_O, OPSZ_B, 0),
    SPEC_Ov = OPERAND_SPEC(PLACE_O, OPSZ_V, 0),
    SPEC_Ap = OPERAND_SPEC(PLACE_A, OPSZ_V, 0),
    SPEC_Xb = OPERAND_SPEC(PLACE_X, OPSZ_B, 0),
    SPEC_Xv = OPERAND_SPEC(PLACE_X, OPSZ_V, 0),
    SPEC_Yb = OPERAND_SPEC(PLACE_Y, OPSZ_B, 0),
    SPEC_Yv = OPERAND_SPEC(PLACE_Y, OPSZ_V, 0),
    SPEC_one = OPERAND_SPEC(PLACE_ONE, OPSZ_B, 0),
    SPEC_XLATb = OPERAND_SPEC(PLACE_XLAT, OPSZ_B, 0),
};

// The words of the rules column.
#define LOCK  RULE_LOCK
#define COND  RULE_COND
#define MODRM RULE_MODRM
#define NP    RULE_NP
#define RM1   RULE_RM1

#define IN_MODRM(spec)      (SPEC_PLACE(spec) != PLACE_NONE && SPEC_PLACE(spec) <= PLACE_LAST_MODRM)
#define IN_MEMORY(spec)     (SPEC_PLACE(spec) == PLACE_E)
#define ANY_OF(is, a, b, c) (is(SPEC_##a) || is(SPEC_##b) || is(SPEC_##c))
#define OP(map, opcode, ext, form, name, a, b, c, row_rules, first_cpu)                            \
    {.mnemonic = MN_##name,                                                                        \
     .spec = {SPEC_##a, SPEC_##b, SPEC_##c},                                                       \
     .rules = (row_rules) | (ANY_OF(IN_MODRM, a, b, c) ? RULE_MODRM : 0) |                         \
              (ANY_OF(IN_MEMORY, a, b, c) ? RULE_MEM : 0),                                         \
     .cpu = CPU_##first_cpu,                                                                       \
     .line = __LINE__},
const struct opcode_row opcode_rows[ROW_COUNT] = {
    {.mnemonic = MN_COUNT},
#include "emu/decode/opcodes.def"
};
#undef OP

#define RANGE(first, last)              first... last
#define FORM_ANY                        0 ... 1
#define FORM_MEM                        0
#define FORM_REG                        1
#define ANY                             0 ... 7
#define OP(map, opcode, ext, form, ...) [map][opcode][FORM_##form][ext] = ROW_NAME(__LINE__),
const uint16_t opcode_row_of[OPCODE_MAPS][256][2][8] = {
#include "emu/decode/opcodes.def"
};
#undef OP
