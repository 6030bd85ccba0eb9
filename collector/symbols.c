/* symbols.c: see symbols.h. Files are checked as they are read: an ELF file's tables must lie
 * within it. */
#include "collector/symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX    (512l << 20)
#define FAR_AWAY    (16u << 20) /* farther from the last symbol than this nothing is named by it */
#define SYMBOLS_MAX (4u << 20)

static int add(struct symbols *s, uint64_t address, uint64_t bytes, const char *name, size_t length)
{
    if (!length || address > UINT32_MAX || s->count == SYMBOLS_MAX)
        return 0;
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 1024;
        struct symbol *list = realloc(s->list, room * sizeof *list);
        if (!list)
            return -1;
        s->list = list;
        s->room = room;
    }
    char *copy = strndup(name, length);
    if (!copy)
        return -1;
    s->list[s->count++] =
        (struct symbol){(uint32_t)address, bytes <= UINT32_MAX ? (uint32_t)bytes : 0, copy};
    return 0;
}

/* Lines of others are passed over: `nm` has some without an address. */
static size_t read_map(struct symbols *s, char *text)
{
    size_t found = 0;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        char *end, type;
        unsigned long long address = strtoull(line, &end, 16);
        if (end == line || *end != ' ')
            continue;
        type = end[1];
        if (!type || end[2] != ' ' || !strchr("tTwWiVv", type))
            continue;
        const char *name = end + 3;
        /* the upper half of a 64-bit kernel's addresses says nothing here */
        if (add(s, address & UINT32_MAX, 0, name, strcspn(name, " \t\r")) == 0)
            found++;
    }
    return found;
}

/* Sections and symbols of both classes have the same fields in other places. */
#define READ_ELF(bits)                                                                             \
    static size_t read_elf##bits(struct symbols *s, const uint8_t *file, size_t bytes)             \
    {                                                                                              \
        Elf##bits##_Ehdr head;                                                                     \
        size_t found = 0;                                                                          \
        if (bytes < sizeof head)                                                                   \
            return 0;                                                                              \
        memcpy(&head, file, sizeof head);                                                          \
        if (head.e_shentsize != sizeof(Elf##bits##_Shdr) || head.e_shoff > bytes ||                \
            (bytes - head.e_shoff) / sizeof(Elf##bits##_Shdr) < head.e_shnum)                      \
            return 0;                                                                              \
        for (unsigned i = 0; i < head.e_shnum; i++) {                                              \
            Elf##bits##_Shdr table, names;                                                         \
            memcpy(&table, file + head.e_shoff + i * sizeof table, sizeof table);                  \
            if (table.sh_type != SHT_SYMTAB || table.sh_link >= head.e_shnum)                      \
                continue;                                                                          \
            memcpy(&names, file + head.e_shoff + table.sh_link * sizeof names, sizeof names);      \
            if (table.sh_offset > bytes || table.sh_size > bytes - table.sh_offset ||              \
                names.sh_offset > bytes || names.sh_size > bytes - names.sh_offset)                \
                continue;                                                                          \
            for (size_t at = 0; table.sh_size - at >= sizeof(Elf##bits##_Sym);                     \
                 at += sizeof(Elf##bits##_Sym)) {                                                  \
                Elf##bits##_Sym symbol;                                                            \
                memcpy(&symbol, file + table.sh_offset + at, sizeof symbol);                       \
                unsigned type = symbol.st_info & 15;                                               \
                if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS ||                  \
                    (type != STT_FUNC && type != STT_NOTYPE && type != STT_OBJECT) ||              \
                    symbol.st_name >= names.sh_size)                                               \
                    continue;                                                                      \
                const char *name = (const char *)file + names.sh_offset + symbol.st_name;          \
                size_t length = strnlen(name, names.sh_size - symbol.st_name);                     \
                found += add(s, symbol.st_value & UINT32_MAX, symbol.st_size, name, length) == 0;  \
            }                                                                                      \
        }                                                                                          \
        return found;                                                                              \
    }
READ_ELF(32)
READ_ELF(64)

static char *read_file(const char *path, size_t *bytes, char *err, size_t errlen)
{
    FILE *f = fopen(path, "r");
    long size = -1;
    char *text = NULL;
    if (f && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    if (size >= 0 && size <= FILE_MAX && fseek(f, 0, SEEK_SET) == 0)
        text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, f) != (size_t)size) {
        snprintf(err, errlen, "%.500s: %s", path,
                 size > FILE_MAX ? "more than 512 MiB"
                 : errno         ? strerror(errno)
                                 : "cannot be read");
        free(text);
        text = NULL;
    } else {
        text[size] = 0;
        *bytes = (size_t)size;
    }
    if (f)
        fclose(f);
    return text;
}

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return strcmp(y->name, x->name); /* of several the first of the alphabet is found */
}

int symbols_load(struct symbols *symbols, const char *path, char *err, size_t errlen)
{
    size_t bytes = 0, found;
    errno = 0;
    char *text = read_file(path, &bytes, err, errlen);
    if (!text)
        return -1;
    const uint8_t *file = (const uint8_t *)text;
    if (bytes > EI_CLASS && !memcmp(file, ELFMAG, SELFMAG))
        found = file[EI_CLASS] == ELFCLASS64 ? read_elf64(symbols, file, bytes)
                                             : read_elf32(symbols, file, bytes);
    else
        found = strlen(text) == bytes ? read_map(symbols, text) : 0;
    free(text);
    if (!found) {
        snprintf(err, errlen, "%.500s: neither a System.map nor an ELF file with symbols", path);
        return -1;
    }
    qsort(symbols->list, symbols->count, sizeof *symbols->list, by_address);
    return 0;
}

void symbols_name(const struct symbols *symbols, uint32_t address, char *to, size_t room)
{
    size_t lo = 0, hi = symbols->count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (symbols->list[mid].address <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    to[0] = 0;
    if (!lo)
        return;
    const struct symbol *s = &symbols->list[lo - 1];
    uint32_t beyond = address - s->address;
    if (beyond >= (s->bytes ? s->bytes : FAR_AWAY) && beyond)
        return;
    if (beyond)
        snprintf(to, room, "%s+0x%x", s->name, beyond);
    else
        snprintf(to, room, "%s", s->name);
}

void symbols_free(struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->count; i++)
        free(symbols->list[i].name);
    free(symbols->list);
    memset(symbols, 0, sizeof *symbols);
}
