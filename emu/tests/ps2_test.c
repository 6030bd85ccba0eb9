// Keyboard and mouse on their cables, without a controller: the bytes of each event in each scan
// code set (IBM's tables, Linux' atkbd for set 3), and the commands' answers.
#include <string.h>

#include "emu/device/ps2.h"
#include "emu/tests/verdict.h"

static struct ps2_keyboard keyboard;
static struct ps2_mouse mouse;

// What comes next and nothing more, as hexadecimal text.
static void expect(struct ps2_queue *q, const char *what, const char *bytes)
{
    char got[3 * PS2_QUEUE + 1] = "";
    while (ps2_has_byte(q))
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%02X", *got ? " " : "",
                 ps2_take_byte(q));
    CHECK(strcmp(got, bytes) == 0, "%s: '%s', not '%s'", what, got, bytes);
}

static void send(const char *what, unsigned command, const char *answer)
{
    ps2_keyboard_write(&keyboard, (uint8_t)command);
    expect(&keyboard.out, what, answer);
}

static void choose_set(unsigned set)
{
    ps2_keyboard_reset(&keyboard);
    send("set", 0xF0, "FA");
    send("set", set, "FA");
}

static void key(uint16_t code, const char *down, const char *up)
{
    char what[32];
    snprintf(what, sizeof what, "set %u, key %x", keyboard.set, code);
    ps2_keyboard_key(&keyboard, code, true);
    expect(&keyboard.out, what, down);
    ps2_keyboard_key(&keyboard, code, false);
    expect(&keyboard.out, what, up);
}

// What is sent with another key held.
static void key_with(uint16_t held, uint16_t code, const char *down, const char *up)
{
    ps2_keyboard_key(&keyboard, held, true);
    while (ps2_has_byte(&keyboard.out))
        ps2_take_byte(&keyboard.out);
    key(code, down, up);
    ps2_keyboard_key(&keyboard, held, false);
    while (ps2_has_byte(&keyboard.out))
        ps2_take_byte(&keyboard.out);
}

enum {
    A = 0x1E,
    UP = 0xE048,
    PRINT = 0xE037,
    PAUSE = 0xE11D,
    ALT = 0x38,
    CTRL = 0x1D,
    SHIFT = 0x2A
};

static void test_sets(void)
{
    choose_set(1);
    key(A, "1E", "9E");
    key(UP, "E0 48", "E0 C8");
    key(PRINT, "E0 2A E0 37", "E0 B7 E0 AA");
    key(PAUSE, "E1 1D 45 E1 9D C5", "");
    key_with(ALT, PRINT, "54", "D4");
    key_with(CTRL, PRINT, "E0 37", "E0 B7");
    key_with(SHIFT, PRINT, "E0 37", "E0 B7");
    key_with(CTRL, PAUSE, "E0 46 E0 C6", "");
    choose_set(2);
    key(A, "1C", "F0 1C");
    key(UP, "E0 75", "E0 F0 75");
    key(PRINT, "E0 12 E0 7C", "E0 F0 7C E0 F0 12");
    key(PAUSE, "E1 14 77 E1 F0 14 F0 77", "");
    key_with(ALT, PRINT, "84", "F0 84");
    key_with(0xE01D, PAUSE, "E0 7E E0 F0 7E", "");
    choose_set(3);
    key(A, "1C", "F0 1C");
    key(UP, "63", "F0 63");
    key(PRINT, "57", "F0 57");
    key(PAUSE, "62", "F0 62");
    key(CTRL, "11", "F0 11");
    key(0xE01D, "58", "F0 58");
    key(0xE01C, "79", "F0 79");
    key(0x3B, "07", "F0 07");
    key(0x58, "5E", "F0 5E");
    key(0xE05D, "8D", "F0 8D");
    key(0xE07F, "", ""); // no such key
    // Alt let go before Print Screen: what went down as SysRq comes up as SysRq.
    choose_set(2);
    ps2_keyboard_key(&keyboard, ALT, true);
    ps2_keyboard_key(&keyboard, PRINT, true);
    ps2_keyboard_key(&keyboard, ALT, false);
    ps2_keyboard_key(&keyboard, PRINT, false);
    expect(&keyboard.out, "Alt up first", "11 84 F0 11 F0 84");
    case_end("ps2.sets");
}

// Each key has a code of its own in each set.
static void test_distinct(void)
{
    for (unsigned set = 1; set <= 3; set++) {
        bool seen[1 << 16] = {false};
        choose_set(set);
        for (unsigned code = 1; code < 0x59; code++) {
            unsigned bytes = 0;
            if (code == 0x54 || code == 0x55) // SysRq is Print Screen's; no key has 55h
                continue;
            ps2_keyboard_key(&keyboard, (uint16_t)code, true);
            CHECK(ps2_has_byte(&keyboard.out), "set %u: key %02x says nothing", set, code);
            while (ps2_has_byte(&keyboard.out))
                bytes = bytes << 8 | ps2_take_byte(&keyboard.out);
            CHECK(!seen[bytes & 0xffff], "set %u: key %02x is %x as well", set, code, bytes);
            seen[bytes & 0xffff] = true;
            ps2_keyboard_key(&keyboard, (uint16_t)code, false);
            while (ps2_has_byte(&keyboard.out))
                ps2_take_byte(&keyboard.out);
        }
    }
    case_end("ps2.distinct");
}

static void test_keyboard_commands(void)
{
    ps2_keyboard_reset(&keyboard);
    send("echo", 0xEE, "EE");
    send("resend", 0xFE, "EE");
    send("identify", 0xF2, "FA AB 83");
    send("set?", 0xF0, "FA");
    send("set?", 0, "FA 02");
    send("set 4", 0xF0, "FA");
    send("set 4", 4, "FE");
    CHECK(keyboard.set == 2, "set %u", keyboard.set);
    send("lights", 0xED, "FA");
    send("lights", 5, "FA");
    CHECK(keyboard.leds == 5, "lights %u", keyboard.leds);
    send("lights, and another command", 0xED, "FA");
    send("lights, and another command", 0xF4, "FA");
    send("no parameter any more", 2, "FE");
    CHECK(keyboard.leds == 5, "lights %u", keyboard.leds);
    send("rate", 0xF3, "FA");
    send("rate", 0x20, "FA");
    send("disable", 0xF5, "FA");
    key(A, "", "");
    send("enable", 0xF4, "FA");
    key(A, "1C", "F0 1C");
    send("unknown", 0xEF, "FE");
    // Keys of set 3 by kind.
    choose_set(3);
    send("all make only", 0xF9, "FA");
    key(A, "1C", "");
    send("some make and break", 0xFC, "FA");
    send("some make and break", 0x1C, "FA");
    send("some make and break", 0x1B, "FA");
    send("end of the list", 0xF4, "FA");
    key(A, "1C", "F0 1C");
    key(0x1F, "1B", "F0 1B");
    key(0x20, "23", "");
    ps2_keyboard_key(&keyboard, A, true);
    ps2_keyboard_key(&keyboard, A, true);
    expect(&keyboard.out, "held, not typematic", "1C");
    send("all typematic", 0xF7, "FA");
    ps2_keyboard_key(&keyboard, A, true);
    ps2_keyboard_key(&keyboard, A, true);
    ps2_keyboard_key(&keyboard, A, false);
    expect(&keyboard.out, "held, typematic", "1C 1C");
    send("key out of range", 0xFB, "FA");
    send("key out of range", 0xEC, "FA");
    send("defaults", 0xF6, "FA");
    CHECK(keyboard.set == 2, "set %u after defaults", keyboard.set);
    send("reset", 0xFF, "FA AA");
    CHECK(keyboard.leds == 0, "lights after a reset");
    case_end("ps2.keyboard_commands");
}

static void mouse_send(const char *what, unsigned command, const char *answer)
{
    ps2_mouse_write(&mouse, (uint8_t)command);
    expect(&mouse.out, what, answer);
}

static void rate(unsigned samples)
{
    mouse_send("rate", 0xF3, "FA");
    mouse_send("rate", samples, "FA");
}

static void move(int dx, int dy, int dz, unsigned buttons, const char *packets)
{
    char got[128] = "";
    ps2_mouse_move(&mouse, dx, dy, dz, (uint8_t)buttons);
    // The controller fetches one packet and asks for the next.
    for (; ps2_has_byte(&mouse.out); ps2_mouse_report(&mouse))
        while (ps2_has_byte(&mouse.out) && strlen(got) < sizeof got - 4)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%02X", *got ? " " : "",
                     ps2_take_byte(&mouse.out));
    CHECK(strcmp(got, packets) == 0, "moved %d %d %d, buttons %u: '%s', not '%s'", dx, dy, dz,
          buttons, got, packets);
}

static void test_mouse(void)
{
    ps2_mouse_reset(&mouse);
    move(1, 2, 3, 0, ""); // not enabled
    mouse_send("reset", 0xFF, "FA AA 00");
    mouse_send("identify", 0xF2, "FA 00");
    mouse_send("enable", 0xF4, "FA");
    move(5, -3, 0, 0, "28 05 FD");
    move(0, 0, 1, 0, ""); // no wheel was asked for
    move(0, 0, 0, 7, "0F 00 00");
    move(0, 0, 0, 0, "08 00 00");
    move(-300, 0, 0, 0, "18 00 00 18 D4 00");
    rate(200), rate(100), rate(80);
    mouse_send("a wheel", 0xF2, "FA 03");
    move(0, 0, -1, 0, "08 00 00 FF");
    move(1, 1, 10, 0, "08 01 01 07 08 00 00 03");
    rate(200), rate(200), rate(80);
    mouse_send("five buttons", 0xF2, "FA 04");
    move(0, 0, -2, 0x18, "08 00 00 3E");
    move(0, 0, 0, 0, "08 00 00 00");
    mouse_send("2:1", 0xE7, "FA");
    move(1, 2, 0, 0, "08 01 01 00");
    move(3, 4, 0, 0, "08 03 06 00");
    move(5, -6, 0, 0, "28 09 F4 00");
    move(200, 0, 0, 0, "08 FE 00 00 08 92 00 00");
    mouse_send("status", 0xE9, "FA 30 02 50");
    mouse_send("1:1", 0xE6, "FA");
    mouse_send("resolution", 0xE8, "FA");
    mouse_send("resolution", 3, "FA");
    mouse_send("remote", 0xF0, "FA");
    move(7, 8, 0, 1, "");
    mouse_send("read", 0xEB, "FA 09 07 08 00");
    mouse_send("status", 0xE9, "FA 64 03 50");
    mouse_send("stream", 0xEA, "FA");
    mouse_send("wrap", 0xEE, "FA");
    mouse_send("wrapped", 0xE9, "E9");
    mouse_send("wrapped", 0x00, "00");
    mouse_send("wrap ends", 0xEC, "FA");
    mouse_send("unknown", 0xE1, "FE");
    mouse_send("defaults", 0xF6, "FA");
    move(1, 1, 0, 1, "");
    mouse_send("still with a wheel", 0xF2, "FA 04");
    mouse_send("reset", 0xFF, "FA AA 00");
    mouse_send("no wheel", 0xF2, "FA 00");
    case_end("ps2.mouse");
}

int main(void)
{
    test_sets();
    test_distinct();
    test_keyboard_commands();
    test_mouse();
    return verdict_failures != 0;
}
