/* listing.h: a block's guest and host code side by side, with what each instruction took. */
#ifndef COLLECTOR_LISTING_H
#define COLLECTOR_LISTING_H

#include "collector/profile.h"

#include <stdio.h>

/* Lines of text.  Clocks are per execution of the block. */
void listing_print(const struct profile_block *block, FILE *out);

/* The code of one side, a line per instruction. */
void listing_print_side(const struct profile_block *block, int is_host, FILE *out);

/* Instruction k (1 is the first) with its address, as text. */
void listing_name_insn(const struct profile_block *block, size_t k, char *to, size_t room);

#endif
