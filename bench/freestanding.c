/* See freestanding.h. Built with -fno-builtin semantics in mind: a loop here must not become a call
 * to itself, hence the string instructions. */
#include "bench/freestanding.h"

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    void *start = to;
    size_t words = len / 4, bytes = len % 4;
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t len)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (t <= f)
        return memcpy(to, from, len);
    while (len--) {
        t[len] = f[len];
        __asm__ volatile("" : : : "memory");
    }
    return to;
}

void *memset(void *to, int byte, size_t len)
{
    void *start = to;
    size_t words = len / 4, bytes = len % 4;
    uint32_t fill = (uint32_t)(unsigned char)byte * 0x01010101u;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(fill) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(fill) : "memory");
    return start;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    while (len >= 4 && *(const uint32_t *)(const void *)x == *(const uint32_t *)(const void *)y)
        x += 4, y += 4, len -= 4;
    for (; len; x++, y++, len--)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

size_t strlen(const char *s)
{
    size_t len = 0;
    while (s[len]) {
        len++;
        __asm__ volatile("" : : : "memory");
    }
    return len;
}

uint32_t strlen_u32(const char *s)
{
    return (uint32_t)strlen(s);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

uint64_t div_u64_u32(uint64_t value, uint32_t by, uint32_t *rest)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    uint32_t q_high = high / by, r = high % by, q_low;
    __asm__("divl %4" : "=a"(q_low), "=d"(r) : "0"(low), "1"(r), "r"(by) : "cc");
    if (rest)
        *rest = r;
    return (uint64_t)q_high << 32 | q_low;
}
