/* Texts and numbers on their way from the database to a page, a chart or a TSV file.
 * Every text in the database is hostile; plots_clean_text() is applied once, on reading, the
 * escapes on writing. */
#ifndef PLOTS_TEXT_H
#define PLOTS_TEXT_H

#include <stddef.h>
#include <stdio.h>

enum {
    PLOTS_TEXT_MAX = 2000
}; /* bytes kept of one text; the rest is cut and marked with an ellipsis */

/* A copy of len bytes that is valid UTF-8 without control characters (tabs and newlines become
 * spaces), without the Unicode marks that reverse or hide text, at most PLOTS_TEXT_MAX bytes long.
 * Caller frees; NULL: no memory. */
char *plots_clean_text(const char *bytes, size_t len);

/* Write text escaped for HTML content and quoted attributes. */
void plots_write_html(FILE *out, const char *text);

/* Write text as a JSON string, fit for HTML as well: no quote but its own two, no < and &. */
void plots_write_json_string(FILE *out, const char *text);

/* Copy text for a chart: printable ASCII except what gnuplot's data files read as quotes or
 * escapes; others become
 * '?'.  At most size - 1 bytes, cut with "..". */
void plots_chart_label(char *label, size_t size, const char *text);

enum { PLOTS_NUMBER_SIZE = 48 };
/* 3 significant digits, without an exponent where a person would not write one, thousands apart
 * ("12,300"). Not finite: an empty string. */
/* The same in at most seven characters: from 10,000 on "25.3k", "17.7M". */
const char *plots_short_number(char number[PLOTS_NUMBER_SIZE], double value);
const char *plots_number(char number[PLOTS_NUMBER_SIZE], double value);

#endif
