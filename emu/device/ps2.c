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
    ALL_KINDS = 0xF7,
    KEY_KINDS = 0xFB,
    KEY_PRINT = 0xE037,
    KEY_PAUSE = 0xE11D,
    KEY_BREAK = 0xE046, // Pause with Ctrl
    KEY_SYSRQ = 0x54,
    EXTENDED = 0xE0,
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

// Set 1 to set 3, which has one code a key and no prefixes; 0: no such key.
static const uint8_t set3_of[KEYS] = {
    0x00, 0x08, 0x16, 0x1E, 0x26, 0x25, 0x2E, 0x36, 0x3D, 0x3E, 0x46, 0x45, 0x4E, 0x55, 0x66,
    0x0D, 0x15, 0x1D, 0x24, 0x2D, 0x2C, 0x35, 0x3C, 0x43, 0x44, 0x4D, 0x54, 0x5B, 0x5A, 0x11,
    0x1C, 0x1B, 0x23, 0x2B, 0x34, 0x33, 0x3B, 0x42, 0x4B, 0x4C, 0x52, 0x0E, 0x12, 0x5C, 0x1A,
    0x22, 0x21, 0x2A, 0x32, 0x31, 0x3A, 0x41, 0x49, 0x4A, 0x59, 0x7E, 0x19, 0x29, 0x14, 0x07,
    0x0F, 0x17, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x47, 0x4F, 0x76, 0x5F, 0x6C, 0x75, 0x7D, 0x84,
    0x6B, 0x73, 0x74, 0x7C, 0x69, 0x72, 0x7A, 0x70, 0x71, 0x57, 0x00, 0x13, 0x56, 0x5E,
};
static const struct {
    uint8_t code, set3;
} set3_extended[] = {{0x1C, 0x79}, {0x1D, 0x58}, {0x35, 0x77}, {0x37, 0x57}, {0x38, 0x39},
                     {0x46, 0x62}, {0x47, 0x6E}, {0x48, 0x63}, {0x49, 0x6F}, {0x4B, 0x61},
                     {0x4D, 0x6A}, {0x4F, 0x65}, {0x50, 0x60}, {0x51, 0x6D}, {0x52, 0x67},
                     {0x53, 0x64}, {0x5B, 0x8B}, {0x5C, 0x8C}, {0x5D, 0x8D}};

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
    memset(k->kind, PS2_REPEATS | PS2_BREAKS, sizeof k->kind);
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

// F7h to FAh say of which kind all keys are in set 3, FBh to FDh of which those are that follow.
static const uint8_t kinds[] = {PS2_REPEATS, PS2_BREAKS, 0, PS2_REPEATS | PS2_BREAKS};

static void keyboard_key_kind(struct ps2_keyboard *k, uint8_t code)
{
    if (code < PS2_SET3_CODES)
        k->kind[code] = kinds[k->command - KEY_KINDS];
    answer_ack(&k->out); // and more may follow
}

void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t value)
{
    static const uint8_t identity[] = {ACK, 0xAB, 0x83}, passed[] = {ACK, SELF_TEST_PASSED};
    if (k->command && value < SET_LEDS) {
        if (k->command >= KEY_KINDS)
            keyboard_key_kind(k, value);
        else
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
        if (value < ALL_KINDS || value >= KEY_KINDS + 3) {
            put_byte(&k->out, RESEND);
            break;
        }
        if (value < KEY_KINDS)
            memset(k->kind, kinds[value - ALL_KINDS], sizeof k->kind);
        else
            k->command = value;
        answer_ack(&k->out);
        break;
    }
}

// One code, with its prefix, as sets 1 and 2 have it. Returns the bytes.
static unsigned put_code(const struct ps2_keyboard *k, uint8_t *to, uint16_t key, bool down)
{
    unsigned n = 0;
    uint8_t code = key & 0x7f;
    if (key >> 8)
        to[n++] = EXTENDED;
    if (k->set == 1) {
        to[n++] = (uint8_t)(code | (down ? 0 : 0x80));
        return n;
    }
    if (!down)
        to[n++] = BREAK;
    to[n++] = set2_of[code];
    return n;
}

// Print Screen brings a shift with it unless one is held; with Alt it is SysRq.
static unsigned put_print(struct ps2_keyboard *k, uint8_t *to, bool down)
{
    enum { SHIFT = 0xE02A };
    if (down)
        k->sysrq = k->alt;
    if (k->sysrq)
        return put_code(k, to, KEY_SYSRQ, down);
    if (k->shift || k->ctrl)
        return put_code(k, to, KEY_PRINT, down);
    unsigned n = put_code(k, to, down ? SHIFT : KEY_PRINT, down);
    return n + put_code(k, to + n, down ? KEY_PRINT : SHIFT, down);
}

// Only make codes: they say that it went down and up.
static unsigned put_pause(const struct ps2_keyboard *k, uint8_t *to)
{
    enum { CTRL = 0x1D, NUM_LOCK = 0x45 };
    unsigned n = 0;
    if (k->ctrl) {
        n = put_code(k, to, KEY_BREAK, true);
        return n + put_code(k, to + n, KEY_BREAK, false);
    }
    for (int down = 1; down >= 0; down--) {
        to[n++] = 0xE1;
        n += put_code(k, to + n, CTRL, down);
        n += put_code(k, to + n, NUM_LOCK, down);
    }
    return n;
}

static unsigned put_set3(const struct ps2_keyboard *k, uint8_t *to, uint16_t key, bool down,
                         bool again)
{
    uint8_t code = key >> 8 ? 0 : set3_of[key & 0x7f];
    unsigned n = 0;
    for (unsigned i = 0; key >> 8 && i < sizeof set3_extended / sizeof *set3_extended; i++)
        if (set3_extended[i].code == (key & 0x7f))
            code = set3_extended[i].set3;
    if (!code || (!down && !(k->kind[code] & PS2_BREAKS)) ||
        (again && !(k->kind[code] & PS2_REPEATS)))
        return 0;
    if (!down)
        to[n++] = BREAK;
    to[n++] = code;
    return n;
}

static void note_modifier(struct ps2_keyboard *k, uint16_t key, bool down)
{
    switch (key) {
    case 0x2A:
    case 0x36: k->shift = down; break;
    case 0x1D:
    case 0xE01D: k->ctrl = down; break;
    case 0x38:
    case 0xE038: k->alt = down; break;
    default: break;
    }
}

void ps2_keyboard_key(struct ps2_keyboard *k, uint16_t key, bool down)
{
    uint8_t bytes[16], code = key & 0x7f, place = (uint8_t)(code | (key >> 8 ? 0x80 : 0));
    if (key == KEY_PAUSE) // not the right Ctrl
        place = (uint8_t)(KEY_BREAK | 0x80);
    unsigned n;
    bool again = down && k->held[place];
    note_modifier(k, key, down);
    k->held[place] = down;
    if (!k->scanning || code == 0)
        return;
    if (k->set == 3)
        n = put_set3(k, bytes, key == KEY_PAUSE ? KEY_BREAK : key, down, again);
    else if (key == KEY_PAUSE)
        n = down ? put_pause(k, bytes) : 0;
    else if (key == KEY_PRINT)
        n = put_print(k, bytes, down);
    else
        n = put_code(k, bytes, key, down);
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

// Scaling 2:1 of what is reported in stream mode.
static int scaled(const struct ps2_mouse *p, int counts)
{
    static const uint8_t small[] = {0, 1, 1, 3, 6, 9};
    int much = counts < 0 ? -counts : counts;
    if (!p->scaling || p->remote)
        return counts;
    much = much < (int)sizeof small ? small[much] : 2 * much;
    return counts < 0 ? -much : much;
}

static void put_packet(struct ps2_mouse *p)
{
    unsigned bytes = p->id ? 4 : 3;
    if (p->out.n + bytes > PS2_QUEUE)
        return;
    int most = p->scaling ? 127 : 255;
    int moved_x = clamp(p->dx, most), moved_y = clamp(p->dy, most), dz = clamp(p->dz, 7);
    int dx = scaled(p, moved_x), dy = scaled(p, moved_y);
    put_byte(&p->out, (uint8_t)((p->buttons & 7) | 8 | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0)));
    put_byte(&p->out, (uint8_t)dx);
    put_byte(&p->out, (uint8_t)dy);
    if (p->id == 3)
        put_byte(&p->out, (uint8_t)dz);
    else if (p->id == 4)
        put_byte(&p->out, (uint8_t)((dz & 15) | (p->buttons << 1 & 0x30)));
    p->dx -= moved_x;
    p->dy -= moved_y;
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
