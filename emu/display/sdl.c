// A window by SDL2: the picture scaled to its size, keys by their places, a mouse that is caught by
// a click, full screen, the machine's speed in the title and a panel of its stages.
//
//   ctrl-alt-g   catch or let go of keyboard and mouse
//   ctrl-alt-f   full screen and back
//   ctrl-alt-s   the stages' bars
//   ctrl-alt-i   whole multiples of the picture's size only, or any size
//   ctrl-alt-u   the window as large as the picture is by itself
//   closing the window ends the machine
//
// All of SDL happens on the thread that is made here. It looks at the screen 60 times a second
// while something moves, less often where drawing is so dear that it would take more than a 25th of
// a processor (but 15 times at least), 20 times a second when nothing moves.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "emu/display/sdl_window.h"

enum {
    BUSY_MS = 16,
    BUSY_MS_MAX = 66,
    SHARE = 25, // of a processor: one part of so many
    QUIET_MS = 50,
    QUIET_AFTER_NS = 500 * 1000 * 1000,
};

// --- the thread ---

static bool open_window(struct sdl *s)
{
    s->lib.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); // they are main()'s
    // The window's own memory: SDL would have a software OpenGL draw for us, on all processors.
    s->lib.SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    s->lib.SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (s->lib.Init(SDL_INIT_VIDEO))
        return false;
    s->chosen_width = 720;
    s->chosen_height = 400;
    s->window = s->lib.CreateWindow("Tickmark", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                    s->chosen_width, s->chosen_height, SDL_WINDOW_RESIZABLE);
    if (s->window && s->options.full) {
        sdl_set_full(s, true);
        sdl_grab(s, true);
    }
    return s->window && s->lib.GetWindowSurface(s->window);
}

static void close_window(struct sdl *s)
{
    sdl_close_picture(s);
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

static void set_title(struct sdl *s, uint64_t now_ns)
{
    char line[96], title[160];
    if (!speed_look(&s->speed, now_ns, line, sizeof line))
        return;
    snprintf(title, sizeof title, "Tickmark: %s%s", line,
             s->grabbed ? " - ctrl-alt-g lets go" : "");
    s->lib.SetWindowTitle(s->window, title);
}

static int choose_wait_ms(const struct sdl *s, uint64_t now_ns)
{
    if (now_ns - s->changed_ns > QUIET_AFTER_NS)
        return QUIET_MS;
    uint64_t ms = s->draw_ns * SHARE / 1000000;
    return ms < BUSY_MS ? BUSY_MS : ms > BUSY_MS_MAX ? BUSY_MS_MAX : (int)ms;
}

static void *run(void *opaque)
{
    struct sdl *s = opaque;
    pthread_setname_np(pthread_self(), "tm-display");
    bool good = open_window(s);
    say_started(s, good);
    while (good && !atomic_load(&s->stop)) {
        SDL_Event e;
        uint64_t now_ns = clock_host_ns();
        bool all = false;
        for (bool more = s->lib.WaitEventTimeout(&e, choose_wait_ms(s, now_ns)); more;
             more = s->lib.PollEvent(&e))
            all |= sdl_on_event(s, &e);
        sdl_pass_input(s);
        sdl_draw(s, now_ns, all);
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

static struct display *start(struct machine *m, const struct display_options *options, char *why,
                             size_t whylen)
{
    struct sdl *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, whylen, "out of memory");
        return NULL;
    }
    s->display.ops = &display_sdl;
    s->options = *options;
    s->integer = options->integer;
    s->m = s->input.m = m;
    speed_init(&s->speed, m);
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
