// Byte strings for the decoder's tests. See decode_walk.h.
#include "emu/tests/decode_walk.h"

#include <string.h>

static const uint8_t prefix_bytes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                       0x66, 0x67, 0xf0, 0xf2, 0xf3};
enum { PREFIX_COUNT = sizeof(prefix_bytes) };

// What follows ModRM: values on both sides of zero in every size, and shift counts 0, 1, 2, 7-9,
// 15-17, 31, 32.
static const uint8_t tails[][WALK_BYTES] = {
    {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0x0f, 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed,
     0x00},
    {0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8, 0x89, 0x9a, 0xab, 0xbc, 0xcd, 0xde, 0xef,
     0xff},
    {0x00, 0x01, 0x02, 0x07, 0x08, 0x09, 0x0f, 0x10, 0x11, 0x1f, 0x20, 0x80, 0xff, 0x7f, 0x00,
     0x01},
    {0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
     0x00},
};
enum { WALK_OPCODES = 4 * 256, TAIL_COUNT = sizeof(tails) / sizeof(tails[0]) };

// Opcode number 0-1023 to bytes: the one-byte map, 0F, 0F 38, 0F 3A. 0F, 0F 38 and 0F 3A themselves
// are no opcodes: 0 bytes.
static unsigned put_opcode(uint8_t *at, unsigned opcode)
{
    if (opcode == 0x0f || opcode == 0x138 || opcode == 0x13a)
        return 0;
    if (opcode < 256) {
        at[0] = (uint8_t)opcode;
        return 1;
    }
    at[0] = 0x0f;
    at[1] = opcode < 0x300 ? 0x38 : 0x3a;
    unsigned n = opcode < 0x200 ? 1 : 2;
    at[n] = (uint8_t)opcode;
    return n + 1;
}

// One opcode at code[at - ...] is in place: with every ModRM byte and a tail behind it.
static void walk_modrm(uint8_t code[WALK_BYTES], unsigned at, unsigned opcode, unsigned modrm_step,
                       walk_visit *visit, void *opaque)
{
    for (unsigned modrm = opcode % modrm_step; modrm < 256; modrm += modrm_step) {
        const uint8_t *tail = tails[(modrm + modrm / 8 + opcode) % TAIL_COUNT];
        code[at] = (uint8_t)modrm;
        memcpy(code + at + 1, tail, WALK_BYTES - at - 1);
        visit(code, true, opaque);
        visit(code, false, opaque);
    }
}

static void walk_opcodes(const uint8_t *prefix, unsigned prefixes, unsigned modrm_step,
                         walk_visit *visit, void *opaque)
{
    uint8_t code[WALK_BYTES];
    memcpy(code, prefix, prefixes);
    for (unsigned opcode = 0; opcode < WALK_OPCODES; opcode++) {
        unsigned bytes = put_opcode(code + prefixes, opcode);
        if (bytes)
            walk_modrm(code, prefixes + bytes, opcode, modrm_step, visit, opaque);
    }
}

void decode_walk(unsigned prefixes, unsigned modrm_step, walk_visit *visit, void *opaque)
{
    if (prefixes == 0)
        walk_opcodes(prefix_bytes, 0, modrm_step, visit, opaque);
    else if (prefixes == 1)
        for (unsigned i = 0; i < PREFIX_COUNT; i++)
            walk_opcodes(&prefix_bytes[i], 1, modrm_step, visit, opaque);
    else
        for (unsigned i = 0; i < PREFIX_COUNT * PREFIX_COUNT; i++) {
            uint8_t pair[2] = {prefix_bytes[i / PREFIX_COUNT], prefix_bytes[i % PREFIX_COUNT]};
            walk_opcodes(pair, 2, modrm_step, visit, opaque);
        }
}

void decode_walk_vex(unsigned vvvv_mask, unsigned modrm_step, walk_visit *visit, void *opaque)
{
    uint8_t code[WALK_BYTES];
    for (unsigned vvvv = 0; vvvv < 16; vvvv++)
        for (unsigned i = 0; i < 16 && vvvv_mask >> vvvv & 1; i++) { // W, L, pp
            uint8_t low = (uint8_t)((vvvv << 3) | (i & 7));
            for (unsigned opcode = 0; opcode < 256; opcode++) {
                for (unsigned map = 0; map < 5; map++) { // 0 and 4 are #UD
                    code[0] = 0xc4;
                    code[1] = (uint8_t)((vvvv & 2 ? 0xe0 : 0xc0) | map); // B is ignored
                    code[2] = (uint8_t)((i & 8) << 4 | low);
                    code[3] = (uint8_t)opcode;
                    walk_modrm(code, 4, opcode + map, modrm_step, visit, opaque);
                }
                if (i >= 8 || vvvv < 8) // C5 has no W, and vvvv's highest bit is a part of LDS
                    continue;
                code[0] = 0xc5;
                code[1] = 0x80 | low;
                code[2] = (uint8_t)opcode;
                walk_modrm(code, 3, opcode, modrm_step, visit, opaque);
            }
        }
}

void decode_walk_sib(walk_visit *visit, void *opaque)
{
    uint8_t code[WALK_BYTES];
    for (unsigned opcode = 0; opcode < WALK_OPCODES; opcode++) {
        unsigned at = put_opcode(code, opcode);
        if (at == 0)
            continue;
        for (unsigned i = 0; i < 3 * 256; i++) {
            unsigned mod = i >> 8, reg = (i + opcode) & 7;
            code[at] = (uint8_t)(mod << 6 | reg << 3 | 4);
            code[at + 1] = (uint8_t)i;
            memcpy(code + at + 2, tails[i % TAIL_COUNT], WALK_BYTES - at - 2);
            visit(code, true, opaque);
        }
    }
}

// xorshift64*: good enough for byte strings, the same everywhere.
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1dULL;
}

void decode_random(uint64_t seed, uint64_t count, walk_visit *visit, void *opaque)
{
    uint64_t state = seed;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t words[2] = {next_random(&state), next_random(&state)};
        uint64_t choice = next_random(&state);
        uint8_t code[WALK_BYTES];
        memcpy(code, words, WALK_BYTES);
        if (choice & 1)
            for (unsigned p = 0; p < (choice >> 8 & 3); p++)
                code[p] = prefix_bytes[(choice >> (16 + 8 * p) & 0xff) % PREFIX_COUNT];
        unsigned at = choice >> 8 & 3;
        if ((choice & 6) == 6) { // 0F, 0F 38, 0F 3A
            code[at] = 0x0f;
            if (choice >> 40 & 1)
                code[at + 1] = choice >> 41 & 1 ? 0x38 : 0x3a;
        } else if ((choice & 6) == 4) { // VEX, mostly of an existing map
            code[0] = choice >> 40 & 1 ? 0xc4 : 0xc5;
            code[1] |= 0xc0;
            if (code[0] == 0xc4 && (choice >> 41 & 3))
                code[1] = (uint8_t)((code[1] & 0xe0) | (choice >> 41 & 3));
            if (choice >> 43 & 1)
                code[code[0] == 0xc4 ? 2 : 1] |= 0x78; // no vvvv
        }
        visit(code, (choice >> 4 & 1) != 0, opaque);
    }
}
