// What the window shows: the picture scaled into its memory, the panel of the stages over it. Only
// rectangles that changed are drawn and handed to the window system.
#include <string.h>
#include <time.h>

#include "emu/display/sdl_window.h"

enum { PANEL_MARGIN = 8, PANEL_GROWS_WIDTH = 480, PANEL_GROWS_HEIGHT = 320 };

void sdl_forget_surface(struct sdl *s)
{
    s->surface = NULL;
}

void sdl_close_picture(struct sdl *s)
{
    if (s->shadow)
        s->lib.FreeSurface(s->shadow);
    s->shadow = NULL;
    s->surface = NULL;
}

// --- the window's size ---

// A window that has grown stays on the screen as far as it fits.
static void keep_inside(struct sdl *s, const SDL_Rect *room)
{
    int x = 0, y = 0;
    s->lib.GetWindowPosition(s->window, &x, &y);
    int right = room->x + room->w - s->chosen_width, bottom = room->y + room->h - s->chosen_height;
    if (x > right || y > bottom)
        s->lib.SetWindowPosition(s->window, x > right ? right : x, y > bottom ? bottom : y);
}

static void give_size(struct sdl *s)
{
    unsigned width, height;
    SDL_Rect room;
    scale_natural_size(s->picture->width, s->picture->height, &width, &height);
    s->chosen_width = (int)width;
    s->chosen_height = (int)height;
    if (s->lib.GetDisplayUsableBounds(0, &room) == 0 && room.w > 0 && room.h > 0) {
        s->chosen_width = s->chosen_width > room.w ? room.w : s->chosen_width;
        s->chosen_height = s->chosen_height > room.h ? room.h : s->chosen_height;
        keep_inside(s, &room);
    }
    s->lib.SetWindowSize(s->window, s->chosen_width, s->chosen_height);
    sdl_forget_surface(s);
}

void sdl_natural_size(struct sdl *s)
{
    if (s->full)
        sdl_set_full(s, false);
    if (s->picture)
        give_size(s);
}

void sdl_set_full(struct sdl *s, bool full)
{
    s->full = full;
    s->lib.SetWindowFullscreen(s->window, full ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    sdl_forget_surface(s);
}

// The guest has set another mode. A window that somebody has drawn to a size of his own keeps it.
static void follow_mode(struct sdl *s)
{
    int width = 0, height = 0;
    s->lib.GetWindowSize(s->window, &width, &height);
    if (!s->full && width == s->chosen_width && height == s->chosen_height)
        give_size(s);
    sdl_forget_surface(s);
}

// --- its memory ---

// 0x00RRGGBB, or the shadow is what we draw into.
static bool is_plain(const SDL_Surface *surface)
{
    return surface->format->BytesPerPixel == 4 && surface->format->Rmask == 0xff0000 &&
           surface->format->Gmask == 0xff00 && surface->format->Bmask == 0xff;
}

static SDL_Surface *canvas(const struct sdl *s)
{
    return s->shadow ? s->shadow : s->surface;
}

static bool open_surface(struct sdl *s)
{
    sdl_close_picture(s);
    s->surface = s->lib.GetWindowSurface(s->window);
    if (!s->surface)
        return false;
    if (!is_plain(s->surface)) {
        s->shadow = s->lib.CreateRGBSurfaceWithFormat(0, s->surface->w, s->surface->h, 32,
                                                      SDL_PIXELFORMAT_RGB888);
        if (!s->shadow) {
            s->surface = NULL;
            return false;
        }
    }
    s->lib.FillRect(canvas(s), NULL, 0);
    scale_set(&s->scale, s->picture->width, s->picture->height, (unsigned)s->surface->w,
              (unsigned)s->surface->h, s->integer);
    return true;
}

// --- the panel ---

// Its place: top left, twice or three times as large in large windows; empty if there is no room.
static struct vga_rect panel_place(const struct sdl *s, unsigned *times)
{
    unsigned width = (unsigned)s->surface->w, height = (unsigned)s->surface->h;
    unsigned by_width = width / PANEL_GROWS_WIDTH, by_height = height / PANEL_GROWS_HEIGHT;
    *times = by_width < by_height ? by_width : by_height;
    *times = *times < 1 ? 1 : *times > 3 ? 3 : *times;
    struct vga_rect r = {.x = PANEL_MARGIN,
                         .y = PANEL_MARGIN,
                         .width = OVERLAY_WIDTH * *times,
                         .height = OVERLAY_HEIGHT * *times};
    if (r.x + r.width > width || r.y + r.height > height)
        r.width = r.height = 0;
    return r;
}

static void draw_panel(struct sdl *s, const struct vga_rect *place, unsigned times)
{
    SDL_Surface *to = canvas(s);
    for (unsigned y = 0; y < place->height; y++) {
        const uint32_t *from = s->panel + y / times * OVERLAY_WIDTH;
        uint32_t *line = (uint32_t *)(void *)((uint8_t *)to->pixels +
                                              (size_t)(place->y + y) * (size_t)to->pitch) +
                         place->x;
        for (unsigned x = 0; x < place->width; x++)
            line[x] = from[x / times];
    }
}

static bool overlaps(const struct vga_rect *a, const struct vga_rect *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

// --- showing ---

static void show(struct sdl *s, bool all, bool panel_changed)
{
    SDL_Rect changed[VGA_RECTS_MAX + 1];
    unsigned n = 0, times;
    const struct vga_picture *p = s->picture;
    struct vga_rect whole = {.width = p->width, .height = p->height};
    struct vga_rect panel = panel_place(s, &times);
    SDL_Surface *to = canvas(s);
    for (unsigned i = 0; i < (all ? 1 : p->ndirty); i++) {
        struct vga_rect r = scale_draw(&s->scale, p->pixels, all ? &whole : &p->dirty[i],
                                       to->pixels, (unsigned)to->pitch / 4);
        panel_changed |= overlaps(&r, &panel);
        if (r.width && r.height)
            changed[n++] = (SDL_Rect){(int)r.x, (int)r.y, (int)r.width, (int)r.height};
    }
    if (s->overlay && panel_changed && panel.width) {
        draw_panel(s, &panel, times);
        changed[n++] = (SDL_Rect){(int)panel.x, (int)panel.y, (int)panel.width, (int)panel.height};
    }
    if (all) // the black around it, too
        changed[n = 0] = (SDL_Rect){0, 0, s->surface->w, s->surface->h}, n = 1;
    for (unsigned i = 0; s->shadow && i < n; i++) {
        SDL_Rect r = changed[i];
        s->lib.UpperBlit(s->shadow, &r, s->surface, &r);
    }
    if (n && s->lib.UpdateWindowSurfaceRects(s->window, changed, (int)n))
        sdl_forget_surface(s); // it was of a window of another size: again with the next look
}

static uint64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void sdl_draw(struct sdl *s, uint64_t now_ns, bool all)
{
    struct vga_regs regs;
    uint64_t start_ns = thread_ns();
    bool panel_changed = false;
    if (s->overlay && s->speed.fresh) {
        overlay_draw(&s->speed.figures, s->panel);
        s->speed.fresh = false;
        panel_changed = true;
    }
    const uint8_t *vram = vga_snapshot(s->m->vga, &regs);
    s->picture = vga_render_frame(s->render, &regs, vram, now_ns / vga_frame_ns(&regs));
    if (s->picture->resized)
        follow_mode(s);
    if (s->hidden)
        return;
    if (!s->surface) {
        if (!open_surface(s))
            return;
        all = true;
    }
    if (all || panel_changed || s->picture->ndirty)
        show(s, all, panel_changed);
    if (s->picture->ndirty) {
        s->changed_ns = now_ns;
        s->draw_ns = (s->draw_ns * 7 + (thread_ns() - start_ns)) / 8;
    }
}
