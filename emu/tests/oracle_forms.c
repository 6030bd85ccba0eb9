// The forms that the oracle runs: every row of opcodes.def that ring 3 can compare, by map,
// mandatory prefix or VEX, register or memory, operand size; and their bytes.
#include "emu/decode/opcode_table.h"
#include "emu/tests/oracle.h"

// What cannot be compared with ring 3 of a Linux host: values that differ by design (CPUID, time,
// random numbers), instructions that the kernel emulates or forbids (UMIP), calls into it, and
// loads of FS and GS, which the C library lives by.
static bool comparable(const struct opcode_row *row)
{
    switch (row->mnemonic) {
    case MN_CPUID:
    case MN_RDTSC:
    case MN_RDTSCP:
    case MN_RDPMC:
    case MN_RDRAND:
    case MN_RDSEED:
    case MN_RDPID:
    case MN_XGETBV:
    case MN_MONITOR:
    case MN_MWAIT:
    case MN_SGDT:
    case MN_SIDT:
    case MN_SLDT:
    case MN_STR:
    case MN_SMSW:
    case MN_SYSENTER:
    case MN_SYSEXIT:
    case MN_INT1: // hypervisors differ in the EIP that its #DB has
    case MN_LFS:
    case MN_LGS: return false;
    case MN_POP: return SPEC_PLACE(row->spec[0]) != PLACE_SEG || SPEC_ARG(row->spec[0]) < SEG_FS;
    default: return true;
    }
}

// --- listing
// ---------------------------------------------------------------------------------------------------

struct list {
    struct oracle_form *out;
    unsigned n, max;
    struct cpu_features host;
};

static void add(struct list *l, struct oracle_form form)
{
    const struct opcode_row *row = &opcode_rows[form.row];
    if (l->n < l->max && form.row != ROW_UNDEFINED && comparable(row) &&
        (row->needs >= FEATURE_COUNT || features_has(&l->host, (enum cpu_feature)row->needs)))
        l->out[l->n++] = form;
}

// Does the ModRM.reg field choose among rows of this opcode?
static bool is_group(const uint16_t rows[2][8])
{
    for (unsigned mod = 0; mod < 2; mod++)
        for (unsigned reg = 1; reg < 8; reg++)
            if (rows[mod][reg] != rows[mod][0])
                return true;
    return false;
}

// The rows of one opcode that look at no mandatory prefix: with and without 66.
static void list_plain(struct list *l, unsigned map, unsigned opcode)
{
    const uint16_t(*rows)[8] = opcode_row_of[map ? SPACE_LEGACY : 0][opcode];
    bool group = is_group(rows);
    for (unsigned mod3 = 0; mod3 < 2; mod3++)
        for (unsigned reg = 0; reg < 8; reg++) {
            const struct opcode_row *row = &opcode_rows[rows[mod3][reg]];
            bool modrm = row->rules & (RULE_MODRM | RULE_MEM);
            if ((!modrm && (mod3 || reg)) || (!group && reg))
                continue;
            bool takes_66 = map == 0 || opcode_row_of[SPACE_LEGACY + OPFX_66][opcode][mod3][reg] ==
                                            rows[mod3][reg];
            if (row->mnemonic == MN_MOV && map == 0 && opcode == 0x8e && reg >= SEG_FS)
                continue;
            for (unsigned op16 = 0; op16 < (takes_66 ? 2u : 1u); op16++)
                add(l, (struct oracle_form){.map = (uint8_t)map,
                                            .opcode = (uint8_t)opcode,
                                            .reg = (uint8_t)reg,
                                            .register_form = mod3,
                                            .op16 = op16,
                                            .fixed_reg = group,
                                            .row = rows[mod3][reg]});
        }
}

// The register forms of D8-DF, by the whole ModRM byte: a form for each run of bytes with one row.
static void list_x87(struct list *l, unsigned opcode)
{
    const uint16_t *rows = modrm_row_of[opcode - 0xd8];
    for (unsigned modrm = 0xc0; modrm < 0x100; modrm++)
        if (modrm == 0xc0 || rows[modrm] != rows[modrm - 1]) {
            unsigned n = 1;
            while (modrm + n < 0x100 && rows[modrm + n] == rows[modrm])
                n++;
            add(l, (struct oracle_form){.opcode = (uint8_t)opcode,
                                        .register_form = true,
                                        .first_modrm = (uint8_t)modrm,
                                        .modrms = (uint8_t)n,
                                        .row = rows[modrm]});
        }
}

static const uint8_t prefix_byte[OPFX_COUNT] = {
    [OPFX_66] = 0x66, [OPFX_F2] = 0xf2, [OPFX_F3] = 0xf3};

// The rows of one opcode that need this mandatory prefix, or VEX. Of VEX rows W is in the place of
// ModRM.reg where that does not select.
static void list_selected(struct list *l, bool vex, unsigned map, unsigned prefix, unsigned opcode)
{
    const uint16_t(*rows)[8] =
        opcode_row_of[opcode_space(vex, map, (enum opcode_prefix)prefix)][opcode];
    const uint16_t(*plain)[8] = opcode_row_of[SPACE_LEGACY + (map - 1) * OPFX_COUNT][opcode];
    bool by_reg = vex ? opcode_is_vex_group(map, opcode) : is_group(rows);
    for (unsigned mod3 = 0; mod3 < 2; mod3++)
        for (unsigned reg = 0; reg < 8; reg++) {
            unsigned number = rows[mod3][reg], w = reg;
            const struct opcode_row *row = &opcode_rows[number];
            if (vex ? !by_reg && reg > 1 : !by_reg && reg)
                continue;
            if (!vex && (map > 1 ? number == plain[mod3][reg] && prefix != OPFX_NP
                                 : number == plain[mod3][reg]))
                continue; // the prefix does not select
            if (!(row->rules & (RULE_MODRM | RULE_MEM)) && mod3)
                continue;
            bool any_w = vex && !by_reg && rows[mod3][0] == rows[mod3][1];
            if (any_w && w)
                continue;
            for (unsigned longer = 0; longer < (vex ? 2u : 1u); longer++)
                if (!(row->rules & RULE_L0 && longer) && !(row->rules & RULE_L1 && !longer))
                    add(l, (struct oracle_form){.map = (uint8_t)map,
                                                .opcode = (uint8_t)opcode,
                                                .reg = (uint8_t)(by_reg ? reg : 0),
                                                .prefix = prefix_byte[prefix],
                                                .vex = vex,
                                                .vex_l = longer,
                                                .vex_w = !by_reg && !any_w && w,
                                                .any_w = any_w || by_reg,
                                                .register_form = mod3,
                                                .fixed_reg = by_reg,
                                                .row = (uint16_t)number});
        }
}

unsigned oracle_list_forms(struct oracle_form *out, unsigned max)
{
    struct list l = {out, 0, max, features_host()};
    for (unsigned map = 0; map < 2; map++)
        for (unsigned opcode = 0; opcode < 256; opcode++)
            list_plain(&l, map, opcode);
    for (unsigned opcode = 0xd8; opcode < 0xe0; opcode++)
        list_x87(&l, opcode);
    for (unsigned vex = 0; vex < 2; vex++)
        for (unsigned map = 1; map < 4; map++)
            for (unsigned prefix = 0; prefix < OPFX_COUNT; prefix++)
                for (unsigned opcode = 0; opcode < 256; opcode++)
                    list_selected(&l, vex, map, prefix, opcode);
    return l.n;
}

// --- bytes
// ----------------------------------------------------------------------------------------------------

// Prefixes that the manuals reserve and Zen gives a meaning: F2 and F3 swap LOOPE and LOOPNE, LOCK
// MOV CR0 is CR8.
static bool odd_prefix(const struct opcode_row *row, uint8_t prefix)
{
    if (row->mnemonic == MN_LOOPE || row->mnemonic == MN_LOOPNE)
        return prefix != 0xf0;
    return (row->mnemonic == MN_MOV || row->mnemonic == MN_VERR || row->mnemonic == MN_VERW) &&
           prefix == 0xf0;
}

static unsigned put_prefixes(const struct oracle_form *form, uint64_t *seed, uint8_t *to)
{
    static const uint8_t segments[] = {0x26, 0x2e, 0x36, 0x3e};
    const struct opcode_row *row = &opcode_rows[form->row];
    bool string = insn_mnemonics[row->mnemonic].kind & MNK_STRING;
    unsigned n = 0;
    if (oracle_chance(seed, 6))
        to[n++] = segments[oracle_below(seed, 4)];
    // F3 makes other instructions of BSF, BSR and some of map 1: only where it means REP or
    // nothing.
    if (!odd_prefix(row, 0xf3) &&
        (string ? oracle_chance(seed, 60) : form->map == 0 && oracle_chance(seed, 3)))
        to[n++] = oracle_chance(seed, 50) ? 0xf3 : 0xf2;
    if (!odd_prefix(row, 0xf0) && oracle_chance(seed, row->rules & RULE_LOCK ? 15 : 1))
        to[n++] = 0xf0;
    if (form->op16 ||
        (form->prefix && form->prefix != 0x66 && !form->vex && oracle_chance(seed, 2)))
        to[n++] = 0x66;
    if (oracle_chance(seed, 5))
        to[n++] = 0x67;
    if (form->prefix && (!form->vex || oracle_chance(seed, 1))) // before VEX: #UD
        to[n++] = form->prefix;
    return n;
}

// C4 or C5 and what follows, up to the opcode.
static unsigned put_vex(const struct oracle_form *form, uint64_t *seed, uint8_t *to)
{
    static const uint8_t pp[] = {[0] = 0, [0x66] = 1, [0xf3] = 2, [0xf2] = 3};
    const struct opcode_row *row = &opcode_rows[form->row];
    // Inverted: all ones where no register is named, else #UD.
    unsigned vvvv = 15;
    if (row->rules & RULE_VVVV)
        vvvv = 8 | oracle_below(seed, 8);
    else if (oracle_chance(seed, 2))
        vvvv = 8 | oracle_below(seed, 8);
    // Outside of 64-bit mode Intel ignores W of PEXTRD and PINSRD (SDM vol. 2); Zen raises #UD.
    bool w_vendor = form->map == 3 && (form->opcode == 0x16 || form->opcode == 0x22);
    unsigned w = form->any_w && !w_vendor ? oracle_chance(seed, 30) : form->vex_w;
    unsigned last = vvvv << 3 | (unsigned)form->vex_l << 2 | pp[form->prefix];
    if (form->map == 1 && !w && oracle_chance(seed, 50)) {
        to[0] = 0xc5;
        to[1] = (uint8_t)(0x80 | last);
        return 2;
    }
    // Outside of 64-bit mode B and the top bit of vvvv are ignored.
    if (row->rules & RULE_VVVV && oracle_chance(seed, 5))
        last &= ~0x40u;
    to[0] = 0xc4;
    to[1] = (uint8_t)(0xc0 | (oracle_chance(seed, 90) ? 0x20 : 0) | form->map);
    to[2] = (uint8_t)(w << 7 | last);
    return 3;
}

void oracle_put_bytes(const struct oracle_form *form, uint64_t *seed, struct oracle_case *c)
{
    unsigned n = put_prefixes(form, seed, c->bytes);
    if (form->vex) {
        n += put_vex(form, seed, c->bytes + n);
    } else if (form->map) {
        c->bytes[n++] = 0x0f;
        if (form->map > 1)
            c->bytes[n++] = form->map == 2 ? 0x38 : 0x3a;
    }
    c->bytes[n++] = form->opcode;
    unsigned modrm_at = n;
    while (n < sizeof c->bytes)
        c->bytes[n++] = (uint8_t)oracle_random_value(seed);
    const struct opcode_row *row = &opcode_rows[form->row];
    if (form->modrms) {
        c->bytes[modrm_at] = (uint8_t)(form->first_modrm + oracle_below(seed, form->modrms));
        return;
    }
    if (!(row->rules & (RULE_MODRM | RULE_MEM)) && row->mnemonic != MN_MOV)
        return;
    if (!(row->rules & (RULE_MODRM | RULE_MEM)) && form->map == 0)
        return;
    unsigned modrm = oracle_random(seed) & 0xff;
    if (form->register_form)
        modrm |= 0xc0;
    else if (modrm >= 0xc0)
        modrm &= 0x3f | oracle_below(seed, 3) << 6;
    if (form->fixed_reg)
        modrm = (modrm & 0xc7) | (unsigned)form->reg << 3;
    if (row->rules & RULE_VSIB) // only a SIB byte has a vector index
        modrm = (modrm & 0xf8) | 4;
    c->bytes[modrm_at] = (uint8_t)modrm;
}
