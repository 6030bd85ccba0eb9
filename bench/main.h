/* The bench program itself; a port's entry code calls it with the words after the program's name.
 */
#ifndef BENCH_MAIN_H
#define BENCH_MAIN_H

int bench_main(int argc, char **argv);

#endif
