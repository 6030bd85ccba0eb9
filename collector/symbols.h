/* symbols.h: names of guest addresses: from a System.map (as `nm` prints: address, type, name) or
 * from the symbol table of an ELF file of 32 or 64 bits. */
#ifndef COLLECTOR_SYMBOLS_H
#define COLLECTOR_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbol {
    uint32_t address, bytes; /* bytes 0: up to the next one */
    char *name;
};
struct symbols {
    struct symbol *list; /* by address */
    size_t count, room;
};

/* Adds the file's: 0, or -1 with a message that names it. */
int symbols_load(struct symbols *symbols, const char *path, char *err, size_t errlen);
/* "name" or "name+0x12"; "" where nothing is known. */
void symbols_name(const struct symbols *symbols, uint32_t address, char *to, size_t room);
void symbols_free(struct symbols *symbols);

#endif
