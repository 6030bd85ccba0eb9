/* What the files of the windows port share, and the system's own declarations. */
#ifndef BENCH_PORT_WINDOWS_WINDOWS_H
#define BENCH_PORT_WINDOWS_WINDOWS_H
#include <stdbool.h>
#include <stdint.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* The system and port.h both have the name PAGE_READONLY: here the system's is a macro, and ours
 * gets another. */
enum { WINDOWS_PAGE_READONLY = PAGE_READONLY };
#undef PAGE_READONLY

/* The program is its own helper: the reader of a pipe, and the program that os.exec starts. */
bool windows_os_is_helper(int argc, char **argv);
int windows_os_help(int argc, char **argv);
bool windows_has_disk(void);

#endif
