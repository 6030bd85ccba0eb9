// Option values that are words with commas between them, as QEMU has them: KIND,KEY=VALUE,...
#ifndef TM_EMU_WORDS_H
#define TM_EMU_WORDS_H

// Cut the next word off `*rest`, in place: it ends at a comma, two of which are one in the word.
// NULL at the end.
char *words_next(char **rest);
// Cut KEY=VALUE at its sign and return the value; NULL if there is none.
char *words_value(char *word);

#endif
