/* The linux port's screen: the kernel's framebuffer, /dev/fb0, where it is one of packed pixels in
 * true colour. The console is asked to leave it alone. */
#include "bench/port/linux/linux.h"
#include "bench/port/port.h"
#include <stddef.h>

enum {
    SCREEN_O_RDWR = 2,
    SCREEN_GET_VAR = 0x4600,
    SCREEN_GET_FIX = 0x4602,
    SCREEN_KDSETMODE = 0x4B3A,
    SCREEN_KD_GRAPHICS = 1,
    SCREEN_PACKED = 0,
    SCREEN_TRUECOLOR = 2,
    SCREEN_DIRECTCOLOR = 4,
};

struct screen_bitfield {
    uint32_t offset, length, msb_right;
};
struct screen_var { /* fb_var_screeninfo */
    uint32_t width, height, virtual_width, virtual_height, left, top, bits, gray;
    struct screen_bitfield red, green, blue, alpha;
    uint32_t rest[20];
};
struct screen_fix { /* fb_fix_screeninfo of i386 */
    char id[16];
    uint32_t memory, memory_bytes, type, type_aux, visual;
    uint16_t pan[3], pad;
    uint32_t pitch, rest[8];
};
_Static_assert(sizeof(struct screen_var) == 160, "as the kernel has it");
_Static_assert(sizeof(struct screen_fix) == 68 + 12, "not smaller than the kernel has it");

static int32_t screen_open(struct screen_var *var, struct screen_fix *fix)
{
    int32_t fd = linux_call(LINUX_OPEN, linux_pointer("/dev/fb0"), SCREEN_O_RDWR, 0, 0, 0);
    if (linux_failed(fd))
        return -1;
    if (!linux_call(LINUX_IOCTL, (uint32_t)fd, SCREEN_GET_VAR, linux_pointer(var), 0, 0) &&
        !linux_call(LINUX_IOCTL, (uint32_t)fd, SCREEN_GET_FIX, linux_pointer(fix), 0, 0) &&
        fix->type == SCREEN_PACKED &&
        (fix->visual == SCREEN_TRUECOLOR || fix->visual == SCREEN_DIRECTCOLOR) &&
        (var->bits == 16 || var->bits == 24 || var->bits == 32) && var->red.length <= 8 &&
        var->green.length <= 8 && var->blue.length <= 8)
        return fd;
    linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
    return -1;
}

bool linux_has_screen(void)
{
    static enum { UNKNOWN, ABSENT, PRESENT } state;
    struct screen_var var;
    struct screen_fix fix;
    if (state == UNKNOWN) {
        int32_t fd = screen_open(&var, &fix);
        state = fd < 0 ? ABSENT : PRESENT;
        if (fd >= 0)
            linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
    }
    return state == PRESENT;
}

static uint32_t screen_encode(const struct screen_bitfield *field, uint32_t eight_bits)
{
    return eight_bits >> (8 - field->length) << field->offset;
}

static void screen_quiet_console(void)
{
    int32_t fd = linux_call(LINUX_OPEN, linux_pointer("/dev/tty0"), SCREEN_O_RDWR, 0, 0, 0);
    if (linux_failed(fd))
        return;
    linux_call(LINUX_IOCTL, (uint32_t)fd, SCREEN_KDSETMODE, SCREEN_KD_GRAPHICS, 0, 0);
    linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
}

const struct port_screen *port_open_screen(uint32_t width, uint32_t height, const uint32_t *rgb)
{
    static struct port_screen screen;
    struct screen_var var;
    struct screen_fix fix;
    if (screen.pixels)
        return &screen;
    int32_t fd = screen_open(&var, &fix);
    if (fd < 0)
        return NULL;
    const uint32_t bytes = (fix.memory_bytes + LINUX_PAGE - 1) & ~(LINUX_PAGE - 1);
    int32_t at = linux_map_memory(bytes, LINUX_PROT_RW, LINUX_MAP_SHARED, fd);
    linux_call(LINUX_CLOSE, (uint32_t)fd, 0, 0, 0, 0);
    if (linux_failed(at) || width > var.width || height > var.height)
        return NULL;
    screen_quiet_console();
    screen.pitch = fix.pitch;
    screen.pixel_bytes = var.bits / 8;
    for (uint32_t i = 0; i < PORT_COLORS; i++)
        screen.color[i] = screen_encode(&var.red, rgb[i] >> 16 & 0xFF) |
                          screen_encode(&var.green, rgb[i] >> 8 & 0xFF) |
                          screen_encode(&var.blue, rgb[i] & 0xFF);
    volatile uint8_t *memory = (volatile uint8_t *)(uintptr_t)(uint32_t)at;
    for (uint32_t row = 0; row < var.height; row++)
        for (uint32_t i = 0; i < var.width * screen.pixel_bytes; i++)
            memory[(var.top + row) * fix.pitch + var.left * screen.pixel_bytes + i] = 0;
    screen.pixels = (uint8_t *)(uintptr_t)memory +
                    (var.top + (var.height - height) / 2) * fix.pitch +
                    (var.left + (var.width - width) / 2) * screen.pixel_bytes;
    return &screen;
}
