// Our decoder against Zydis. See decode_compare.h.
#include "emu/tests/decode_compare.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "emu/cpu/cpu.h"
#include "emu/decode/opcode_table.h"

// What Zydis calls a thing that has another name, or several, with us.
static const struct {
    const char *zydis;
    uint16_t mnemonic;
    uint8_t cond;
} aliases[] = {
    {"cwde", MN_CBW, 0},
    {"cdq", MN_CWD, 0},
    {"pushad", MN_PUSHA, 0},
    {"popad", MN_POPA, 0},
    {"pushfd", MN_PUSHF, 0},
    {"popfd", MN_POPF, 0},
    {"iretd", MN_IRET, 0},
    {"jecxz", MN_JCXZ, 0},
    {"movsb", MN_MOVS, 0},
    {"movsw", MN_MOVS, 0},
    {"movsd", MN_MOVS, 0},
    {"stosb", MN_STOS, 0},
    {"stosw", MN_STOS, 0},
    {"stosd", MN_STOS, 0},
    {"lodsb", MN_LODS, 0},
    {"lodsw", MN_LODS, 0},
    {"lodsd", MN_LODS, 0},
    {"scasb", MN_SCAS, 0},
    {"scasw", MN_SCAS, 0},
    {"scasd", MN_SCAS, 0},
    {"cmpsb", MN_CMPS, 0},
    {"cmpsw", MN_CMPS, 0},
    {"cmpsd", MN_CMPS, 0},
    {"insb", MN_INS, 0},
    {"insw", MN_INS, 0},
    {"insd", MN_INS, 0},
    {"outsb", MN_OUTS, 0},
    {"outsw", MN_OUTS, 0},
    {"outsd", MN_OUTS, 0},
    {"pause", MN_NOP, 0},
    {"prefetch", MN_NOP, 0},
    {"prefetchw", MN_NOP, 0},
    {"prefetchnta", MN_NOP, 0},
    {"prefetcht0", MN_NOP, 0},
    {"prefetcht1", MN_NOP, 0},
    {"prefetcht2", MN_NOP, 0},
    {"prefetchwt1", MN_NOP, 0},
    {"feni8087_nop", MN_FNENI, 0},
    {"fdisi8087_nop", MN_FNDISI, 0},
    {"fsetpm287_nop", MN_FNSETPM, 0},
    {"fstpnce", MN_FSTP, 0},
    {"vzeroupper", MN_VZERO, 0},
    {"vzeroall", MN_VZERO, 0},
};

// Conditions in the order of their numbers, as Zydis spells them.
static const char *const conditions[16] = {"o", "no", "b", "nb", "z", "nz", "be", "nbe",
                                           "s", "ns", "p", "np", "l", "nl", "le", "nle"};

static struct {
    uint16_t mnemonic; // MN_COUNT: not ours
    uint8_t cond;
} from_zydis[ZYDIS_MNEMONIC_MAX_VALUE + 1];
static ZydisDecoder decoders[2];

static void map_name(const char *zydis, unsigned mnemonic, unsigned cond, bool *found)
{
    for (unsigned m = 0; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++) {
        const char *name = ZydisMnemonicGetString((ZydisMnemonic)m);
        if (name && strcmp(name, zydis) == 0) {
            from_zydis[m].mnemonic = (uint16_t)mnemonic;
            from_zydis[m].cond = (uint8_t)cond;
            *found = true;
        }
    }
}

bool decode_compare_init(void)
{
    // WBNOINVD and the like are their older selves without the CPUID bit, which no CPU of ours has.
    static const ZydisDecoderMode off[] = {
        ZYDIS_DECODER_MODE_AMD_BRANCHES, ZYDIS_DECODER_MODE_KNC,      ZYDIS_DECODER_MODE_MPX,
        ZYDIS_DECODER_MODE_CET,          ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE};
    bool all = true;
    ZydisDecoderInit(&decoders[0], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
    ZydisDecoderInit(&decoders[1], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    for (unsigned d = 0; d < 2; d++)
        for (unsigned i = 0; i < sizeof(off) / sizeof(off[0]); i++)
            ZydisDecoderEnableMode(&decoders[d], off[i], ZYAN_FALSE);

    for (unsigned m = 0; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++)
        from_zydis[m].mnemonic = MN_COUNT;
    for (unsigned mn = 0; mn < MN_COUNT; mn++) {
        bool found =
            mn == MN_CALLF || mn == MN_JMPF || mn == MN_RETF; // told apart by the branch type
        bool by_condition = mn == MN_JCC || mn == MN_SETCC || mn == MN_CMOVCC;
        for (unsigned cond = 0; cond < 16 && by_condition; cond++) {
            char name[16];
            snprintf(name, sizeof(name), "%s%s",
                     mn == MN_JCC     ? "j"
                     : mn == MN_SETCC ? "set"
                                      : "cmov",
                     conditions[cond]);
            map_name(name, mn, cond, &found);
        }
        map_name(insn_mnemonics[mn].name, mn, 0, &found);
        char vex[24]; // the VEX form of a mnemonic that we share
        snprintf(vex, sizeof(vex), "v%s", insn_mnemonics[mn].name);
        map_name(vex, mn, 0, &found);
        for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
            if (aliases[i].mnemonic == mn)
                map_name(aliases[i].zydis, mn, aliases[i].cond, &found);
        if (!found)
            printf("FAIL decode_compare_init: Zydis has no name for %s\n", insn_mnemonics[mn].name);
        all = all && found;
    }
    return all;
}

// Does the decoder cover what Zydis says this is?
static bool in_scope(const ZydisDecodedInstruction *z)
{
    if (z->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
        z->encoding != ZYDIS_INSTRUCTION_ENCODING_VEX)
        return false;
    if (z->opcode_map == ZYDIS_OPCODE_MAP_0F && z->opcode == 0x0d && z->raw.modrm.mod == 3)
        return false; // PREFETCHW of a register: a NOP to Zydis, #UD on AMD; SDM and APM have m8
                      // only
    switch (z->meta.isa_set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I286PROTECTED:
    case ZYDIS_ISA_SET_I286REAL:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_PENTIUMMMX:
    case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_FCMOV:
    case ZYDIS_ISA_SET_LAHF:
    case ZYDIS_ISA_SET_FAT_NOP:
    case ZYDIS_ISA_SET_PREFETCH_NOP:
    case ZYDIS_ISA_SET_PREFETCHWT1:
    case ZYDIS_ISA_SET_PAUSE:
    case ZYDIS_ISA_SET_RDPMC:
    case ZYDIS_ISA_SET_RDTSCP:
    case ZYDIS_ISA_SET_X87:
    case ZYDIS_ISA_SET_FXSAVE:
    case ZYDIS_ISA_SET_SSE:
    case ZYDIS_ISA_SET_SSEMXCSR:
    case ZYDIS_ISA_SET_SSE_PREFETCH:
    case ZYDIS_ISA_SET_SSE2:
    case ZYDIS_ISA_SET_SSE2MMX:
    case ZYDIS_ISA_SET_SSE3:
    case ZYDIS_ISA_SET_SSE3X87:
    case ZYDIS_ISA_SET_SSSE3:
    case ZYDIS_ISA_SET_SSSE3MMX:
    case ZYDIS_ISA_SET_SSE4:
    case ZYDIS_ISA_SET_SSE42:
    case ZYDIS_ISA_SET_POPCNT:
    case ZYDIS_ISA_SET_LZCNT:
    case ZYDIS_ISA_SET_MOVBE:
    case ZYDIS_ISA_SET_ADOX_ADCX:
    case ZYDIS_ISA_SET_RDRAND:
    case ZYDIS_ISA_SET_RDSEED:
    case ZYDIS_ISA_SET_RDPID:
    case ZYDIS_ISA_SET_AES:
    case ZYDIS_ISA_SET_PCLMULQDQ:
    case ZYDIS_ISA_SET_SHA:
    case ZYDIS_ISA_SET_GFNI:
    case ZYDIS_ISA_SET_CLFSH:
    case ZYDIS_ISA_SET_CLFLUSHOPT:
    case ZYDIS_ISA_SET_CLWB:
    case ZYDIS_ISA_SET_MONITOR:
    case ZYDIS_ISA_SET_SMAP:
    case ZYDIS_ISA_SET_INVPCID:
    case ZYDIS_ISA_SET_XSAVE:
    case ZYDIS_ISA_SET_XSAVEOPT:
    case ZYDIS_ISA_SET_XSAVEC:
    case ZYDIS_ISA_SET_AVX:
    case ZYDIS_ISA_SET_AVX2:
    case ZYDIS_ISA_SET_AVX2GATHER:
    case ZYDIS_ISA_SET_AVXAES:
    case ZYDIS_ISA_SET_AVX_GFNI:
    case ZYDIS_ISA_SET_F16C:
    case ZYDIS_ISA_SET_FMA:
    case ZYDIS_ISA_SET_BMI1:
    case ZYDIS_ISA_SET_BMI2: return true;
    default:
        return z->mnemonic == ZYDIS_MNEMONIC_PREFETCHW || z->mnemonic == ZYDIS_MNEMONIC_PREFETCH;
    }
}

void decode_both(const uint8_t *code, size_t bytes, bool code32, struct decode_pair *pair)
{
    ZydisDecoderContext context;
    const ZydisDecoder *decoder = &decoders[code32];
    pair->code = code;
    pair->code32 = code32;
    pair->status = insn_decode(code, bytes, code32, NULL, &pair->insn);
    pair->zydis_ok =
        ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, &context, code, bytes, &pair->zydis));
    pair->left_out = pair->zydis_ok && !in_scope(&pair->zydis);
    if (pair->zydis_ok && !pair->left_out)
        ZydisDecoderDecodeOperands(decoder, &context, &pair->zydis, pair->opnd,
                                   ZYDIS_MAX_OPERAND_COUNT);
}

// A register of Zydis as one of ours. False: not a kind that we have.
static bool convert_register(ZydisRegister reg, struct operand *operand)
{
    static const struct {
        ZydisRegister first, last;
        uint8_t kind, size;
    } classes[] = {
        {ZYDIS_REGISTER_AL, ZYDIS_REGISTER_BH, OPND_REG, 1},
        {ZYDIS_REGISTER_AX, ZYDIS_REGISTER_DI, OPND_REG, 2},
        {ZYDIS_REGISTER_EAX, ZYDIS_REGISTER_EDI, OPND_REG, 4},
        {ZYDIS_REGISTER_ES, ZYDIS_REGISTER_GS, OPND_SREG, 2},
        {ZYDIS_REGISTER_CR0, ZYDIS_REGISTER_CR7, OPND_CREG, 4},
        {ZYDIS_REGISTER_DR0, ZYDIS_REGISTER_DR7, OPND_DREG, 4},
        {ZYDIS_REGISTER_ST0, ZYDIS_REGISTER_ST7, OPND_ST, 10},
        {ZYDIS_REGISTER_MM0, ZYDIS_REGISTER_MM7, OPND_MM, 8},
        {ZYDIS_REGISTER_XMM0, ZYDIS_REGISTER_XMM7, OPND_XMM, 16},
        {ZYDIS_REGISTER_YMM0, ZYDIS_REGISTER_YMM7, OPND_YMM, 32},
    };
    for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (reg >= classes[i].first && reg <= classes[i].last) {
            *operand = (struct operand){classes[i].kind, (uint8_t)(reg - classes[i].first),
                                        classes[i].size};
            return true;
        }
    return false;
}

static uint8_t address_register(ZydisRegister reg)
{
    struct operand operand = {0};
    return convert_register(reg, &operand) && operand.kind == OPND_REG ? operand.reg : REG_NONE;
}

static uint32_t compare_memory(const struct insn *insn, const struct operand *ours,
                               const ZydisDecodedOperand *z)
{
    struct operand seg = {0};
    struct mem_ref mem = insn->mem;
    bool string = (insn_mnemonics[insn->mnemonic].kind & MNK_STRING) != 0;
    uint32_t diffs = 0, mask = insn->addr_size == 2 ? 0xffff : 0xffffffff;
    // Beside an X operand, insn.mem describes that one, and the Y operand is ES:(E)DI by
    // definition.
    if (string && address_register(z->mem.base) == REG_EDI && mem.base == REG_ESI)
        mem = (struct mem_ref){.seg = SEG_ES, .base = REG_EDI, .index = REG_NONE};
    bool address_only = ours->size == 0;
    if (!address_only &&
        (!convert_register(z->mem.segment, &seg) || seg.kind != OPND_SREG || seg.reg != mem.seg))
        diffs |= DIFF_MEM_SEG;
    uint8_t index = address_register(z->mem.index);
    if (insn->vsib && convert_register(z->mem.index, &seg) && seg.size == insn->vsib)
        index = seg.reg;
    if (insn->mnemonic == MN_XLAT && index == REG_EAX)
        index = REG_NONE; // insn.h: without AL
    if (address_register(z->mem.base) != mem.base || index != mem.index)
        diffs |= DIFF_MEM_ADDRESS;
    if (mem.index != REG_NONE && z->mem.scale != 1u << mem.scale)
        diffs |= DIFF_MEM_ADDRESS;
    uint32_t disp = z->mem.disp.has_displacement ? (uint32_t)z->mem.disp.value : 0;
    if ((disp & mask) != (mem.disp & mask))
        diffs |= DIFF_MEM_ADDRESS;
    if (!address_only && z->size != 8u * ours->size)
        diffs |= DIFF_OPND_SIZE;
    return diffs;
}

// What Zydis says is done to an operand, in our words (insn.h).
static unsigned expected_access(const ZydisDecodedOperand *z)
{
    unsigned access = 0;
    if (z->actions & (ZYDIS_OPERAND_ACTION_READ | ZYDIS_OPERAND_ACTION_CONDREAD))
        access |= ACCESS_READ;
    if (z->actions & ZYDIS_OPERAND_ACTION_WRITE)
        access |= ACCESS_WRITE;
    if (z->actions & ZYDIS_OPERAND_ACTION_CONDWRITE)
        access |= ACCESS_READ | ACCESS_WRITE;
    return access;
}

static uint32_t compare_operand(const struct insn *insn, const struct operand *ours,
                                const ZydisDecodedOperand *z)
{
    struct operand reg = {0};
    uint32_t mask = ours->size == 1 ? 0xff : ours->size == 2 ? 0xffff : 0xffffffff, diffs = 0;
    switch ((enum operand_kind)ours->kind) {
    case OPND_REG:
    case OPND_SREG:
    case OPND_CREG:
    case OPND_DREG:
    case OPND_ST:
    case OPND_MM:
    case OPND_XMM:
    case OPND_YMM:
        if (z->type != ZYDIS_OPERAND_TYPE_REGISTER || !convert_register(z->reg.value, &reg) ||
            reg.kind != ours->kind)
            return DIFF_OPND_KIND;
        // Of a vector register we tell how much is accessed, Zydis mostly how much there is.
        return (reg.reg != ours->reg ? DIFF_OPND_REG : 0) |
               ((ours->kind >= OPND_MM ? reg.size < ours->size : reg.size != ours->size)
                    ? DIFF_OPND_SIZE
                    : 0);
    case OPND_MEM:
    case OPND_MOFFS:
        return z->type != ZYDIS_OPERAND_TYPE_MEMORY ? DIFF_OPND_KIND
                                                    : compare_memory(insn, ours, z);
    case OPND_IMM:
    case OPND_IMM2:
        if (z->type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
            return DIFF_OPND_KIND;
        if (((uint32_t)z->imm.value.u & mask) != (ours->kind == OPND_IMM ? insn->imm : insn->imm2))
            diffs |= DIFF_IMM;
        // Zydis counts coded bytes; a signed byte stands for a value of operand size (insn.h).
        if (z->size != 8u * ours->size &&
            !(z->size == 8 && z->imm.is_signed && ours->size == insn->op_size))
            diffs |= DIFF_OPND_SIZE;
        return diffs;
    case OPND_REL:
        if (z->type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !z->imm.is_relative)
            return DIFF_OPND_KIND;
        return (uint32_t)z->imm.value.s != insn->imm ? DIFF_IMM : 0;
    case OPND_NONE: break;
    }
    return DIFF_OPND_KIND;
}

// Is operand i of Zydis one that a struct insn has: written in assembly, the memory and the
// accumulator of string instructions, XMM0 of BLENDVPS and its like, the memory of MASKMOVQ? Of
// x87, registers other than ST(0): ours leave it out with memory, FCHS, ..., as manuals do.
static bool is_visible(const struct decode_pair *pair, const ZydisDecodedOperand *z)
{
    const struct insn *insn = &pair->insn;
    bool masked_move = insn->mnemonic == MN_MASKMOVQ || insn->mnemonic == MN_MASKMOVDQU;
    if (insn->cls == CLASS_X87 && z->type == ZYDIS_OPERAND_TYPE_REGISTER)
        return z->reg.value == ZYDIS_REGISTER_AX ||
               (z->reg.value > ZYDIS_REGISTER_ST0 && z->reg.value <= ZYDIS_REGISTER_ST7 &&
                z->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN);
    if (insn->mnemonic == MN_XLAT || (insn_mnemonics[insn->mnemonic].kind & MNK_STRING))
        return true;
    if (z->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN)
        return true;
    return z->type == ZYDIS_OPERAND_TYPE_MEMORY
               ? masked_move
               : z->type == ZYDIS_OPERAND_TYPE_REGISTER && z->reg.value == ZYDIS_REGISTER_XMM0 &&
                     insn->opnd[insn->nopnd - 1].kind == OPND_XMM;
}

static unsigned visible_operands(const struct decode_pair *pair,
                                 const ZydisDecodedOperand *list[ZYDIS_MAX_OPERAND_COUNT])
{
    const struct insn *insn = &pair->insn;
    unsigned count = 0;
    for (unsigned i = 0; i < pair->zydis.operand_count; i++)
        if (is_visible(pair, &pair->opnd[i]))
            list[count++] = &pair->opnd[i];
    bool string = insn->mnemonic == MN_XLAT || (insn_mnemonics[insn->mnemonic].kind & MNK_STRING);
    if (string && count > insn->nopnd)
        count = insn->nopnd;         // then come the counters and address registers
    if (insn->mnemonic == MN_OUTS) { // insn.h: the element comes first
        const ZydisDecodedOperand *port = list[0];
        list[0] = list[1];
        list[1] = port;
    }
    if (count == 3 && (insn->mnemonic == MN_MASKMOVQ || insn->mnemonic == MN_MASKMOVDQU)) {
        const ZydisDecodedOperand *memory = list[2]; // insn.h: the memory comes first
        list[2] = list[1];
        list[1] = list[0];
        list[0] = memory;
    }
    return count;
}

static uint32_t compare_operands(const struct decode_pair *pair)
{
    const ZydisDecodedOperand *list[ZYDIS_MAX_OPERAND_COUNT] = {0};
    const struct insn *insn = &pair->insn;
    unsigned count = visible_operands(pair, list);
    uint32_t diffs = 0;
    if (count == 1 && list[0]->type == ZYDIS_OPERAND_TYPE_POINTER) {
        if (insn->nopnd != 2 || insn->opnd[0].kind != OPND_IMM2 || insn->opnd[1].kind != OPND_IMM)
            return DIFF_OPND_KIND;
        if (insn->opnd[0].size != 2 || insn->opnd[1].size != insn->op_size)
            diffs |= DIFF_OPND_SIZE;
        return diffs |
               (list[0]->ptr.segment != insn->imm2 || list[0]->ptr.offset != insn->imm ? DIFF_IMM
                                                                                       : 0);
    }
    unsigned n = 0; // of ours
    for (unsigned i = 0; i < insn->nopnd; i++) {
        const struct operand *o = &insn->opnd[i];
        if (o->kind == OPND_ST && o->reg == 0)
            continue; // see is_visible()
        if (n == count)
            return DIFF_OPND_COUNT;
        if (o->size && o->kind != OPND_REL &&
            insn_operand_access(insn, i) != expected_access(list[n]))
            diffs |= o->kind == OPND_MEM ? DIFF_MEM_ACCESS : DIFF_REG_ACCESS;
        diffs |= compare_operand(insn, o, list[n++]);
    }
    return n == count ? diffs : DIFF_OPND_COUNT;
}

// The general registers among the operands that Zydis hides, against insn_implicit_registers().
static uint32_t compare_implicit(const struct decode_pair *pair)
{
    struct insn_registers ours = insn_implicit_registers(&pair->insn), theirs = {0, 0};
    for (unsigned i = 0; i < pair->zydis.operand_count; i++) {
        const ZydisDecodedOperand *z = &pair->opnd[i];
        struct operand reg;
        if (z->type != ZYDIS_OPERAND_TYPE_REGISTER || !convert_register(z->reg.value, &reg) ||
            reg.kind != OPND_REG || z->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN)
            continue;
        unsigned bit = 1u << (reg.size == 1 ? reg.reg & 3 : reg.reg), access = expected_access(z);
        bool part = reg.size < 4 && (access & ACCESS_WRITE);
        theirs.reads |= (uint8_t)(access & ACCESS_READ || part ? bit : 0);
        theirs.writes |= (uint8_t)(access & ACCESS_WRITE ? bit : 0);
    }
    return ours.reads != theirs.reads || ours.writes != theirs.writes ? DIFF_IMPLICIT : 0;
}

// The CPU feature that Zydis says an instruction belongs to; FEATURE_COUNT: a generation, or
// several.
static enum cpu_feature expected_feature(const ZydisDecodedInstruction *z)
{
    static const uint8_t features[ZYDIS_ISA_SET_MAX_VALUE + 1] = {
#define ISA(set, feature) [ZYDIS_ISA_SET_##set] = FEATURE_##feature + 1,
        ISA(CMOV, CMOV) ISA(FCMOV, CMOV) ISA(PENTIUMMMX, MMX) ISA(FXSAVE, FXSR) ISA(RDTSCP, RDTSCP)
            ISA(SSE, SSE) ISA(SSEMXCSR, SSE) ISA(SSE2, SSE2) ISA(SSE2MMX, SSE2) ISA(SSE3, SSE3)
                ISA(SSE3X87, SSE3) ISA(SSSE3, SSSE3) ISA(SSSE3MMX, SSSE3) ISA(SSE4, SSE41)
                    ISA(SSE42, SSE42) ISA(POPCNT, POPCNT) ISA(LZCNT, LZCNT) ISA(MOVBE, MOVBE) ISA(
                        ADOX_ADCX, ADX) ISA(RDRAND, RDRAND) ISA(RDSEED, RDSEED) ISA(RDPID, RDPID)
                        ISA(AES, AES) ISA(PCLMULQDQ, PCLMULQDQ) ISA(SHA, SHA) ISA(GFNI, GFNI)
                            ISA(CLFSH, CLFLUSH) ISA(CLFLUSHOPT, CLFLUSHOPT) ISA(CLWB, CLWB)
                                ISA(MONITOR, MONITOR) ISA(SMAP, SMAP) ISA(INVPCID, INVPCID)
                                    ISA(XSAVE, XSAVE) ISA(XSAVEOPT, XSAVEOPT) ISA(XSAVEC, XSAVEC)
                                        ISA(AVX, AVX) ISA(AVX2, AVX2) ISA(AVX2GATHER, AVX2)
                                            ISA(AVXAES, AES) ISA(AVX_GFNI, GFNI) ISA(F16C, F16C)
                                                ISA(FMA, FMA) ISA(BMI1, BMI1) ISA(BMI2, BMI2)
                                                    ISA(RDPMC, RDPMC)
#undef ISA
    };
    return features[z->meta.isa_set] ? features[z->meta.isa_set] - 1u : FEATURE_COUNT;
}

// Without a feature: #UD, but for TZCNT and LZCNT, which are then BSF and BSR behind a REP that
// means nothing (SDM vol. 2, TZCNT, LZCNT).
static bool right_without(const struct decode_pair *pair, const struct cpu_features *features)
{
    unsigned before = pair->insn.mnemonic == MN_TZCNT   ? MN_BSF
                      : pair->insn.mnemonic == MN_LZCNT ? MN_BSR
                                                        : MN_COUNT;
    struct insn insn;
    if (insn_decode(pair->code, pair->insn.len, pair->code32, features, &insn) != DECODE_OK)
        return before == MN_COUNT;
    return insn.mnemonic == before && insn.len == pair->insn.len && (insn.prefixes & PREFIX_REP) &&
           insn.simd_prefix == 0;
}

// Must not be without its feature (nor without AVX on vectors in VEX), and must with it alone.
static uint32_t compare_feature(const struct decode_pair *pair)
{
    enum cpu_feature feature = expected_feature(&pair->zydis);
    struct cpu_features without = features_all(), alone = {{0, 0}};
    struct insn insn;
    if (feature == FEATURE_COUNT)
        return 0;
    features_set(&without, feature, false);
    features_set(&alone, feature, true);
    if (pair->insn.cls == CLASS_AVX)
        features_set(&alone, FEATURE_AVX, true);
    bool right = right_without(pair, &without);
    if (pair->insn.cls == CLASS_AVX) {
        without = features_all();
        features_set(&without, FEATURE_AVX, false);
        right = right && right_without(pair, &without);
    }
    right = right &&
            insn_decode(pair->code, pair->insn.len, pair->code32, &alone, &insn) == DECODE_OK &&
            insn.row == pair->insn.row;
    return right ? 0 : DIFF_FEATURE;
}

static unsigned expected_mnemonic(const ZydisDecodedInstruction *z)
{
    unsigned mnemonic = from_zydis[z->mnemonic].mnemonic;
    if (z->meta.category == ZYDIS_CATEGORY_STRINGOP && mnemonic == MN_MOVSD)
        return MN_MOVS;
    if (z->meta.category == ZYDIS_CATEGORY_STRINGOP && mnemonic == MN_CMPSD)
        return MN_CMPS;
    if (z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        mnemonic = mnemonic == MN_CALL  ? MN_CALLF
                   : mnemonic == MN_JMP ? MN_JMPF
                   : mnemonic == MN_RET ? MN_RETF
                                        : mnemonic;
    return mnemonic;
}

// Prefixes as the code has them: Zydis lists the bytes, and the last of F2 and F3 counts.
static uint8_t expected_prefixes(const ZydisDecodedInstruction *z)
{
    unsigned prefixes = 0;
    for (unsigned i = 0; i < z->raw.prefix_count; i++) {
        uint8_t byte = z->raw.prefixes[i].value;
        if (z->raw.prefixes[i].type == ZYDIS_PREFIX_TYPE_MANDATORY &&
            z->opcode_map != ZYDIS_OPCODE_MAP_DEFAULT && // REP and PAUSE are a prefix to us
            from_zydis[z->mnemonic].mnemonic != MN_NOP)
            prefixes &= PREFIX_LOCK; // F2 and F3 before it do not count
        else if (byte == 0xf0)
            prefixes |= PREFIX_LOCK;
        else if (byte == 0xf2 || byte == 0xf3)
            prefixes = (prefixes & PREFIX_LOCK) | (byte == 0xf2 ? PREFIX_REPNE : PREFIX_REP);
    }
    return (uint8_t)prefixes;
}

uint32_t decode_differences(const struct decode_pair *pair)
{
    const struct insn *insn = &pair->insn;
    const ZydisDecodedInstruction *z = &pair->zydis;
    bool ours = pair->status == DECODE_OK;
    uint32_t diffs = 0;
    if (!ours)
        return pair->zydis_ok && !pair->left_out ? DIFF_ONLY_ZYDIS : 0;
    if (!pair->zydis_ok)
        return DIFF_ONLY_OURS;
    if (insn->len != z->length)
        diffs |= DIFF_LENGTH;
    if (pair->left_out)
        return diffs | DIFF_BEYOND;
    if (insn->mnemonic != expected_mnemonic(z))
        diffs |= DIFF_MNEMONIC;
    else if (insn->cond != from_zydis[z->mnemonic].cond)
        diffs |= DIFF_COND;
    // Zydis says 8 for byte instructions, where the operand size attribute has no meaning.
    // The operand size attribute means nothing to vectors, nor where 66 is a part of the opcode.
    bool has_op_size = insn->cls == CLASS_INTEGER && insn->simd_prefix != 0x66 &&
                       insn->mnemonic != MN_ADOX && !insn->vex;
    if (has_op_size && z->operand_width != 8 && z->operand_width != 8u * insn->op_size)
        diffs |= DIFF_OP_SIZE;
    if (z->address_width != 8u * insn->addr_size)
        diffs |= DIFF_ADDR_SIZE;
    if (insn->prefixes != expected_prefixes(z))
        diffs |= DIFF_PREFIXES;
    bool has_modrm = (z->attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;
    uint8_t modrm = (uint8_t)(z->raw.modrm.mod << 6 | z->raw.modrm.reg << 3 | z->raw.modrm.rm);
    if (has_modrm != (insn->modrm_at != 0) || (has_modrm && insn->modrm != modrm))
        diffs |= DIFF_MODRM;
    // An absolute offset (A0-A3) is a displacement to Zydis.
    unsigned imm_at = z->raw.imm[0].size ? z->raw.imm[0].offset
                      : has_modrm        ? 0
                                         : z->raw.disp.offset;
    if (insn->prefix_len != z->raw.prefix_count ||
        (has_modrm && insn->modrm_at != z->raw.modrm.offset) || insn->imm_at != imm_at)
        diffs |= DIFF_OFFSETS;
    return diffs | compare_operands(pair) | compare_feature(pair) | compare_implicit(pair);
}

void decode_name_diffs(uint32_t diffs, char *buf, size_t size)
{
    static const char *const names[DIFF_BIT_COUNT] = {
#define DIFF_NAME(name) #name,
        DECODE_DIFFS(DIFF_NAME)
#undef DIFF_NAME
    };
    size_t used = 0;
    buf[0] = 0;
    for (unsigned bit = 0; bit < DIFF_BIT_COUNT && used < size; bit++)
        if (diffs >> bit & 1)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? " " : "", names[bit]);
}
