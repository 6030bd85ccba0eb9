// The PC speaker, recorded: port 61h bit 1 lets channel 2 of the 8254 through to it, and what it
// plays goes to a file, WAV of 44,100 samples a second, 8 bits, mono.
//
// The speaker's level follows from the timer by arithmetic (pit_speaker_level()), so samples are
// made when something is about to change it, and every so often in between. A sample is the share
// of its time that the level was up, by so many looks. Silence of more than two seconds is cut to
// two, so that a machine that runs for days leaves a file of what it played. The header's sizes are
// right whenever samples have been written. device.def has it before the timer, which its end looks
// at.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/device/speaker.h"
#include "emu/machine/machine_state.h"

enum {
    RATE = 44100,
    LOOKS = 9, // a sample
    HEADER_BYTES = 44,
    SILENCE = 0x80,
    LOUD = 0x60, // how far from silence a level that stays up is
    SILENCE_MOST = 2 * RATE,
    BUFFER_BYTES = 16384,
};
static const uint64_t bytes_most = 1u << 30; // WAV's own end is at 4 GB

struct speaker {
    struct machine *m;
    int fd;                   // -1: not recorded, or no more
    uint64_t sample;          // the next one's number, on the virtual clock
    uint64_t written, silent; // bytes of samples; silent ones at the end
    uint8_t buffer[BUFFER_BYTES];
    size_t used;
};

static void put32(uint8_t *to, uint64_t v)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> 8 * i);
}

static void make_header(uint8_t h[HEADER_BYTES], uint64_t bytes)
{
    static const uint8_t start[HEADER_BYTES] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0........\1\0\x8\0"
                                               "data";
    memcpy(h, start, HEADER_BYTES);
    put32(h + 4, HEADER_BYTES - 8 + bytes);
    put32(h + 24, RATE);
    put32(h + 28, RATE); // bytes a second
    put32(h + 40, bytes);
}

static void flush(struct speaker *s)
{
    uint8_t header[HEADER_BYTES];
    size_t done = 0;
    while (s->fd >= 0 && done < s->used) {
        ssize_t n = pwrite(s->fd, s->buffer + done, s->used - done,
                           (off_t)(HEADER_BYTES + s->written + done));
        if (n <= 0) {
            perror("tickmark-emu: the speaker's recording is given up");
            s->fd = -1;
        } else {
            done += (size_t)n;
        }
    }
    s->written += done;
    s->used = 0;
    make_header(header, s->written);
    if (s->fd >= 0 && pwrite(s->fd, header, sizeof header, 0) != sizeof header)
        s->fd = -1;
    if (s->written >= bytes_most)
        s->fd = -1;
}

static void put_sample(struct speaker *s, uint8_t value)
{
    s->silent = value == SILENCE ? s->silent + 1 : 0;
    if (s->silent > SILENCE_MOST)
        return;
    s->buffer[s->used++] = value;
    if (s->used == BUFFER_BYTES)
        flush(s);
}

static uint64_t ns_of(uint64_t sample, unsigned look)
{
    return (uint64_t)((unsigned __int128)(sample * LOOKS + look) * 1000000000u / (RATE * LOOKS));
}

void speaker_advance(struct speaker *s)
{
    if (!s || s->fd < 0)
        return;
    uint64_t now_ns = machine_now_ns(s->m);
    if (!pit_speaker_is_on(s->m->pit)) { // all of it is silent
        uint64_t end = (uint64_t)((unsigned __int128)now_ns * RATE / 1000000000u);
        for (; s->sample < end && s->silent <= SILENCE_MOST; s->sample++)
            put_sample(s, SILENCE);
        s->sample = end > s->sample ? end : s->sample;
        return;
    }
    for (; ns_of(s->sample + 1, 0) <= now_ns && s->fd >= 0; s->sample++) {
        unsigned up = 0;
        for (unsigned look = 0; look < LOOKS; look++)
            up += pit_speaker_level(s->m->pit, ns_of(s->sample, look));
        // Centred, so that a tone is around silence.
        int value = SILENCE + ((int)up * 2 - LOOKS) * LOUD / LOOKS;
        put_sample(s, (uint8_t)value);
    }
}

void speaker_reset(struct speaker *s)
{
    speaker_advance(s);
}

struct speaker *speaker_create(struct machine *m)
{
    struct speaker *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->m = m;
    s->fd = m->config.speaker_fd > 0 ? m->config.speaker_fd : -1;
    flush(s);
    return s;
}

void speaker_destroy(struct speaker *s)
{
    if (s->m->pit)
        speaker_advance(s);
    flush(s);
    free(s);
}
