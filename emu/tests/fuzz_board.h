// A board under fire: a machine whose engine only lets time pass, with drives, a ROM and serial
// input, and a stream of random numbers that decides all that is done to it.
//
// An episode is one board, from one seed. On most boards time is virtual, and the episode repeats
// bit for bit; on the others it is the host's, and disks work on threads of their own, some slowly:
// there only what is asked repeats, not when it is done. Sequences (fuzz_sequence.def)
// program a chip as a driver does; every access they make goes through board_out() and its like,
// which now and then do something else instead. What is accessed at random is taken from the
// machine's own tables of ports, registers and PCI functions, so a device is covered from the day
// it registers something; board_note_tables() and board_unused() prove it.
#ifndef TM_EMU_TESTS_FUZZ_BOARD_H
#define TM_EMU_TESTS_FUZZ_BOARD_H

#include "emu/device/vga_render.h"
#include "emu/machine/machine_state.h"

enum { BOARD_FUNCTIONS = 16, BOARD_BARS = 7, BOARD_TEXT = 160, BOARD_NICS = 2 };

// A PCI function as enumeration found it; BAR 6 is the ROM.
struct board_function {
    uint8_t devfn;
    uint16_t vendor, device;
    struct {
        uint32_t bytes, address; // bytes 0: there is none
        bool io;
    } bar[BOARD_BARS];
};

struct board {
    struct machine *m;
    uint64_t rng;
    uint32_t deviation;  // one access in so many is not the one that was meant; 0: all are
    unsigned interludes; // how deep we are in those
    bool on_host;        // time is the host's
    unsigned cables;     // of machine_expect(): networks, from which something may always come
    uint64_t sectors[MACHINE_DRIVES]; // what is in each drive when the episode begins
    struct board_function function[BOARD_FUNCTIONS];
    unsigned nfunctions;
    struct vga_render *render;
    struct netdev *net[BOARD_NICS]; // the machine's; the board is at the other end
    int serial_in;                  // the end of a pipe that COM1 reads from
    uint64_t accesses;
    // A timer that is due after it has fired, time after time, fires for ever: LATE_MAX such steps.
    unsigned late;
    bool stuck, lost;  // lost: a disk's access never ended
    const char *doing; // the sequence, for messages
};

// NULL with `why` set.
struct board *board_create(uint64_t seed, char *why, size_t whylen);
void board_destroy(struct board *b);

// --- choices ---
uint32_t board_any(struct board *b);
uint32_t board_below(struct board *b, uint32_t n);
bool board_chance(struct board *b, uint32_t one_in);
// A value as drivers and attackers write them; 1, 2 or 4 bytes; an address that leads somewhere
// interesting; a place in plain RAM with `bytes` behind it.
uint32_t board_value(struct board *b);
unsigned board_size(struct board *b);
uint32_t board_address(struct board *b);
uint32_t board_ram(struct board *b, uint32_t bytes, uint32_t align);
// A place for a device's DMA: mostly RAM.
uint32_t board_dma_address(struct board *b);

// --- accesses, with deviations ---
void board_out(struct board *b, uint16_t port, unsigned size, uint32_t value);
uint32_t board_in(struct board *b, uint16_t port, unsigned size);
void board_store(struct board *b, uint32_t phys, unsigned size, uint64_t value);
uint64_t board_load(struct board *b, uint32_t phys, unsigned size);
// A model-specific register; false: #GP.
bool board_msr_write(struct board *b, uint32_t number, uint64_t value);
bool board_msr_read(struct board *b, uint32_t number);
// Configuration space.
void board_config_write(struct board *b, unsigned devfn, unsigned offset, unsigned size,
                        uint32_t value);
uint32_t board_config_read(struct board *b, unsigned devfn, unsigned offset, unsigned size);
// What the guest has in its memory; no access of a device.
void board_poke(struct board *b, uint32_t phys, const void *bytes, size_t n);
void board_poke_number(struct board *b, uint32_t phys, unsigned size, uint64_t value);
// Timers fire, disks' accesses end, interrupts are acknowledged now and then. On the host's clock a
// pass is short, whatever it was meant to be.
void board_pass(struct board *b, uint64_t ns);
// Any access, anywhere.
void board_interlude(struct board *b);

// --- PCI ---
// Number all functions, size their BARs, place and enable them, as firmware does.
void board_enumerate(struct board *b);
// The n-th function of that vendor and device (0: any), or NULL.
const struct board_function *board_find(const struct board *b, uint16_t vendor, uint16_t device,
                                        unsigned n);
// A register of a BAR, whatever kind of BAR it is.
void board_bar_write(struct board *b, const struct board_function *f, unsigned bar, uint32_t offset,
                     unsigned size, uint32_t value);
uint32_t board_bar_read(struct board *b, const struct board_function *f, unsigned bar,
                        uint32_t offset, unsigned size);

// --- which registers were reached, over all boards of the process ---
// Take in what is registered now.
void board_note_tables(const struct board *b);
// The first port range or register block that has a reader (writer) and was never read (written);
// false: there is none.
bool board_unused(char text[BOARD_TEXT]);
unsigned board_targets(void); // how many are known

// The sequences.
#define SEQUENCE(name, weight) void sequence_##name(struct board *b);
#include "emu/tests/fuzz_sequence.def"
#undef SEQUENCE

#endif
