// Where the decoder's tests get their byte strings from: a walk over all opcodes, and random
// strings.
//
// Interface: decode_walk() and decode_random() call a visitor with WALK_BYTES bytes at a time.
#ifndef TM_EMU_TESTS_DECODE_WALK_H
#define TM_EMU_TESTS_DECODE_WALK_H

#include <stdbool.h>
#include <stdint.h>

enum { WALK_BYTES = 16 };
typedef void walk_visit(const uint8_t code[WALK_BYTES], bool code32, void *opaque);

// Every opcode of the maps one-byte, 0F, 0F 38 and 0F 3A, in 16 and 32-bit code, behind every
// sequence of `prefixes` (0, 1 or 2) prefix bytes, with every ModRM byte whose distance from the
// first is a multiple of `modrm_step`.
void decode_walk(unsigned prefixes, unsigned modrm_step, walk_visit *visit, void *opaque);
// Every VEX prefix C4 and C5 (all W, L, pp; vvvv as far as its bit is set in vvvv_mask) with every
// opcode of all maps, and every ModRM byte as above, in 16 and 32-bit code.
void decode_walk_vex(unsigned vvvv_mask, unsigned modrm_step, walk_visit *visit, void *opaque);
// Every opcode with every SIB byte in all three memory forms, in 32-bit code.
void decode_walk_sib(walk_visit *visit, void *opaque);
// `count` strings from `seed`, half of them any bytes, half a few prefixes and then any bytes.
void decode_random(uint64_t seed, uint64_t count, walk_visit *visit, void *opaque);

#endif
