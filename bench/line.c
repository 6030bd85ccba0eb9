/* See line.h. */
#include "bench/line.h"
#include "bench/freestanding.h"
#include "bench/port/port.h"

#define LINE_BYTES 4000u
#define LINE_TAIL  16u /* kept free for the closing of a cut line */

static char line_text[LINE_BYTES];
static uint32_t line_len;
static bool line_cut;
static uint32_t line_sum;

uint32_t line_crc32(uint32_t crc, const void *bytes, uint32_t len)
{
    static uint32_t table[256];
    if (!table[1])
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;
            for (int k = 0; k < 8; k++)
                c = c >> 1 ^ (c & 1 ? 0xEDB88320u : 0);
            table[i] = c;
        }
    const uint8_t *p = bytes;
    crc = ~crc;
    while (len--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 0xFF];
    return ~crc;
}

/* All or nothing, so that a cut line is still JSON. */
static bool line_room(uint32_t len)
{
    if (line_cut || line_len + len + LINE_TAIL > LINE_BYTES)
        line_cut = true;
    return !line_cut;
}

static void line_raw(const char *text, uint32_t len)
{
    memcpy(line_text + line_len, text, len);
    line_len += len;
}

static void line_key(const char *key)
{
    line_raw(",\"", 2);
    line_raw(key, strlen_u32(key));
    line_raw("\":", 2);
}

static uint32_t line_format_u64(char out[20], uint64_t value)
{
    char reversed[20];
    uint32_t len = 0, digit;
    do {
        value = div_u64_u32(value, 10, &digit);
        reversed[len++] = (char)('0' + digit);
    } while (value);
    for (uint32_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    return len;
}

void line_open(const char *event)
{
    line_len = 0;
    line_cut = false;
    line_raw("@tm {\"ev\":\"", 11);
    line_raw(event, strlen_u32(event));
    line_raw("\"", 1);
}

void line_put_str(const char *key, const char *value)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t len = strlen_u32(value);
    if (!line_room(strlen_u32(key) + 6 * len + 6))
        return;
    line_key(key);
    line_raw("\"", 1);
    for (uint32_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c == '"' || c == '\\') {
            line_raw("\\", 1);
            line_raw(value + i, 1);
        } else if (c < 0x20 || c > 0x7E) { /* bytes, not characters: their Latin-1 reading */
            char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
            line_raw(escape, 6);
        } else {
            line_raw(value + i, 1);
        }
    }
    line_raw("\"", 1);
}

void line_put_u64(const char *key, uint64_t value)
{
    char text[20];
    uint32_t len = line_format_u64(text, value);
    if (!line_room(strlen_u32(key) + len + 4))
        return;
    line_key(key);
    line_raw(text, len);
}

void line_put_milli(const char *key, uint32_t value)
{
    char text[24];
    uint32_t len = line_format_u64(text, value / 1000), part = value % 1000;
    if (!line_room(strlen_u32(key) + len + 8))
        return;
    text[len++] = '.';
    text[len++] = (char)('0' + part / 100);
    text[len++] = (char)('0' + part / 10 % 10);
    text[len++] = (char)('0' + part % 10);
    line_key(key);
    line_raw(text, len);
}

void line_put_hex(const char *key, const uint8_t *bytes, uint32_t len)
{
    static const char digits[] = "0123456789abcdef";
    if (!line_room(strlen_u32(key) + 2 * len + 6))
        return;
    line_key(key);
    line_raw("\"", 1);
    for (uint32_t i = 0; i < len; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        line_raw(pair, 2);
    }
    line_raw("\"", 1);
}

void line_put_pair(const char *key, uint32_t a, uint32_t b)
{
    char text[20];
    if (!line_room(strlen_u32(key) + 48))
        return;
    line_key(key);
    line_raw("[", 1);
    line_raw(text, line_format_u64(text, a));
    line_raw(",", 1);
    line_raw(text, line_format_u64(text, b));
    line_raw("]", 1);
}

void line_put_words(const char *key, uint32_t set, const char *const word[32])
{
    if (!line_room(strlen_u32(key) + 200))
        return;
    line_key(key);
    line_raw("[", 1);
    bool first = true;
    for (uint32_t i = 0; i < 32; i++)
        if (set >> i & 1 && word[i]) {
            line_raw(first ? "\"" : ",\"", first ? 1 : 2);
            line_raw(word[i], strlen_u32(word[i]));
            line_raw("\"", 1);
            first = false;
        }
    line_raw("]", 1);
}

void line_close(void)
{
    if (line_cut)
        line_raw(",\"cut\":true", 11);
    line_raw("}\n", 2);
    line_sum = line_crc32(line_sum, line_text, line_len);
    port_write(line_text, line_len);
}

void line_note(const char *test, const char *text)
{
    line_open("note");
    if (test)
        line_put_str("test", test);
    line_put_str("text", text);
    line_close();
}

void line_bye(uint32_t samples)
{
    uint32_t sum = line_sum;
    line_open("bye");
    line_put_u64("samples", samples);
    line_put_u64("sum", sum);
    line_close();
}

void line_append(char *text, uint32_t size, const char *more)
{
    uint32_t at = strlen_u32(text);
    while (*more && at + 1 < size)
        text[at++] = *more++;
    text[at] = 0;
}

const char *line_complain(char *text, uint32_t size, const char *what, const char *path,
                          const char *why)
{
    text[0] = 0;
    line_append(text, size, what);
    line_append(text, size, path);
    line_append(text, size, ": ");
    line_append(text, size, why);
    return text;
}

void line_append_hex(char *text, uint32_t size, uint32_t value)
{
    char digits[9];
    for (uint32_t i = 0; i < 8; i++)
        digits[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    digits[8] = 0;
    line_append(text, size, digits);
}

void line_append_dec(char *text, uint32_t size, uint32_t value)
{
    char digits[21];
    digits[line_format_u64(digits, value)] = 0;
    line_append(text, size, digits);
}
