/* See catalogue.h. */
#include "bench/catalogue.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/sha256.h"

#define FAMILY(id)                                                                                 \
    extern const struct test family_##id[];                                                        \
    extern const uint32_t family_##id##_count;
#include "bench/catalogue.def"
#undef FAMILY

struct catalogue_entry catalogue[CATALOGUE_MAX];
uint32_t catalogue_count;
uint8_t catalogue_sha[32];

static void catalogue_add_family(const struct test *tests, uint32_t count, struct sha256 *all)
{
    for (uint32_t i = 0; i < count && catalogue_count < CATALOGUE_MAX; i++) {
        struct catalogue_entry *e = &catalogue[catalogue_count++];
        struct sha256 one;
        e->test = &tests[i];
        e->id = line_crc32(0, tests[i].name, strlen_u32(tests[i].name)) & 0xFFFFFF;
        sha256_start(&one);
        sha256_add(&one, tests[i].code, (uint32_t)(tests[i].code_end - tests[i].code));
        sha256_finish(&one, e->code_sha);
        sha256_add(all, tests[i].name, strlen_u32(tests[i].name) + 1);
        sha256_add(all, e->code_sha, 32);
    }
}

void catalogue_init(void)
{
    struct sha256 all;
    sha256_start(&all);
    catalogue_count = 0;
#define FAMILY(id) catalogue_add_family(family_##id, family_##id##_count, &all);
#include "bench/catalogue.def"
#undef FAMILY
    sha256_finish(&all, catalogue_sha);
}

void catalogue_print(void)
{
    static const char *const need_word[32] = {
#define NEED(id, bit, word) [bit] = word,
#include "bench/needs.def"
#undef NEED
    };
    for (uint32_t i = 0; i < catalogue_count; i++) {
        const struct catalogue_entry *e = &catalogue[i];
        line_open("test");
        line_put_str("name", e->test->name);
        line_put_str("family", e->test->family);
        line_put_str("alias", e->test->alias);
        line_put_str("title", e->test->title);
        line_put_u64("ops", e->test->ops);
        line_put_str("kind", e->test->kind == KIND_FLOOR ? "floor" : "spread");
        line_put_hex("code", e->code_sha, 32);
        line_put_u64("bytes", (uint64_t)(e->test->code_end - e->test->code));
        line_put_words("needs", e->test->needs, need_word);
        line_put_u64("id", e->id);
        line_put_u64("index", i);
        line_close();
    }
}

bool catalogue_match_glob(const char *glob, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name) {
        if (*glob == '*') {
            star = ++glob;
            resume = name;
        } else if (*glob == '?' || *glob == *name) {
            glob++, name++;
        } else if (star) {
            glob = star;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return !*glob;
}
