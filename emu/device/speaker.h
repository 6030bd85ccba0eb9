// Between the timer and the speaker that records it.
#ifndef TM_EMU_DEVICE_SPEAKER_H
#define TM_EMU_DEVICE_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

struct pit;
struct speaker;

// What was played up to now has its samples: before anything of it changes, and now and then. NULL
// does nothing.
void speaker_advance(struct speaker *s);

// Does port 61h let channel 2 through?
bool pit_speaker_is_on(const struct pit *p);
// The level at a time between the last change and now.
bool pit_speaker_level(const struct pit *p, uint64_t ns);

#endif
