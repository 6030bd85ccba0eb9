// Keyboard and mouse, by IBM's PS/2 Technical Reference (keyboard: section "101-key keyboard";
// mouse) and Microsoft's IntelliMouse extension. The contract is in ps2.h.
#include "emu/device/ps2.h"

#include <string.h>

enum {
    ACK = 0xFA,
    RESEND = 0xFE,
    SELF_TEST_PASSED = 0xAA,
    SET_LEDS = 0xED,
    SCAN_CODE_SET = 0xF0,
    SET_RATE = 0xF3, // typematic of the keyboard, samples of the mouse
    SET_RESOLUTION = 0xE8,
    BREAK = 0xF0,
    RATE_DEFAULT = 100,
    RESOLUTION_DEFAULT = 2,
    KEYS = 0x80,
};

// Set 1 to set 2, for keys 01h-7Fh; the prefix E0h is the same in both.
static const uint8_t set2_of[KEYS] = {
    0x00, 0x76, 0x16, 0x1E, 0x26, 0x25, 0x2E, 0x36, 0x3D, 0x3E, 0x46, 0x45, 0x4E, 0x55, 0x66, 0x0D,
    0x15, 0x1D, 0x24, 0x2D, 0x2C, 0x35, 0x3C, 0x43, 0x44, 0x4D, 0x54, 0x5B, 0x5A, 0x14, 0x1C, 0x1B,
    0x23, 0x2B, 0x34, 0x33, 0x3B, 0x42, 0x4B, 0x4C, 0x52, 0x0E, 0x12, 0x5D, 0x1A, 0x22, 0x21, 0x2A,
    0x32, 0x31, 0x3A, 0x41, 0x49, 0x4A, 0x59, 0x7C, 0x11, 0x29, 0x58, 0x05, 0x06, 0x04, 0x0C, 0x03,
    0x0B, 0x83, 0x0A, 0x01, 0x09, 0x77, 0x7E, 0x6C, 0x75, 0x7D, 0x7B, 0x6B, 0x73, 0x74, 0x79, 0x69,
    0x72, 0x7A, 0x70, 0x71, 0x84, 0x60, 0x61, 0x78, 0x07, 0x0F, 0x17, 0x1F, 0x27, 0x2F, 0x37, 0x3F,
    0x47, 0x4F, 0x56, 0x5E, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x57, 0x6F,
    0x13, 0x19, 0x39, 0x51, 0x53, 0x5C, 0x5F, 0x62, 0x63, 0x64, 0x65, 0x67, 0x68, 0x6A, 0x6D, 0x6E,
};

uint8_t ps2_translate(uint8_t code)
{
    if (code == 0x7F) // both are SysRq
        return 0x54;
    for (unsigned i = 1; i < KEYS; i++)
        if (set2_of[i] == code)
            return (uint8_t)i;
    return code;
}

// --- queues ---

static void put_byte(struct ps2_queue *q, uint8_t value)
{
    if (q->n < PS2_QUEUE)
        q->byte[(q->first + q->n++) % PS2_QUEUE] = value;
}

uint8_t ps2_take_byte(struct ps2_queue *q)
{
    if (q->n) {
        q->last = q->byte[q->first];
        q->first = (q->first + 1) % PS2_QUEUE;
        q->n--;
    }
    return q->last;
}

// Answers to a command come before anything else: what was queued is dropped.
static void answer(struct ps2_queue *q, const uint8_t *bytes, unsigned n)
{
    q->n = 0;
    for (unsigned i = 0; i < n; i++)
        put_byte(q, bytes[i]);
}

static void answer_ack(struct ps2_queue *q)
{
    put_byte(q, ACK);
}

// --- the keyboard ---

static void keyboard_defaults(struct ps2_keyboard *k)
{
    k->set = 2;
    k->command = 0;
}

void ps2_keyboard_reset(struct ps2_keyboard *k)
{
    *k = (struct ps2_keyboard){.scanning = true};
    keyboard_defaults(k);
}

static void keyboard_parameter(struct ps2_keyboard *k, uint8_t value)
{
    uint8_t command = k->command;
    k->command = 0;
    if (command == SET_LEDS)
        k->leds = value & 7;
    if (command != SCAN_CODE_SET) {
        answer_ack(&k->out);
        return;
    }
    if (value > 3) {
        put_byte(&k->out, RESEND);
        return;
    }
    answer_ack(&k->out);
    if (value == 0)
        put_byte(&k->out, k->set);
    else
        k->set = value;
}

void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t value)
{
    static const uint8_t identity[] = {ACK, 0xAB, 0x83}, passed[] = {ACK, SELF_TEST_PASSED};
    if (k->command && value < SET_LEDS) {
        keyboard_parameter(k, value);
        return;
    }
    k->command = 0;
    switch (value) {
    case SET_LEDS:
    case SCAN_CODE_SET:
    case SET_RATE:
        k->command = value;
        answer_ack(&k->out);
        break;
    case 0xEE: put_byte(&k->out, 0xEE); break; // echo
    case 0xF2: answer(&k->out, identity, sizeof identity); break;
    case 0xF4:
        k->scanning = true;
        answer(&k->out, identity, 1);
        break;
    case 0xF5: // default and disable
    case 0xF6:
        keyboard_defaults(k);
        k->scanning = value == 0xF6;
        answer(&k->out, identity, 1);
        break;
    case RESEND: put_byte(&k->out, k->out.last); break;
    case 0xFF:
        ps2_keyboard_reset(k);
        answer(&k->out, passed, sizeof passed);
        break;
    default:
        if (value >= 0xF7 && value <= 0xFD) // key types of set 3
            answer_ack(&k->out);
        else
            put_byte(&k->out, RESEND);
        break;
    }
}

void ps2_keyboard_key(struct ps2_keyboard *k, uint16_t key, bool down)
{
    static const uint8_t pause1[] = {0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5};
    static const uint8_t pause2[] = {0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77};
    uint8_t bytes[8], code = key & 0x7f;
    unsigned n = 0;
    if (!k->scanning || code == 0)
        return;
    if (key == 0xE11D) { // only make codes
        if (!down)
            return;
        n = k->set == 1 ? sizeof pause1 : sizeof pause2;
        memcpy(bytes, k->set == 1 ? pause1 : pause2, n);
    } else {
        if (key >> 8 == 0xE0)
            bytes[n++] = 0xE0;
        if (k->set == 1) {
            bytes[n++] = (uint8_t)(code | (down ? 0 : 0x80));
        } else {
            if (!down)
                bytes[n++] = BREAK;
            bytes[n++] = set2_of[code];
        }
    }
    if (k->out.n + n > PS2_QUEUE)
        return;
    for (unsigned i = 0; i < n; i++)
        put_byte(&k->out, bytes[i]);
}

// --- the mouse ---

static void mouse_defaults(struct ps2_mouse *p)
{
    p->rate[2] = RATE_DEFAULT;
    p->resolution = RESOLUTION_DEFAULT;
    p->reporting = p->remote = p->scaling = p->wrap = false;
    p->command = 0;
    p->dx = p->dy = p->dz = 0;
}

void ps2_mouse_reset(struct ps2_mouse *p)
{
    *p = (struct ps2_mouse){0};
    mouse_defaults(p);
}

static int clamp(int v, int most)
{
    return v > most ? most : v < -most - 1 ? -most - 1 : v;
}

static void put_packet(struct ps2_mouse *p)
{
    unsigned bytes = p->id ? 4 : 3;
    if (p->out.n + bytes > PS2_QUEUE)
        return;
    int dx = clamp(p->dx, 255), dy = clamp(p->dy, 255), dz = clamp(p->dz, 7);
    put_byte(&p->out, (uint8_t)((p->buttons & 7) | 8 | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0)));
    put_byte(&p->out, (uint8_t)dx);
    put_byte(&p->out, (uint8_t)dy);
    if (p->id == 3)
        put_byte(&p->out, (uint8_t)dz);
    else if (p->id == 4)
        put_byte(&p->out, (uint8_t)((dz & 15) | (p->buttons << 1 & 0x30)));
    p->dx -= dx;
    p->dy -= dy;
    p->dz -= dz;
    p->reported_buttons = p->buttons;
}

void ps2_mouse_report(struct ps2_mouse *p)
{
    if (p->reporting && !p->remote && !p->wrap && !p->out.n &&
        (p->dx || p->dy || (p->id && p->dz) || p->buttons != p->reported_buttons))
        put_packet(p);
}

void ps2_mouse_move(struct ps2_mouse *p, int dx, int dy, int dz, uint8_t buttons)
{
    enum { FAR = 1 << 20 }; // what was not fetched is not kept for ever
    p->dx = clamp(p->dx + clamp(dx, FAR), FAR);
    p->dy = clamp(p->dy + clamp(dy, FAR), FAR);
    p->dz = p->id ? clamp(p->dz + clamp(dz, FAR), FAR) : 0;
    p->buttons = buttons & 0x1f;
    ps2_mouse_report(p);
}

static void mouse_parameter(struct ps2_mouse *p, uint8_t value)
{
    uint8_t command = p->command;
    p->command = 0;
    answer_ack(&p->out);
    if (command == SET_RESOLUTION) {
        p->resolution = value & 3;
        return;
    }
    p->rate[0] = p->rate[1];
    p->rate[1] = p->rate[2];
    p->rate[2] = value;
    if (p->rate[0] == 200 && p->rate[1] == 100 && value == 80)
        p->id = 3;
    else if (p->rate[0] == 200 && p->rate[1] == 200 && value == 80)
        p->id = 4;
}

static uint8_t mouse_status(const struct ps2_mouse *p)
{
    return (uint8_t)((p->remote ? 0x40 : 0) | (p->reporting ? 0x20 : 0) | (p->scaling ? 0x10 : 0) |
                     (p->buttons & 1) << 2 | (p->buttons & 2) >> 1 | (p->buttons & 4) >> 1);
}

static void mouse_command(struct ps2_mouse *p, uint8_t value)
{
    uint8_t bytes[4] = {ACK};
    unsigned n = 1;
    switch (value) {
    case 0xE6: p->scaling = false; break;
    case 0xE7: p->scaling = true; break;
    case 0xE9:
        bytes[n++] = mouse_status(p);
        bytes[n++] = p->resolution;
        bytes[n++] = p->rate[2];
        break;
    case 0xEA: p->remote = false; break;
    case 0xEB: // read data
        answer(&p->out, bytes, 1);
        put_packet(p);
        return;
    case 0xEE: p->wrap = true; break;
    case 0xF0: p->remote = true; break;
    case 0xF2: bytes[n++] = p->id; break;
    case SET_RESOLUTION:
    case SET_RATE: p->command = value; break;
    case 0xF4: p->reporting = true; break;
    case 0xF5: p->reporting = false; break;
    case 0xF6: mouse_defaults(p); break;
    case 0xFF:
        ps2_mouse_reset(p);
        bytes[n++] = SELF_TEST_PASSED;
        bytes[n++] = 0;
        break;
    case 0xEC: break; // leave wrap mode
    default: bytes[0] = RESEND; break;
    }
    answer(&p->out, bytes, n);
}

void ps2_mouse_write(struct ps2_mouse *p, uint8_t value)
{
    if (p->wrap && value != 0xEC && value != 0xFF) {
        put_byte(&p->out, value);
        return;
    }
    p->wrap = false;
    if (p->command && value != 0xFF)
        mouse_parameter(p, value);
    else
        mouse_command(p, value);
}
