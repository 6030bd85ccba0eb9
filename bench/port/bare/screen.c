/* The bare port's screen: a VGA set to mode 13h (320 x 200, a byte to a pixel, at A0000h) by its
 * registers, as IBM's Personal System/2 Hardware Interface Technical Reference lists them, since
 * there may be no BIOS. A Bochs VBE mode that somebody left on is turned off first, and the card's
 * PCI function is told to answer, which without firmware nobody has. */
#include "bench/port/bare/screen.h"
#include "bench/port/port.h"
#include <stddef.h>

#define SCREEN_MEMORY ((volatile uint8_t *)0xA0000)
#define SCREEN_WIDTH  320u
#define SCREEN_HEIGHT 200u

enum {
    VGA_ATTRIBUTE = 0x3C0,
    VGA_MISC = 0x3C2,
    VGA_SEQUENCER = 0x3C4,
    VGA_DAC_MASK = 0x3C6,
    VGA_DAC_INDEX = 0x3C8,
    VGA_DAC_DATA = 0x3C9,
    VGA_GRAPHICS = 0x3CE,
    VGA_CRTC = 0x3D4,
    VGA_STATUS = 0x3DA,
    DISPI_INDEX = 0x1CE,
    DISPI_DATA = 0x1CF,
    PCI_ADDRESS = 0xCF8,
    PCI_DATA = 0xCFC,
};

static void screen_out8(uint16_t port, uint32_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port) : "memory");
}
static uint32_t screen_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}
static void screen_out16(uint16_t port, uint32_t value)
{
    __asm__ volatile("outw %w0, %w1" : : "a"(value), "Nd"(port) : "memory");
}
static uint32_t screen_in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %w1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}
static void screen_out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port) : "memory");
}
static uint32_t screen_in32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* Let VGAs on bus 0 (class 03h, subclass 00h) answer to ports and memory: PCI 2.1, 6.2.2. */
static void screen_enable_pci(void)
{
    for (uint32_t slot = 0; slot < 32; slot++) {
        uint32_t function = 0x80000000u | slot << 11;
        screen_out32(PCI_ADDRESS, function | 8);
        if (screen_in32(PCI_DATA) >> 16 != 0x0300)
            continue;
        screen_out32(PCI_ADDRESS, function | 4);
        uint32_t command = screen_in32(PCI_DATA) & 0xFFFF;
        screen_out32(PCI_DATA, command | 3);
    }
}

static bool screen_holds(uint32_t value)
{
    screen_out8(VGA_GRAPHICS, 8); /* bit mask: harmless, and readable on a VGA */
    screen_out8(VGA_GRAPHICS + 1, value);
    return screen_in8(VGA_GRAPHICS) == 8 && screen_in8(VGA_GRAPHICS + 1) == value;
}

bool bare_has_vga(void)
{
    static enum { UNKNOWN, ABSENT, PRESENT } state;
    if (state == UNKNOWN) {
        screen_enable_pci();
        state = screen_holds(0x5A) && screen_holds(0xA5) && screen_holds(0xFF) ? PRESENT : ABSENT;
    }
    return state == PRESENT;
}

static void screen_write_table(uint16_t port, const uint8_t *value, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        screen_out8(port, i);
        screen_out8((uint16_t)(port + 1), value[i]);
    }
}

static void screen_set_mode_13h(void)
{
    static const uint8_t sequencer[] = {0x03, 0x01, 0x0F, 0x00, 0x0E};
    static const uint8_t crtc[] = {0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00,
                                   0x41, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x9C, 0x0E,
                                   0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF};
    static const uint8_t graphics[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0F, 0xFF};
    static const uint8_t attribute[] = {0,  1,  2,  3,  4,  5,    6, 7,    8, 9, 10,
                                        11, 12, 13, 14, 15, 0x41, 0, 0x0F, 0, 0};
    screen_out16(DISPI_INDEX, 0);
    if ((screen_in16(DISPI_DATA) & 0xFFF0) == 0xB0C0) {
        screen_out16(DISPI_INDEX, 4);
        screen_out16(DISPI_DATA, 0);
    }
    screen_out8(VGA_MISC, 0x63); /* 25 MHz, colour addresses, 400 lines */
    screen_write_table(VGA_SEQUENCER, sequencer, sizeof sequencer);
    screen_out8(VGA_CRTC, 0x11); /* registers 0 to 7 may be write protected */
    screen_out8(VGA_CRTC + 1, 0x0E);
    screen_write_table(VGA_CRTC, crtc, sizeof crtc);
    screen_write_table(VGA_GRAPHICS, graphics, sizeof graphics);
    screen_in8(VGA_STATUS); /* the next write is an index */
    for (uint32_t i = 0; i < sizeof attribute; i++) {
        screen_out8(VGA_ATTRIBUTE, i);
        screen_out8(VGA_ATTRIBUTE, attribute[i]);
    }
    screen_out8(VGA_ATTRIBUTE, 0x20); /* show it */
}

const struct port_screen *port_open_screen(uint32_t width, uint32_t height, const uint32_t *rgb)
{
    static struct port_screen screen;
    if (screen.pixels)
        return &screen;
    if (!bare_has_vga() || width > SCREEN_WIDTH || height > SCREEN_HEIGHT)
        return NULL;
    screen_set_mode_13h();
    screen_out8(VGA_DAC_MASK, 0xFF);
    screen_out8(VGA_DAC_INDEX, 0);
    for (uint32_t i = 0; i < PORT_COLORS; i++) {
        screen.color[i] = i;
        for (uint32_t shift = 24; shift;) /* six bits to each of red, green, blue */
            screen_out8(VGA_DAC_DATA, rgb[i] >> (shift -= 8) >> 2 & 63);
    }
    for (uint32_t i = 0; i < SCREEN_WIDTH * SCREEN_HEIGHT; i++)
        SCREEN_MEMORY[i] = 0;
    screen.pitch = SCREEN_WIDTH;
    screen.pixel_bytes = 1;
    screen.pixels = (uint8_t *)(uintptr_t)SCREEN_MEMORY +
                    (SCREEN_HEIGHT - height) / 2 * SCREEN_WIDTH + (SCREEN_WIDTH - width) / 2;
    return &screen;
}
