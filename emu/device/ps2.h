// A PS/2 keyboard and a PS/2 mouse with a wheel: what is at the other end of the 8042's two cables.
//
// A key has its scan code of set 1 as number, with E0h before it where it has such a prefix
// (E048h: cursor up); E11Dh is Pause, 54h SysRq. Each device queues bytes for the host; a full
// queue drops whole events, never a part of one.
//
// A key that is held repeats as whoever presses it says (down again and again): the typematic rate
// is accepted and not used, nor is the mouse's resolution. The cursor keys send no shifts of their
// own around their codes, which the 101-key keyboard does to look like an older one.
#ifndef TM_EMU_DEVICE_PS2_H
#define TM_EMU_DEVICE_PS2_H

#include <stdbool.h>
#include <stdint.h>

enum { PS2_QUEUE = 64, PS2_SET3_CODES = 0x90, PS2_REPEATS = 1, PS2_BREAKS = 2 };

struct ps2_queue {
    uint8_t byte[PS2_QUEUE];
    unsigned first, n;
    uint8_t last; // sent last, for Resend
};

struct ps2_keyboard {
    struct ps2_queue out;
    uint8_t command; // that waits for its parameter, or 0
    uint8_t set;     // of scan codes: 1, 2, 3
    uint8_t leds;    // bit 0 scroll, 1 num, 2 caps
    bool scanning;
    bool shift, ctrl, alt, sysrq; // held; sysrq: Print Screen went down as SysRq
    bool held[256];               // by scan code, bit 7 set where it has E0h before it
    uint8_t kind[PS2_SET3_CODES]; // of each key in set 3: PS2_REPEATS, PS2_BREAKS
};

struct ps2_mouse {
    struct ps2_queue out;
    uint8_t command;
    uint8_t id;         // 0; 3 with a wheel; 4 with a wheel and five buttons
    uint8_t rate[3];    // last three sample rates: how a driver asks for the wheel
    uint8_t resolution; // 0-3
    bool reporting, remote, wrap, scaling;
    uint8_t buttons, reported_buttons;
    int dx, dy, dz; // not reported yet
};

void ps2_keyboard_reset(struct ps2_keyboard *k);
void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t value);
void ps2_keyboard_key(struct ps2_keyboard *k, uint16_t key, bool down);

void ps2_mouse_reset(struct ps2_mouse *p);
void ps2_mouse_write(struct ps2_mouse *p, uint8_t value);
// Motion right and up, wheel down; buttons: bit 0 left, 1 right, 2 middle, 3 and 4 the side ones.
void ps2_mouse_move(struct ps2_mouse *p, int dx, int dy, int dz, uint8_t buttons);
// Put a packet into the queue if there is something to say and room for it.
void ps2_mouse_report(struct ps2_mouse *p);

static inline bool ps2_has_byte(const struct ps2_queue *q)
{
    return q->n != 0;
}
uint8_t ps2_take_byte(struct ps2_queue *q);

// The 8042's translation of one byte from set 2 to set 1; F0h is its caller's.
uint8_t ps2_translate(uint8_t code);

#endif
