// A queue of frames between two threads, one of which puts and the other takes. Neither ever waits.
#ifndef TM_EMU_NET_QUEUE_H
#define TM_EMU_NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_queue;
enum { FRAME_QUEUE_FRAMES = 512 };

struct frame_queue *frame_queue_create(void);
void frame_queue_destroy(struct frame_queue *q);
// False, and the frame is lost: there is no room, or it is longer than NET_FRAME_MAX.
bool frame_queue_put(struct frame_queue *q, const uint8_t *frame, size_t bytes);
// The first frame, which stays until frame_queue_drop(); NULL: there is none.
const uint8_t *frame_queue_first(struct frame_queue *q, size_t *bytes);
void frame_queue_drop(struct frame_queue *q);
unsigned frame_queue_length(const struct frame_queue *q);

#endif
