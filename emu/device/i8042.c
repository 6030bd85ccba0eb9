// The 8042 keyboard controller, ports 60h and 64h, with the keyboard and the mouse on its cables
// (IBM PS/2 Technical Reference, "Keyboard and Auxiliary Device Controller").
//
// Invariants: IRQ1 or IRQ12 is high exactly while the output buffer holds a byte of that device and
// the command byte allows its interrupt; the buffer is filled again when it is read.
#include <stdlib.h>

#include "emu/device/ps2.h"
#include "emu/machine/machine_state.h"

enum {
    PORT_DATA = 0x60,
    PORT_COMMAND = 0x64,
    IRQ_KEYBOARD = 1,
    IRQ_MOUSE = 12,
    STATUS_OUTPUT = 0x01,
    STATUS_SYSTEM = 0x04,
    STATUS_COMMAND = 0x08,
    STATUS_UNLOCKED = 0x10,
    STATUS_MOUSE = 0x20,
    MODE_IRQ_KEYBOARD = 0x01,
    MODE_IRQ_MOUSE = 0x02,
    MODE_SYSTEM = 0x04,
    MODE_KEYBOARD_OFF = 0x10,
    MODE_MOUSE_OFF = 0x20,
    MODE_TRANSLATE = 0x40,
    OUT_RUNS = 0x01, // output port: bit 0 low resets the processor
    OUT_A20 = 0x02,
};

enum source { FROM_NONE, FROM_CONTROLLER, FROM_KEYBOARD, FROM_MOUSE };

struct i8042 {
    struct machine *m;
    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
    uint8_t ram[32]; // byte 0: the command byte
    uint8_t output_port;
    uint8_t command; // waits for its byte on port 60h, or 0
    uint8_t data;    // the output buffer
    enum source source;
    bool last_was_command, releasing; // releasing: F0h came, the next code is a break code
};

static void update_irqs(struct i8042 *d)
{
    uint8_t mode = d->ram[0];
    machine_set_irq(d->m, IRQ_KEYBOARD,
                    (d->source == FROM_KEYBOARD || d->source == FROM_CONTROLLER) &&
                        (mode & MODE_IRQ_KEYBOARD));
    machine_set_irq(d->m, IRQ_MOUSE, d->source == FROM_MOUSE && (mode & MODE_IRQ_MOUSE));
}

// Fill the output buffer if it is empty and somebody has a byte for it.
static void fill(struct i8042 *d)
{
    while (d->source == FROM_NONE && !(d->ram[0] & MODE_KEYBOARD_OFF) &&
           ps2_has_byte(&d->keyboard.out)) {
        uint8_t byte = ps2_take_byte(&d->keyboard.out);
        if (d->ram[0] & MODE_TRANSLATE) { // whatever set the keyboard speaks
            if (byte == 0xF0) {
                d->releasing = true;
                continue;
            }
            byte = ps2_translate(byte);
            if (d->releasing)
                byte |= 0x80;
            d->releasing = false;
        }
        d->data = byte;
        d->source = FROM_KEYBOARD;
    }
    if (d->source == FROM_NONE && !(d->ram[0] & MODE_MOUSE_OFF)) {
        ps2_mouse_report(&d->mouse);
        if (ps2_has_byte(&d->mouse.out)) {
            d->data = ps2_take_byte(&d->mouse.out);
            d->source = FROM_MOUSE;
        }
    }
    update_irqs(d);
}

static void put_output(struct i8042 *d, uint8_t value, enum source source)
{
    d->data = value;
    d->source = source;
    update_irqs(d);
}

static void write_output_port(struct i8042 *d, uint8_t value)
{
    d->output_port = value;
    machine_set_a20(d->m, value & OUT_A20);
    if (!(value & OUT_RUNS))
        machine_ask_reset(d->m);
}

static void write_command(struct i8042 *d, uint8_t value)
{
    d->command = 0;
    if (value >= 0x20 && value < 0x40) {
        put_output(d, d->ram[value & 31], FROM_CONTROLLER);
        return;
    }
    switch (value) {
    case 0xA7: d->ram[0] |= MODE_MOUSE_OFF; break;
    case 0xA8: d->ram[0] &= (uint8_t)~MODE_MOUSE_OFF; break;
    case 0xA9: // the cables are all right
    case 0xAB: put_output(d, 0, FROM_CONTROLLER); break;
    case 0xAA:
        d->ram[0] |= MODE_SYSTEM;
        put_output(d, 0x55, FROM_CONTROLLER);
        break;
    case 0xAD: d->ram[0] |= MODE_KEYBOARD_OFF; break;
    case 0xAE: d->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF; break;
    case 0xC0: put_output(d, 0x80, FROM_CONTROLLER); break; // input port: keyboard not locked
    case 0xD0:
        put_output(d,
                   (uint8_t)((d->output_port & 0xCF) | (d->source == FROM_KEYBOARD ? 0x10 : 0) |
                             (d->source == FROM_MOUSE ? 0x20 : 0)),
                   FROM_CONTROLLER);
        break;
    case 0xDD: write_output_port(d, (uint8_t)(d->output_port & ~OUT_A20)); break;
    case 0xDF: write_output_port(d, d->output_port | OUT_A20); break;
    default:
        if ((value >= 0x60 && value < 0x80) || (value >= 0xD1 && value <= 0xD4))
            d->command = value; // a byte follows
        else if (value >= 0xF0 && !(value & 1))
            machine_ask_reset(d->m); // pulses low the bits that are 0
        break;
    }
    fill(d);
}

static void write_data(struct i8042 *d, uint8_t value)
{
    uint8_t command = d->command;
    d->command = 0;
    switch (command) {
    case 0:
        d->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF; // a byte to the keyboard turns it on
        ps2_keyboard_write(&d->keyboard, value);
        break;
    case 0xD1: write_output_port(d, value); break;
    case 0xD2: put_output(d, value, FROM_KEYBOARD); break;
    case 0xD3: put_output(d, value, FROM_MOUSE); break;
    case 0xD4:
        d->ram[0] &= (uint8_t)~MODE_MOUSE_OFF;
        ps2_mouse_write(&d->mouse, value);
        break;
    default: d->ram[command & 31] = value; break;
    }
    fill(d);
}

static uint32_t read_port(void *opaque, uint16_t port, unsigned size)
{
    (void)size;
    struct i8042 *d = opaque;
    if (port == PORT_COMMAND)
        return STATUS_UNLOCKED | (d->source != FROM_NONE ? STATUS_OUTPUT : 0u) |
               (d->source == FROM_MOUSE ? STATUS_MOUSE : 0u) |
               (d->ram[0] & MODE_SYSTEM ? STATUS_SYSTEM : 0u) |
               (d->last_was_command ? STATUS_COMMAND : 0u);
    uint8_t value = d->data; // stays readable
    d->source = FROM_NONE;
    update_irqs(d); // the line falls between two bytes: each is an edge
    fill(d);
    return value;
}

static void write_port(void *opaque, uint16_t port, unsigned size, uint32_t value)
{
    (void)size;
    struct i8042 *d = opaque;
    d->last_was_command = port == PORT_COMMAND;
    if (port == PORT_COMMAND)
        write_command(d, (uint8_t)value);
    else
        write_data(d, (uint8_t)value);
}

void machine_key(struct machine *m, uint16_t key, bool down)
{
    ps2_keyboard_key(&m->i8042->keyboard, key, down);
    fill(m->i8042);
}

void machine_mouse(struct machine *m, int dx, int dy, int dz, uint8_t buttons)
{
    ps2_mouse_move(&m->i8042->mouse, dx, dy, dz, buttons);
    fill(m->i8042);
}

uint8_t machine_keyboard_leds(const struct machine *m)
{
    return m->i8042->keyboard.leds;
}

void i8042_reset(struct i8042 *d)
{
    *d = (struct i8042){.m = d->m, .output_port = 0xCC | OUT_RUNS | OUT_A20};
    d->ram[0] = MODE_IRQ_KEYBOARD | MODE_IRQ_MOUSE | MODE_SYSTEM;
    ps2_keyboard_reset(&d->keyboard);
    ps2_mouse_reset(&d->mouse);
    update_irqs(d);
}

struct i8042 *i8042_create(struct machine *m)
{
    static const struct port_ops ops = {.read = read_port, .write = write_port, .bytes = true};
    struct i8042 *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->m = m;
    if (!machine_port_register(m, PORT_DATA, 1, &ops, d) ||
        !machine_port_register(m, PORT_COMMAND, 1, &ops, d)) {
        free(d);
        return NULL;
    }
    return d;
}

void i8042_destroy(struct i8042 *d)
{
    free(d);
}
