/* Cleaning, escaping and printing of texts and numbers; contracts in text.h. */
#include "plots/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at s (n bytes left), 0 if there is none; *code is its
 * character. */
static size_t utf8_length(const unsigned char *s, size_t n, uint32_t *code)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = s[0] < 0x80             ? 1
                 : (s[0] & 0xe0) == 0xc0 ? 2
                 : (s[0] & 0xf0) == 0xe0 ? 3
                 : (s[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
    if (len == 0 || len > n)
        return 0;
    uint32_t c = len == 1 ? s[0] : s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return len;
}

/* Characters that reorder, hide or break a line of text, or that XML does not allow. */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

char *plots_clean_text(const char *bytes, size_t len)
{
    static const char replacement[] = "\xef\xbf\xbd", ellipsis[] = "\xe2\x80\xa6";
    const unsigned char *s = (const unsigned char *)bytes;
    size_t room = len < PLOTS_TEXT_MAX ? 3 * len : PLOTS_TEXT_MAX; /* a bad byte becomes three */
    if (room > PLOTS_TEXT_MAX)
        room = PLOTS_TEXT_MAX;
    char *clean = malloc(room + sizeof ellipsis);
    if (!clean)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t step = utf8_length(s + i, len - i, &c);
        const char *from = bytes + i;
        size_t add = step;
        if (step == 1 && (c == '\t' || c == '\n' || c == '\r')) {
            from = " ";
        } else if (step == 0 || is_deceptive(c)) {
            from = replacement;
            add = 3;
        }
        if (used + add > room) {
            memcpy(clean + used, ellipsis, 3);
            used += 3;
            break;
        }
        memcpy(clean + used, from, add);
        used += add;
        i += step ? step : 1;
    }
    clean[used] = '\0';
    return clean;
}

void plots_write_html(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*text, out);
        }
    }
}

void plots_write_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || strchr("\"\\<>&'", *text))
            fprintf(out, "\\u%04x", (unsigned char)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

void plots_chart_label(char *label, size_t size, const char *text)
{
    size_t used = 0;
    for (; *text && used + 1 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c & 0xc0) == 0x80) /* the first byte of the sequence has given its '?' */
            continue;
        label[used++] = c < 0x20 || c > 0x7e || strchr("\"'`\\%#", c) ? '?' : (char)c;
    }
    if (*text && used >= 2)
        memcpy(label + used - 2, "..", 2);
    label[used] = '\0';
}

const char *plots_number(char number[PLOTS_NUMBER_SIZE], double value)
{
    number[0] = '\0';
    if (!isfinite(value))
        return number;
    char digits[PLOTS_NUMBER_SIZE];
    double size = fabs(value);
    if (size >= 1e15 || (size > 0 && size < 1e-4)) {
        snprintf(number, PLOTS_NUMBER_SIZE, "%.2e", value);
        return number;
    }
    if (size < 999.5) {
        /* %g drops the zeros that carry the third digit ("1.5" for 1.50): count the places
         * ourselves. */
        int places = 2;
        if (size > 0) {
            char rounded[PLOTS_NUMBER_SIZE];
            snprintf(rounded, sizeof rounded, "%.2e", size);
            places = 2 - (int)floor(log10(strtod(rounded, NULL)) + 1e-9);
        }
        snprintf(number, PLOTS_NUMBER_SIZE, "%.*f", places > 0 ? places : 0, value);
        return number;
    }
    double unit = pow(10, floor(log10(size)) - 2);
    snprintf(digits, sizeof digits, "%.0f", round(size / unit) * unit);
    size_t n = strlen(digits), used = 0;
    if (value < 0)
        number[used++] = '-';
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            number[used++] = ',';
        number[used++] = digits[i];
    }
    number[used] = '\0';
    return number;
}

const char *plots_short_number(char number[PLOTS_NUMBER_SIZE], double value)
{
    static const char thousands[] = "kMGT";
    double size = fabs(value);
    if (!isfinite(value) || size < 9995 || size >= 999.5e12)
        return plots_number(number, value);
    int power = 0;
    for (value /= 1000; fabs(value) >= 999.5; value /= 1000)
        power++;
    plots_number(number, value);
    size_t used = strlen(number);
    number[used] = thousands[power];
    number[used + 1] = '\0';
    return number;
}
