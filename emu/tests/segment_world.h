// The segment oracle: one instruction in 16- or 32-bit segments of ring 3, run by this host's own
// CPU in segments that modify_ldt() made, and by an engine with the same descriptors in its LDT.
//
// Interface: segment_native_*() on the host, segment_guest_*() on an engine. Both have the same
// SEGMENT_PAGES pages at SEGMENT_ARENA (some absent, some read-only), and nothing else below 4 GB
// that ring 3 can reach. FS is left alone: the host's C library lives there.
#ifndef TM_EMU_TESTS_SEGMENT_WORLD_H
#define TM_EMU_TESTS_SEGMENT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "emu/machine/engine.h"

enum {
    SEGMENT_ARENA = 0x10000000,
    SEGMENT_PAGES = 40,
    SEGMENT_BYTES = SEGMENT_PAGES * 4096,
    SEGMENT_ENTRIES = 24, // of the LDT
    // With a 16-bit stack segment the host's way in cannot set the upper half of ESP: it is this.
    SEGMENT_ESP_HIGH = 0x1080,
};

enum segment_kind { KIND_DATA, KIND_EXPAND_DOWN, KIND_CODE };
struct segment_entry {
    uint32_t base, limit; // the limit as in the descriptor: 20 bits
    enum segment_kind kind;
    bool big, pages, absent, restricted; // restricted: read-only data, execute-only code
    bool empty;                          // all zero
};

struct segment_state {
    uint32_t gpr[REG_COUNT], eip, eflags;
    uint16_t selector[SEG_COUNT];
};
struct segment_end {
    struct segment_state state;
    uint32_t vector, error, cr2;
};

// What a page of the arena allows.
static inline bool segment_page_present(unsigned page)
{
    return page != 9 && page != 25;
}
static inline bool segment_page_writable(unsigned page)
{
    return page != 17;
}

bool segment_native_init(const char **why);
bool segment_native_entries(const struct segment_entry entries[SEGMENT_ENTRIES]);
// Run from `from` until the first exception: TF is set, so that is one instruction. `arena` is put
// in place before, and holds what is there after.
void segment_native_run(const struct segment_state *from, const uint8_t *before, uint8_t *after,
                        struct segment_end *end);

struct segment_guest;
struct segment_guest *segment_guest_create(const struct engine *engine, const char **why);
void segment_guest_destroy(struct segment_guest *g);
void segment_guest_entries(struct segment_guest *g,
                           const struct segment_entry entries[SEGMENT_ENTRIES]);
void segment_guest_run(struct segment_guest *g, const struct segment_state *from,
                       const uint8_t *before, uint8_t *after, struct segment_end *end);

#endif
