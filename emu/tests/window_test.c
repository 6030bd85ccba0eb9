// What a window shows, without a window: scaling, the panel of the stages, the title, -display's
// words. Pixels are compared with what the rules of scale.h say, worked out for one pixel at a
// time.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "emu/display/display.h"
#include "emu/display/overlay.h"
#include "emu/display/scale.h"
#include "emu/display/speed.h"
#include "emu/tests/verdict.h"

enum { WINDOW_MAX = 1400 };
static uint32_t picture[1024 * 768], window[WINDOW_MAX * WINDOW_MAX];
static struct scale scale;
static uint64_t seed = 1;

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % n);
}

// --- scaling ---

static void test_fit(void)
{
    static const struct {
        unsigned width, height, window_width, window_height;
        bool integer;
        struct vga_rect to;
    } cases[] = {
        {720, 400, 720, 400, false, {0, 0, 720, 400}},
        {320, 200, 640, 400, false, {0, 0, 640, 400}},      // dots and lines doubled
        {640, 200, 640, 400, false, {0, 0, 640, 400}},      // lines doubled
        {360, 400, 720, 400, false, {0, 0, 720, 400}},      // dots doubled
        {1024, 768, 1280, 960, false, {0, 0, 1280, 960}},   // 5 for 4
        {1024, 768, 1280, 960, true, {128, 96, 1024, 768}}, // 1 for 1
        {320, 200, 1400, 1000, true, {60, 100, 1280, 800}}, // 2 times 640 x 400
        {320, 240, 1000, 1400, false, {0, 325, 1000, 750}}, // as wide as the window
        {320, 240, 1400, 300, false, {500, 0, 400, 300}},   // as high
        {1024, 768, 512, 1000, true, {0, 308, 512, 384}},   // no multiple fits: free
        {320, 200, 1, 1, false, {0, 0, 1, 0}},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        scale_set(&scale, cases[i].width, cases[i].height, cases[i].window_width,
                  cases[i].window_height, cases[i].integer);
        const struct vga_rect *got = &scale.to, *to = &cases[i].to;
        CHECK(got->x == to->x && got->y == to->y && got->width == to->width &&
                  got->height == to->height,
              "case %u lands at %u,%u %ux%u", i, got->x, got->y, got->width, got->height);
    }
    case_end("window.fit");
}

// Every pixel of the window shows the picture's nearest, or was never touched.
static void check_window(const char *what)
{
    const struct vga_rect *to = &scale.to;
    for (unsigned y = 0; y < WINDOW_MAX; y++)
        for (unsigned x = 0; x < WINDOW_MAX; x++) {
            bool inside =
                x >= to->x && x < to->x + to->width && y >= to->y && y < to->y + to->height;
            uint32_t want = 0xdeadbeef;
            if (inside)
                want = picture[(y - to->y) * scale.from_height / to->height * scale.from_width +
                               (x - to->x) * scale.from_width / to->width];
            uint32_t got = window[y * WINDOW_MAX + x];
            CHECK(got == want, "%s: pixel %u,%u is %06x, not %06x", what, x, y, got, want);
        }
}

static void test_draw(void)
{
    static const struct {
        unsigned width, height, window_width, window_height;
    } cases[] = {{320, 200, 640, 400},   {320, 200, 1399, 777},  {720, 400, 1399, 1399},
                 {1024, 768, 1280, 960}, {1024, 768, 1024, 768}, {1024, 768, 301, 997},
                 {640, 200, 640, 400},   {3, 2, 1400, 1400}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned width = cases[i].width, height = cases[i].height;
        for (unsigned n = 0; n < width * height; n++)
            picture[n] = random_below(1 << 24);
        for (unsigned n = 0; n < WINDOW_MAX * WINDOW_MAX; n++)
            window[n] = 0xdeadbeef;
        scale_set(&scale, width, height, cases[i].window_width, cases[i].window_height, false);
        struct vga_rect all = {.width = width, .height = height};
        struct vga_rect drawn = scale_draw(&scale, picture, &all, window, WINDOW_MAX);
        CHECK(memcmp(&drawn, &scale.to, sizeof drawn) == 0, "all is not all");
        check_window("all");
        // Pieces that change leave no seam and go nowhere else.
        for (unsigned n = 0; n < 40; n++) {
            struct vga_rect r = {.x = random_below(width), .y = random_below(height)};
            r.width = 1 + random_below(width - r.x);
            r.height = 1 + random_below(height - r.y);
            for (unsigned y = r.y; y < r.y + r.height; y++)
                for (unsigned x = r.x; x < r.x + r.width; x++)
                    picture[y * width + x] = random_below(1 << 24);
            scale_draw(&scale, picture, &r, window, WINDOW_MAX);
        }
        check_window("pieces");
    }
    case_end("window.scale");
}

// --- the panel ---

static uint32_t panel[OVERLAY_HEIGHT * OVERLAY_WIDTH];

static unsigned bar_length(unsigned s, uint32_t color)
{
    const uint32_t *line = panel + (overlay_bar_y((enum stage)s) + 3) * OVERLAY_WIDTH;
    unsigned n = 0;
    while (n < OVERLAY_BAR_WIDTH && line[OVERLAY_BAR_X + n] == color)
        n++;
    return n;
}

static void test_panel(void)
{
    struct overlay_figures f = {.engine = "jit", .mips = 123};
    for (unsigned s = 0; s < STAGE_COUNT; s++)
        f.share[s] = s / 10.0;
    overlay_draw(&f, panel);
    for (unsigned s = 0; s < STAGE_COUNT; s++) {
        unsigned want = (unsigned)(s * OVERLAY_BAR_WIDTH / 10);
        CHECK(s == 0 || bar_length(s, overlay_colors[s]) == want, "bar %u is %u long, not %u", s,
              bar_length(s, overlay_colors[s]), want);
        CHECK(panel[(overlay_bar_y((enum stage)s) + 3) * OVERLAY_WIDTH + OVERLAY_BAR_X +
                    OVERLAY_BAR_WIDTH - 1] ==
                  (want == OVERLAY_BAR_WIDTH ? overlay_colors[s] : overlay_empty),
              "the end of bar %u", s);
        for (unsigned other = 0; other < s; other++)
            CHECK(overlay_colors[s] != overlay_colors[other], "two stages of one colour");
    }
    CHECK(bar_length(0, overlay_empty) == OVERLAY_BAR_WIDTH, "an empty bar");
    f.engine = "a name of more letters than there are in a line of the panel";
    f.mips = 1e300;
    f.share[0] = 7;
    f.share[1] = -7;
    overlay_draw(&f, panel); // the sanitizers look
    CHECK(bar_length(0, overlay_colors[0]) == OVERLAY_BAR_WIDTH &&
              bar_length(1, overlay_empty) == OVERLAY_BAR_WIDTH,
          "shares that cannot be");
    case_end("window.panel");
}

static void test_title(void)
{
    struct overlay_figures f = {.engine = "jit", .mips = 152.7};
    char line[96];
    speed_write_line(&f, false, line, sizeof line);
    CHECK(strcmp(line, "153 MIPS") == 0, "'%s'", line);
    f.share[STAGE_execute] = 0.9;
    f.share[STAGE_decode] = 0.006;
    speed_write_line(&f, false, line, sizeof line);
    CHECK(strcmp(line, "153 MIPS, execute 90 %") == 0, "'%s'", line);
    f.share[STAGE_idle] = 0.06;
    f.share[STAGE_mmu] = 0.034;
    speed_write_line(&f, false, line, sizeof line);
    CHECK(strcmp(line, "153 MIPS, execute 90 %, idle 6 %") == 0, "'%s'", line);
    f.share[STAGE_idle] = 0.96;
    speed_write_line(&f, false, line, sizeof line);
    CHECK(strcmp(line, "153 MIPS, idle 96 %, execute 90 %") == 0, "'%s'", line);
    speed_write_line(&f, true, line, sizeof line);
    CHECK(strcmp(line, "paused") == 0, "'%s'", line);
    char small[12];
    speed_write_line(&f, false, small, sizeof small);
    CHECK(strcmp(small, "153 MIPS, i") == 0, "'%s'", small);
    case_end("window.title");
}

// --- the option ---

static void test_option(void)
{
    struct display_options o;
    char why[256];
    CHECK(!display_parse("sdl", &o, why, sizeof why) && !o.integer && !o.full && o.close_ends,
          "sdl");
    CHECK(
        !display_parse("sdl,scale=integer,full-screen=on,window-close=off", &o, why, sizeof why) &&
            o.integer && o.full && !o.close_ends,
        "all of sdl's");
    CHECK(!display_parse("none", &o, why, sizeof why), "none");
    static const struct {
        const char *text, *message;
    } bad[] = {{"", "'' is not supported"},
               {"gtk", "'gtk' is not supported; there are sdl and none"},
               {"sdl,speed=9", "no property 'speed'"},
               {"sdl,scale", "scale cannot be ''"},
               {"sdl,scale=big", "scale cannot be 'big'"},
               {"sdl,full-screen=maybe", "full-screen cannot be 'maybe'"},
               {"sdl,", "no property ''"}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(display_parse(bad[i].text, &o, why, sizeof why) == -1 && strstr(why, bad[i].message),
              "'%s' says '%s'", bad[i].text, why);
    char longest[300] = "sdl";
    for (unsigned n = 3; n + 15 < sizeof longest; n += 14)
        strcpy(longest + n, ",scale=integer");
    CHECK(display_parse(longest, &o, why, sizeof why) == -1, "words without end");
    case_end("window.option");
}

int main(void)
{
    test_fit();
    test_draw();
    test_panel();
    test_title();
    test_option();
    return verdict_failures != 0;
}
