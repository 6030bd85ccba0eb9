/* The line protocol: one JSON object per line after the prefix "@tm ", see architecture.md.
 *
 *   line_open("note"); line_put_str("text", "..."); line_close();
 *
 * `sum` of the bye line is the CRC-32 (IEEE 802.3, as in zip) of all bytes of all lines before it,
 * prefixes and newlines included, as a decimal number. A line that would outgrow the buffer loses
 * its later fields, never its syntax, and says "cut":true. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H
#include <stdbool.h>
#include <stdint.h>

void line_open(const char *event);
void line_put_str(const char *key, const char *value);
void line_put_u64(const char *key, uint64_t value);
void line_put_milli(const char *key, uint32_t value); /* value/1000 with three decimals */
void line_put_hex(const char *key, const uint8_t *bytes, uint32_t len);
void line_put_pair(const char *key, uint32_t a, uint32_t b); /* [a,b] */
void line_put_words(const char *key, uint32_t set,
                    const char *const word[32]); /* names of the set bits as an array */
void line_close(void);

void line_note(const char *test, const char *text); /* test may be NULL */
void line_bye(uint32_t samples);
uint32_t line_crc32(uint32_t crc, const void *bytes, uint32_t len); /* start with 0 */

/* Plain text building for notes: append to a NUL-terminated string of a given capacity. */
void line_append(char *text, uint32_t size, const char *more);
/* The text becomes "WHATPATH: WHY" and is returned. */
const char *line_complain(char *text, uint32_t size, const char *what, const char *path,
                          const char *why);
void line_append_hex(char *text, uint32_t size, uint32_t value);
void line_append_dec(char *text, uint32_t size, uint32_t value);

#endif
