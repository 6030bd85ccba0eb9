// Keys by their places, the mouse while it is caught, and the commands behind ctrl-alt.
#include "emu/display/sdl_window.h"

// --- to the machine ---

static void tell_machine(void *opaque)
{
    struct sdl_input *in = opaque;
    for (unsigned i = 0; i < in->nkeys; i++)
        machine_key(in->m, in->key[i].code, in->key[i].down);
    if (in->moved)
        machine_mouse(in->m, in->dx, -in->dy, in->dz, in->buttons);
}

void sdl_pass_input(struct sdl *s)
{
    struct sdl_input *in = &s->input;
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
    if (s->input.nkeys == SDL_KEYS_AT_ONCE)
        sdl_pass_input(s);
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

// Nor a button.
static void release_buttons(struct sdl *s)
{
    if (!s->input.buttons)
        return;
    s->input.buttons = 0;
    s->input.moved = true;
}

// --- commands ---

void sdl_grab(struct sdl *s, bool on)
{
    if (!on)
        release_buttons(s);
    s->grabbed = on;
    s->lib.SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    s->lib.SetWindowKeyboardGrab(s->window, on ? SDL_TRUE : SDL_FALSE);
    speed_say_soon(&s->speed);
}

static bool do_command(struct sdl *s, SDL_Scancode code)
{
    switch (code) {
    case SDL_SCANCODE_G: sdl_grab(s, !s->grabbed); return true;
    case SDL_SCANCODE_F:
        if (!s->full)
            s->was_grabbed = s->grabbed;
        sdl_set_full(s, !s->full);
        sdl_grab(s, s->full || s->was_grabbed); // there is nowhere else for the mouse to go
        return true;
    case SDL_SCANCODE_S:
        s->overlay = !s->overlay;
        speed_watch(&s->speed, s->overlay);
        sdl_forget_surface(s); // what was below the panel comes back
        return true;
    case SDL_SCANCODE_I:
        s->integer = !s->integer;
        sdl_forget_surface(s);
        return true;
    case SDL_SCANCODE_U: sdl_natural_size(s); return true;
    default: return false;
    }
}

static bool is_command(struct sdl *s, const SDL_KeyboardEvent *key)
{
    SDL_Keymod mod = s->lib.GetModState();
    SDL_Scancode code = key->keysym.scancode;
    bool ours = code == SDL_SCANCODE_G || code == SDL_SCANCODE_F || code == SDL_SCANCODE_S ||
                code == SDL_SCANCODE_I || code == SDL_SCANCODE_U;
    if (!(mod & KMOD_CTRL) || !(mod & KMOD_ALT) || !ours)
        return false;
    if (key->repeat)
        return true;
    release_keys(s); // ctrl and alt were for us
    return do_command(s, code);
}

// --- events ---

static void on_button(struct sdl *s, const SDL_MouseButtonEvent *b)
{
    // left, middle, right and the two at the side as ps2.h has them
    static const uint8_t bits[] = {0, 1, 4, 2, 8, 16};
    uint8_t bit = b->button < sizeof bits ? bits[b->button] : 0;
    if (!s->grabbed) { // the click that catches is not the guest's
        if (b->state == SDL_PRESSED)
            sdl_grab(s, true);
        return;
    }
    uint8_t *buttons = &s->input.buttons;
    *buttons = (uint8_t)(b->state == SDL_PRESSED ? *buttons | bit : *buttons & ~bit);
    s->input.moved = true;
    sdl_pass_input(s); // each change of a button is a report of its own
}

static void on_wheel(struct sdl *s, const SDL_MouseWheelEvent *w)
{
    if (!s->grabbed)
        return;
    s->input.dz += w->direction == SDL_MOUSEWHEEL_FLIPPED ? w->y : -w->y;
    s->input.moved = true;
}

static bool on_window(struct sdl *s, const SDL_WindowEvent *w)
{
    switch (w->event) {
    case SDL_WINDOWEVENT_FOCUS_LOST:
        release_keys(s);
        sdl_grab(s, false);
        break;
    case SDL_WINDOWEVENT_FOCUS_GAINED:
        if (s->full)
            sdl_grab(s, true);
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED: sdl_forget_surface(s); break;
    case SDL_WINDOWEVENT_MINIMIZED:
    case SDL_WINDOWEVENT_HIDDEN: s->hidden = true; break;
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_SHOWN: s->hidden = false; break;
    default: break;
    }
    return true;
}

bool sdl_on_event(struct sdl *s, const SDL_Event *e)
{
    switch (e->type) {
    case SDL_QUIT:
        if (s->options.close_ends)
            machine_stop(s->m);
        break;
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
    case SDL_MOUSEWHEEL: on_wheel(s, &e->wheel); break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: on_button(s, &e->button); break;
    case SDL_WINDOWEVENT: return on_window(s, &e->window);
    default: break;
    }
    return false;
}
