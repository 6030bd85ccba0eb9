/* digest.h: SHA-256 as 64 hex digits (nettle), CRC-32 (IEEE 802.3) for the line protocol's closing
 * sum. */
#ifndef COLLECTOR_DIGEST_H
#define COLLECTOR_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX 65

void digest_text(const char *text, char hex[DIGEST_HEX]);
/* 0, or -1 when the file cannot be read (errno tells). */
int digest_file(const char *path, char hex[DIGEST_HEX]);
/* Continue a CRC-32; the first call gets 0. */
uint32_t digest_crc32(uint32_t crc, const void *bytes, size_t count);

#endif
