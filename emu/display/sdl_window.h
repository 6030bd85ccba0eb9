// One SDL window: what sdl.c (thread, beginning and end), sdl_input.c (keys, mouse, commands) and
// sdl_picture.c (what is shown) share. For these only.
#ifndef TM_EMU_DISPLAY_SDL_WINDOW_H
#define TM_EMU_DISPLAY_SDL_WINDOW_H

#include <SDL2/SDL.h>
#include <pthread.h>
#include <stdatomic.h>

#include "emu/device/vga_render.h"
#include "emu/display/display.h"
#include "emu/display/overlay.h"
#include "emu/display/scale.h"
#include "emu/display/speed.h"
#include "emu/machine/machine_state.h"

enum { SDL_KEYS_AT_ONCE = 64 };

struct sdl_library {
    void *handle;
#define SDL(name) __typeof__(SDL_##name) *name;
#include "emu/display/sdl_functions.def"
#undef SDL
};

// Keys and mouse that the machine has not been told yet.
struct sdl_input {
    struct machine *m;
    unsigned nkeys;
    struct {
        uint16_t code;
        bool down;
    } key[SDL_KEYS_AT_ONCE];
    int dx, dy, dz;
    uint8_t buttons;
    bool moved;
};

struct sdl {
    struct display display;
    struct display_options options;
    struct sdl_library lib;
    struct machine *m;
    struct vga_render *render;
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    int started; // 0: not yet known, 1, or -1 with `why`
    char why[256];

    // The rest is the thread's own.
    SDL_Window *window;
    bool grabbed, full, integer, hidden;
    bool was_grabbed; // before it became full
    bool pressed[SDL_NUM_SCANCODES];
    struct sdl_input input;

    // sdl_picture.c
    const struct vga_picture *picture; // NULL before the first
    SDL_Surface *surface;              // the window's; NULL: to be asked for again
    SDL_Surface *shadow;               // what we draw into, where the window's has other pixels
    struct scale scale;
    int chosen_width, chosen_height; // size that we gave the window
    uint64_t changed_ns, draw_ns;    // when the picture changed; what a changed one costs

    struct speed speed;
    bool overlay;
    uint32_t panel[OVERLAY_HEIGHT * OVERLAY_WIDTH];
};

// --- sdl_input.c ---
// True if all of the window has to be shown again.
bool sdl_on_event(struct sdl *s, const SDL_Event *e);
// Tell the machine what has come.
void sdl_pass_input(struct sdl *s);
void sdl_grab(struct sdl *s, bool on);

// --- sdl_picture.c ---
// Look at the machine's screen and show what changed, or all of it.
void sdl_draw(struct sdl *s, uint64_t now_ns, bool all);
// The window's size or surface is another one.
void sdl_forget_surface(struct sdl *s);
// Back to the size that the picture has by itself.
void sdl_natural_size(struct sdl *s);
void sdl_set_full(struct sdl *s, bool full);
void sdl_close_picture(struct sdl *s);

#endif
