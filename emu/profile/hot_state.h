// What hot.c gathers and hot_write.c writes, for profile/ only.
#ifndef TM_EMU_PROFILE_HOT_STATE_H
#define TM_EMU_PROFILE_HOT_STATE_H

#include <signal.h>
#include <time.h>

#include "emu/profile/hot.h"

enum {
    HOT_BLOCKS = 1 << 20, // what is translated beyond is counted by none; number 0 is no block
    HOT_INSNS = 1 << 23,
    HOT_PLACES = 1 << 23,
    HOT_EIPS = 1 << 16, // of addresses where C ran
    HOT_EXITS = 1 << 23,
    HOT_REGIONS = 2, // of the code cache: what mostly runs, what rarely does
    HOT_HASH = 1 << 20,
    HOT_PERIOD_US = 200,
};

// Everything is counted twice: [0] outside of the guest's intervals, [1] in them.
enum { SCOPES = 2 };

struct hot_insn {
    uint16_t guest_offset;
    uint16_t host_offset;
    uint32_t samples[SCOPES];                // translated code
    uint32_t c_samples[SCOPES][STAGE_COUNT]; // C that it called
    uint64_t exits[SCOPES];                  // how often it did
};

struct hot_block {
    struct hot_key key;
    uint32_t hash_next;
    uint32_t first_insn; // of hot.insns: the entry, then the instructions
    uint32_t room;       // for so many; 0: there was no room
    uint32_t host_bytes;
    uint8_t *code; // key.bytes of the guest's, then `host_bytes` of the host's
    uint64_t translations[SCOPES], kills[SCOPES];
};

// Host code from `offset` on belongs to that block and instruction.
struct hot_place {
    uint32_t offset, block;
    uint16_t insn;
};

// Where the guest was while C ran for no instruction of a block.
struct hot_eip {
    uint32_t linear;
    bool used;
    uint32_t samples[SCOPES][STAGE_COUNT];
};

struct hot {
    struct profile *profile;
    const uint32_t *eip, *cs_base;
    const uint8_t *code; // executable
    size_t code_bytes, cold_offset;
    struct hot_block *blocks;
    uint64_t *execs;    // per block: counted by translated code
    uint64_t *execs_at; // at the begin of the interval
    uint64_t *execs_in; // in intervals that have ended
    uint32_t *hash;
    struct hot_insn *insns;
    struct hot_place *places[HOT_REGIONS]; // sorted by offset
    struct hot_eip *eips;                  // the signal handler's own
    uint32_t *exits;                       // per way out, of hot.insns; 0: none
    struct hot_insn *in_c;                 // C works for that one; NULL: for none
    uint32_t nblocks, ninsns, nplaces[HOT_REGIONS];
    uint32_t current;      // block that is being translated
    const uint8_t *start;  // its entry
    uint64_t lost_samples; // no room for their address
    uint64_t lost_blocks;
    uint64_t samples[SCOPES][STAGE_COUNT];
    bool marked; // the guest marks intervals
    bool running;
    timer_t timer;
    uint64_t random;
    struct sigaction before;
};

// What is known of that address, or NULL.
const struct hot_eip *hot_find_eip(const struct hot *h, uint32_t linear);

static inline unsigned hot_scope(const struct hot *h)
{
    return h->profile->open ? 1 : 0;
}

#endif
