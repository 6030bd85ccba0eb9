/* digest.c: see digest.h. */
#include "collector/digest.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

static void write_hex(struct sha256_ctx *sha, char hex[DIGEST_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(sha, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void digest_text(const char *text, char hex[DIGEST_HEX])
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, strlen(text), (const uint8_t *)text);
    write_hex(&sha, hex);
}

int digest_file(const char *path, char hex[DIGEST_HEX])
{
    FILE *in = fopen(path, "rbe");
    if (!in)
        return -1;
    struct sha256_ctx sha;
    uint8_t buffer[65536];
    size_t got;
    sha256_init(&sha);
    while ((got = fread(buffer, 1, sizeof buffer, in)) > 0)
        sha256_update(&sha, got, buffer);
    int bad = ferror(in);
    fclose(in);
    if (bad)
        return -1;
    write_hex(&sha, hex);
    return 0;
}

uint32_t digest_crc32(uint32_t crc, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    crc = ~crc;
    while (count--) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}
