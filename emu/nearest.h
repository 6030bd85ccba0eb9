// The nearest of several names to a mistyped one, for "the nearest is ...".
#ifndef TM_EMU_NEAREST_H
#define TM_EMU_NEAREST_H

enum { NEAREST_FAR = 1000 };

// The edit distance (Levenshtein) of two words; '_' in `name` counts as '-'. NEAREST_FAR if `word`
// is longer than anything here.
unsigned nearest_distance(const char *name, const char *word);

#endif
