/* A report's files: written in a hidden directory inside out_dir, moved to their places when they
 * are complete. rename() within one file system is atomic, so a reader never sees half a file. */
#ifndef PLOTS_PUBLISH_H
#define PLOTS_PUBLISH_H

#include <stdio.h>

struct plots_publisher {
    const char *out_dir;
    char work_dir[4096]; /* "" until opened */
    char err[400];       /* the first error */
};

/* Make out_dir if it is absent, and the working directory in it.  0, or -1 with err. */
int plots_publisher_open(struct plots_publisher *publisher, const char *out_dir);

/* A new file in the working directory; NULL with err.  Close with plots_publisher_close_file. */
FILE *plots_publisher_create(struct plots_publisher *publisher, const char *name);
int plots_publisher_close_file(struct plots_publisher *publisher, FILE *file, const char *name);

/* Whole text of a file of the working directory, with a NUL; NULL with err.  Caller frees. */
char *plots_publisher_read(struct plots_publisher *publisher, const char *name);

/* Move a finished file to out_dir; drop removes an older report's file of that name. */
int plots_publisher_publish(struct plots_publisher *publisher, const char *name);
/* Move it to any path of the same file system. */
int plots_publisher_publish_as(struct plots_publisher *publisher, const char *name,
                               const char *path);
void plots_publisher_drop(struct plots_publisher *publisher, const char *name);

/* Remove the working directory and what is left in it. */
void plots_publisher_close(struct plots_publisher *publisher);

#endif
