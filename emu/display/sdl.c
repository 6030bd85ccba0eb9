// A window by SDL2: the picture scaled to its size, keys by their places, a mouse that is caught by
// a click, full screen, and the machine's speed in the title.
//
//   ctrl-alt-g   catch or let go of keyboard and mouse
//   ctrl-alt-f   full screen and back
//   closing the window ends the machine
//
// All of SDL happens on the thread that is made here. It looks at the screen 60 times a second
// while something moves, 20 times else, uploads the rectangles that changed, and shows them.
#include <SDL2/SDL.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "emu/device/vga_render.h"
#include "emu/display/display.h"
#include "emu/machine/machine_state.h"

enum {
    BUSY_MS = 16,
    QUIET_MS = 50,
    QUIET_AFTER_NS = 500 * 1000 * 1000,
    TITLE_NS = 1000 * 1000 * 1000,
    EVENTS_MAX = 64,
};

struct sdl_library {
    void *handle;
#define SDL(name) __typeof__(SDL_##name) *name;
#include "emu/display/sdl_functions.def"
#undef SDL
};

// Keys and mouse that the machine has not been told yet.
struct input {
    struct machine *m;
    unsigned nkeys;
    struct {
        uint16_t code;
        bool down;
    } key[EVENTS_MAX];
    int dx, dy, dz;
    uint8_t buttons;
    bool moved;
    uint64_t insns; // answer: how many were executed
};

struct sdl {
    struct display display;
    struct sdl_library lib;
    struct machine *m;
    struct vga_render *render;
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    int started; // 0: not yet known, 1, or -1 with `why`
    char why[256];

    // the thread's own
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    bool grabbed, full;
    bool pressed[SDL_NUM_SCANCODES];
    struct input input;
    uint64_t changed_ns, title_ns, title_insns;
};

// --- to the machine ---

static void tell_machine(void *opaque)
{
    struct input *in = opaque;
    for (unsigned i = 0; i < in->nkeys; i++)
        machine_key(in->m, in->key[i].code, in->key[i].down);
    if (in->moved)
        machine_mouse(in->m, in->dx, -in->dy, in->dz, in->buttons);
    in->insns = cpu_icount(in->m->cpu);
}

static void pass_input(struct sdl *s)
{
    struct input *in = &s->input;
    if (!in->nkeys && !in->moved)
        return;
    machine_call(s->m, tell_machine, in);
    in->nkeys = 0;
    in->dx = in->dy = in->dz = 0;
    in->moved = false;
}

static uint16_t key_code(SDL_Scancode code)
{
    static const uint16_t codes[SDL_NUM_SCANCODES] = {
#define KEY(name, code) [SDL_SCANCODE_##name] = code,
#include "emu/display/sdl_keys.def"
#undef KEY
    };
    return (unsigned)code < SDL_NUM_SCANCODES ? codes[code] : 0;
}

static void put_key(struct sdl *s, SDL_Scancode code, bool down)
{
    uint16_t number = key_code(code);
    if (!number)
        return;
    if (s->input.nkeys == EVENTS_MAX)
        pass_input(s);
    s->input.key[s->input.nkeys].code = number;
    s->input.key[s->input.nkeys++].down = down;
    s->pressed[code] = down;
}

// The window lost the keyboard: no key stays down in the guest.
static void release_keys(struct sdl *s)
{
    for (int i = 0; i < SDL_NUM_SCANCODES; i++)
        if (s->pressed[i])
            put_key(s, (SDL_Scancode)i, false);
}

// --- events ---

static void grab(struct sdl *s, bool on)
{
    s->grabbed = on;
    s->lib.SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    s->lib.SetWindowKeyboardGrab(s->window, on ? SDL_TRUE : SDL_FALSE);
    s->title_ns = 0;
}

static bool is_command(struct sdl *s, const SDL_KeyboardEvent *key)
{
    SDL_Keymod mod = s->lib.GetModState();
    if (!(mod & KMOD_CTRL) || !(mod & KMOD_ALT))
        return false;
    if (key->keysym.scancode != SDL_SCANCODE_G && key->keysym.scancode != SDL_SCANCODE_F)
        return false;
    if (key->repeat)
        return true;
    release_keys(s); // ctrl and alt were for us
    if (key->keysym.scancode == SDL_SCANCODE_G) {
        grab(s, !s->grabbed);
    } else {
        s->full = !s->full;
        s->lib.SetWindowFullscreen(s->window, s->full ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    }
    return true;
}

static void on_button(struct sdl *s, const SDL_MouseButtonEvent *b)
{
    uint8_t bit = b->button == SDL_BUTTON_LEFT     ? 1
                  : b->button == SDL_BUTTON_RIGHT  ? 2
                  : b->button == SDL_BUTTON_MIDDLE ? 4
                                                   : 0;
    if (!s->grabbed) { // the click that catches is not the guest's
        if (b->state == SDL_PRESSED)
            grab(s, true);
        return;
    }
    uint8_t *buttons = &s->input.buttons;
    *buttons = (uint8_t)(b->state == SDL_PRESSED ? *buttons | bit : *buttons & ~bit);
    s->input.moved = true;
    pass_input(s); // each change of a button is a report of its own
}

// True if the picture has to be shown again.
static bool on_event(struct sdl *s, const SDL_Event *e)
{
    switch (e->type) {
    case SDL_QUIT: machine_stop(s->m); break;
    case SDL_KEYDOWN:
        if (!is_command(s, &e->key))
            put_key(s, e->key.keysym.scancode, true);
        break;
    case SDL_KEYUP:
        if (s->pressed[e->key.keysym.scancode & (SDL_NUM_SCANCODES - 1)])
            put_key(s, e->key.keysym.scancode, false);
        break;
    case SDL_MOUSEMOTION:
        if (s->grabbed) {
            s->input.dx += e->motion.xrel;
            s->input.dy += e->motion.yrel;
            s->input.moved = true;
        }
        break;
    case SDL_MOUSEWHEEL:
        if (s->grabbed) {
            s->input.dz -= e->wheel.y;
            s->input.moved = true;
        }
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: on_button(s, &e->button); break;
    case SDL_WINDOWEVENT:
        if (e->window.event == SDL_WINDOWEVENT_FOCUS_LOST) {
            release_keys(s);
            grab(s, false);
        }
        return true;
    default: break;
    }
    return false;
}

// --- the picture ---

static void resize(struct sdl *s, const struct vga_picture *p)
{
    int width = (int)p->width, height = (int)p->height, times = width < 512 ? 2 : 1;
    if (s->texture)
        s->lib.DestroyTexture(s->texture);
    s->texture = s->lib.CreateTexture(s->renderer, SDL_PIXELFORMAT_RGB888,
                                      SDL_TEXTUREACCESS_STREAMING, width, height);
    s->lib.RenderSetLogicalSize(s->renderer, width, height);
    if (!s->full)
        s->lib.SetWindowSize(s->window, width * times, height * times);
}

static void show(struct sdl *s, const struct vga_picture *p)
{
    for (unsigned i = 0; s->texture && i < p->ndirty; i++) {
        const struct vga_rect *d = &p->dirty[i];
        SDL_Rect rect = {(int)d->x, (int)d->y, (int)d->width, (int)d->height};
        s->lib.UpdateTexture(s->texture, &rect, p->pixels + (size_t)d->y * p->width + d->x,
                             (int)(p->width * sizeof *p->pixels));
    }
    s->lib.RenderClear(s->renderer);
    if (s->texture)
        s->lib.RenderCopy(s->renderer, s->texture, NULL, NULL);
    s->lib.RenderPresent(s->renderer);
}

static void draw(struct sdl *s, uint64_t now_ns, bool exposed)
{
    struct vga_regs regs;
    const uint8_t *vram = vga_snapshot(s->m->vga, &regs);
    const struct vga_picture *p =
        vga_render_frame(s->render, &regs, vram, now_ns / vga_frame_ns(&regs));
    if (p->resized)
        resize(s, p);
    if (p->ndirty || exposed)
        show(s, p);
    if (p->ndirty)
        s->changed_ns = now_ns;
}

static void set_title(struct sdl *s, uint64_t now_ns)
{
    char title[128];
    if (s->title_ns && now_ns - s->title_ns < TITLE_NS)
        return;
    struct input ask = {.m = s->m};
    machine_call(s->m, tell_machine, &ask);
    double seconds = (double)(now_ns - s->title_ns) / 1e9;
    double mips = s->title_ns ? (double)(ask.insns - s->title_insns) / seconds / 1e6 : 0;
    snprintf(title, sizeof title, "Tickmark: %.0f MIPS%s", mips,
             s->grabbed ? ", ctrl-alt-g lets go" : "");
    s->lib.SetWindowTitle(s->window, title);
    s->title_ns = now_ns;
    s->title_insns = ask.insns;
}

// --- the thread ---

static bool open_window(struct sdl *s)
{
    s->lib.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); // they are main()'s
    s->lib.SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest");
    s->lib.SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (s->lib.Init(SDL_INIT_VIDEO))
        return false;
    s->window = s->lib.CreateWindow("Tickmark", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                    720, 400, SDL_WINDOW_RESIZABLE);
    if (s->window)
        s->renderer = s->lib.CreateRenderer(s->window, -1, 0);
    if (s->window && !s->renderer)
        s->renderer = s->lib.CreateRenderer(s->window, -1, SDL_RENDERER_SOFTWARE);
    return s->renderer != NULL;
}

static void close_window(struct sdl *s)
{
    if (s->texture)
        s->lib.DestroyTexture(s->texture);
    if (s->renderer)
        s->lib.DestroyRenderer(s->renderer);
    if (s->window)
        s->lib.DestroyWindow(s->window);
    s->lib.Quit();
}

static void say_started(struct sdl *s, bool good)
{
    pthread_mutex_lock(&s->lock);
    s->started = good ? 1 : -1;
    if (!good)
        snprintf(s->why, sizeof s->why, "-display sdl: %s", s->lib.GetError());
    pthread_cond_signal(&s->ready);
    pthread_mutex_unlock(&s->lock);
}

static void *run(void *opaque)
{
    struct sdl *s = opaque;
    bool good = open_window(s);
    say_started(s, good);
    while (good && !atomic_load(&s->stop)) {
        SDL_Event e;
        uint64_t now_ns = clock_host_ns();
        bool exposed = false;
        int wait_ms = now_ns - s->changed_ns > QUIET_AFTER_NS ? QUIET_MS : BUSY_MS;
        for (bool more = s->lib.WaitEventTimeout(&e, wait_ms); more; more = s->lib.PollEvent(&e))
            exposed |= on_event(s, &e);
        pass_input(s);
        draw(s, now_ns, exposed);
        set_title(s, now_ns);
    }
    close_window(s);
    return NULL;
}

// --- beginning and end ---

static bool load_library(struct sdl *s, char *why, size_t whylen)
{
    s->lib.handle = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!s->lib.handle) {
        snprintf(why, whylen, "-display sdl: %s", dlerror());
        return false;
    }
#define SDL(name)                                                                                  \
    *(void **)(void *)&s->lib.name = dlsym(s->lib.handle, "SDL_" #name);                           \
    if (!s->lib.name) {                                                                            \
        snprintf(why, whylen, "-display sdl: this SDL has no SDL_" #name);                         \
        return false;                                                                              \
    }
#include "emu/display/sdl_functions.def"
#undef SDL
    return true;
}

// Signals are for the machine's thread.
static bool start_thread(struct sdl *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool good = pthread_create(&s->thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

static void release(struct sdl *s)
{
    vga_render_destroy(s->render);
    if (s->lib.handle)
        dlclose(s->lib.handle);
    pthread_cond_destroy(&s->ready);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct display *start(struct machine *m, char *why, size_t whylen)
{
    struct sdl *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, whylen, "out of memory");
        return NULL;
    }
    s->display.ops = &display_sdl;
    s->m = s->input.m = m;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ready, NULL);
    s->render = vga_render_create();
    if (!s->render)
        snprintf(why, whylen, "out of memory");
    else if (!vga_is_present(m->vga))
        snprintf(why, whylen, "-display sdl: the machine has no VGA (-vga std)");
    else if (load_library(s, why, whylen)) {
        if (start_thread(s)) {
            pthread_mutex_lock(&s->lock);
            while (!s->started)
                pthread_cond_wait(&s->ready, &s->lock);
            pthread_mutex_unlock(&s->lock);
            if (s->started > 0) {
                machine_attend(m);
                return &s->display;
            }
            pthread_join(s->thread, NULL);
            snprintf(why, whylen, "%s", s->why);
        } else {
            snprintf(why, whylen, "-display sdl: no thread");
        }
    }
    release(s);
    return NULL;
}

static void stop(struct display *d)
{
    struct sdl *s = (struct sdl *)(void *)d;
    atomic_store(&s->stop, true);
    pthread_join(s->thread, NULL);
    release(s);
}

const struct display_ops display_sdl = {.name = "sdl", .start = start, .stop = stop};
