/* A small checker of markup: every element is closed in order, attributes are quoted, & and < stand
 * for markup only. */
#ifndef PLOTS_TESTS_MARKUP_H
#define PLOTS_TESTS_MARKUP_H

#include <stdbool.h>

/* NULL, or what is wrong (a text that lives until the next call).  HTML's void elements and raw
 * texts are known; with xml set there are none. */
const char *markup_find_fault(const char *text, bool xml);

#endif
