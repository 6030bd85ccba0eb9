// The packet commands of atapi.def, for a disc of one data track (SFF-8020i, MMC-3).
#include "emu/device/ide.h"

#include <string.h>

enum { DISC = 1, QUIET = 2 };
enum { KEY_NOT_READY = 2, KEY_ILLEGAL = 5, KEY_ATTENTION = 6 };
enum {
    ASC_BAD_OPCODE = 0x20,
    ASC_BAD_FIELD = 0x24,
    ASC_CHANGED = 0x28,
    ASC_NO_MEDIUM = 0x3a,
    ASC_LOCKED = 0x53,
};
enum {
    LEAD_OUT = 0xaa,
    DATA_TRACK = 0x14, // ADR 1, control 4: data, no copies
    MSF_LEAD_IN = 150, // frames before sector 0
    FRAMES_PER_S = 75,
    CD_SECTORS_MAX = 90 * 60 * FRAMES_PER_S, // more than that is a DVD
    PROFILE_CD = 0x08,
    PROFILE_DVD = 0x10,
};

struct packet_command {
    uint8_t opcode;
    void (*run)(struct ide_drive *d, const uint8_t *p);
    unsigned flags;
};

static uint32_t get2(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get4(const uint8_t *p)
{
    return get2(p) << 16 | get2(p + 2);
}

static void put2(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put4(uint8_t *p, uint32_t value)
{
    put2(p, value >> 16);
    put2(p + 2, value & 0xffff);
}

static void refuse_field(struct ide_drive *d)
{
    atapi_check(d, KEY_ILLEGAL, ASC_BAD_FIELD, 0);
}

static uint8_t *clear(struct ide_drive *d, size_t bytes)
{
    memset(d->buffer, 0, bytes);
    return d->buffer;
}

// --- state ---

static void test_ready(struct ide_drive *d, const uint8_t *p)
{
    (void)p;
    atapi_good(d);
}

static void request_sense(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 18);
    struct ide_cd *cd = &d->cd;
    if (cd->sense_key == 0 && cd->changed) {
        cd->sense_key = KEY_ATTENTION;
        cd->asc = ASC_CHANGED;
        cd->changed = false;
    }
    r[0] = 0x70; // current error, fixed format
    r[2] = cd->sense_key;
    r[7] = 10;
    r[12] = cd->asc;
    r[13] = cd->ascq;
    cd->sense_key = cd->asc = cd->ascq = 0;
    atapi_reply(d, 18, p[4]);
}

static void inquiry(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 36);
    if (p[1] & 1) { // vital product data pages: none
        refuse_field(d);
        return;
    }
    r[0] = 0x05; // CD-ROM
    r[1] = 0x80; // removable
    r[3] = 0x21; // ATAPI 2, this response format
    r[4] = 31;
    memcpy(r + 8, "TICKMARKCD-ROM          1.0 ", 28);
    atapi_reply(d, 36, p[4]);
}

static void start_stop(struct ide_drive *d, const uint8_t *p)
{
    bool load_eject = (p[4] & 2) != 0, start = (p[4] & 1) != 0;
    if (load_eject && !start && d->cd.locked) {
        atapi_check(d, KEY_ILLEGAL, ASC_LOCKED, 2);
        return;
    }
    if (load_eject) {
        bool was_open = d->cd.tray_open;
        d->cd.tray_open = !start;
        if (d->cd.tray_open != was_open) {
            d->cd.removed = d->cd.tray_open;
            d->cd.inserted = d->cd.changed = !d->cd.tray_open && d->medium;
        }
    }
    atapi_good(d);
}

static void prevent_removal(struct ide_drive *d, const uint8_t *p)
{
    d->cd.locked = p[4] & 1;
    atapi_good(d);
}

static void get_event_status(struct ide_drive *d, const uint8_t *p)
{
    enum { CLASS_MEDIA = 4, EVENT_NEW = 2, EVENT_REMOVED = 3 };
    uint8_t *r = clear(d, 8);
    if (!(p[1] & 1)) { // only polled
        refuse_field(d);
        return;
    }
    r[3] = 1 << CLASS_MEDIA;
    if (!(p[4] & 1 << CLASS_MEDIA)) {
        put2(r, 2);
        r[2] = 0x80; // no event of a class that there is
        atapi_reply(d, 4, get2(p + 7));
        return;
    }
    put2(r, 6);
    r[2] = CLASS_MEDIA;
    r[4] = d->cd.inserted ? EVENT_NEW : d->cd.removed ? EVENT_REMOVED : 0;
    r[5] = (uint8_t)((d->cd.tray_open ? 1 : 0) | (atapi_has_disc(d) ? 2 : 0));
    d->cd.inserted = d->cd.removed = false;
    atapi_reply(d, 8, get2(p + 7));
}

static void mechanism_status(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 8);
    r[1] = d->cd.tray_open ? 0x10 : 0;
    atapi_reply(d, 8, get2(p + 8));
}

static void set_speed(struct ide_drive *d, const uint8_t *p)
{
    (void)p; // as fast as it goes
    atapi_good(d);
}

// --- reading ---

static void read_10(struct ide_drive *d, const uint8_t *p)
{
    atapi_read(d, get4(p + 2), get2(p + 7));
}

static void read_12(struct ide_drive *d, const uint8_t *p)
{
    atapi_read(d, get4(p + 2), get4(p + 6));
}

// READ CD: what is on the track in user data only; headers and correction codes are not in an
// image.
static void read_cd(struct ide_drive *d, const uint8_t *p)
{
    uint32_t sectors = get4(p + 5) & 0xffffff;
    unsigned type = p[1] >> 2 & 7;
    if ((p[9] & 0xf8) == 0x10 && p[10] == 0 && (type == 0 || type == 2))
        atapi_read(d, get4(p + 2), sectors);
    else if (sectors == 0 || ((p[9] & 0xf8) == 0 && p[10] == 0))
        atapi_good(d);
    else
        refuse_field(d);
}

static void read_capacity(struct ide_drive *d, const uint8_t *p)
{
    (void)p;
    put4(d->buffer, atapi_sectors(d) - 1);
    put4(d->buffer + 4, CD_SECTOR);
    atapi_reply(d, 8, 8);
}

static void seek(struct ide_drive *d, const uint8_t *p)
{
    if (get4(p + 2) < atapi_sectors(d))
        atapi_good(d);
    else
        atapi_check(d, KEY_ILLEGAL, 0x21, 0);
}

// --- the table of contents ---

static void put_address(uint8_t *r, uint32_t sector, bool msf)
{
    if (!msf) {
        put4(r, sector);
        return;
    }
    sector += MSF_LEAD_IN;
    r[0] = 0;
    r[1] = (uint8_t)(sector / FRAMES_PER_S / 60);
    r[2] = (uint8_t)(sector / FRAMES_PER_S % 60);
    r[3] = (uint8_t)(sector % FRAMES_PER_S);
}

static uint8_t *put_track(uint8_t *r, uint8_t number, uint32_t sector, bool msf)
{
    r[1] = DATA_TRACK;
    r[2] = number;
    put_address(r + 4, sector, msf);
    return r + 8;
}

static uint32_t toc_tracks(struct ide_drive *d, const uint8_t *p, bool msf)
{
    uint8_t *r = d->buffer + 4;
    if (p[6] > 1 && p[6] != LEAD_OUT)
        return 0;
    d->buffer[2] = d->buffer[3] = 1;
    if (p[6] <= 1)
        r = put_track(r, 1, 0, msf);
    r = put_track(r, LEAD_OUT, atapi_sectors(d), msf);
    return (uint32_t)(r - d->buffer);
}

static uint32_t toc_sessions(struct ide_drive *d, bool msf)
{
    d->buffer[2] = d->buffer[3] = 1;
    return (uint32_t)(put_track(d->buffer + 4, 1, 0, msf) - d->buffer);
}

// The TOC as it is in the lead-in: points A0h, A1h, A2h and track 1, always in minutes and seconds.
static uint32_t toc_raw(struct ide_drive *d)
{
    static const uint8_t points[] = {0xa0, 0xa1, 0xa2, 1};
    uint8_t *r = d->buffer + 4;
    d->buffer[2] = d->buffer[3] = 1;
    for (unsigned i = 0; i < sizeof points; i++, r += 11) {
        r[0] = 1;
        r[1] = DATA_TRACK;
        r[3] = points[i];
        if (i < 2)
            r[8] = 1; // first and last track
        else
            put_address(r + 7, i == 2 ? atapi_sectors(d) : 0, true);
    }
    return (uint32_t)(r - d->buffer);
}

static void read_toc(struct ide_drive *d, const uint8_t *p)
{
    bool msf = (p[1] & 2) != 0;
    unsigned format = p[2] & 15 ? p[2] & 15 : p[9] >> 6; // SFF-8020i has it in byte 9
    uint32_t bytes = 0;
    clear(d, 256);
    switch (format) {
    case 0: bytes = toc_tracks(d, p, msf); break;
    case 1: bytes = toc_sessions(d, msf); break;
    case 2: bytes = toc_raw(d); break;
    default: break;
    }
    if (bytes == 0) {
        refuse_field(d);
        return;
    }
    put2(d->buffer, bytes - 2);
    atapi_reply(d, bytes, get2(p + 7));
}

static void read_subchannel(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 24);
    uint32_t bytes = 4;
    if (p[2] &
        0x40) { // with Q data: 1 position, 2 catalogue number, 3 ISRC, of which there is none
        if (p[3] < 1 || p[3] > 3) {
            refuse_field(d);
            return;
        }
        bytes = p[3] == 1 ? 16 : 24;
        r[4] = p[3];
        r[5] = DATA_TRACK;
        r[6] = p[3] == 1;
        r[7] = p[3] == 1;
        if (p[3] == 1 && (p[1] & 2)) {
            put_address(r + 8, 0, true);
        }
    }
    put2(r + 2, bytes - 4);
    atapi_reply(d, bytes, get2(p + 7));
}

static void read_disc_information(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 34);
    put2(r, 32);
    r[2] = 0x0e; // complete, last session complete, not erasable
    r[3] = r[4] = r[5] = r[6] = 1;
    r[7] = 0x20;
    atapi_reply(d, 34, get2(p + 7));
}

// --- what the drive can ---

static uint8_t *put_feature(uint8_t *r, unsigned code, unsigned flags, unsigned bytes)
{
    put2(r, code);
    r[2] = (uint8_t)flags; // version, persistent, current
    r[3] = (uint8_t)bytes;
    return r + 4;
}

static bool wanted(const uint8_t *p, unsigned code, bool current)
{
    unsigned type = p[1] & 3, first = get2(p + 2);
    return type == 2 ? code == first : code >= first && (type == 0 || current);
}

static void get_configuration(struct ide_drive *d, const uint8_t *p)
{
    uint8_t *r = clear(d, 256) + 8;
    bool disc = atapi_has_disc(d), dvd = disc && atapi_sectors(d) > CD_SECTORS_MAX,
         cd = disc && !dvd;
    if (wanted(p, 0, true)) { // profiles
        r = put_feature(r, 0, 3, 8);
        put2(r, PROFILE_DVD);
        r[2] = dvd;
        put2(r + 4, PROFILE_CD);
        r[6] = cd;
        r += 8;
    }
    if (wanted(p, 1, true)) { // core: ATAPI
        r = put_feature(r, 1, 3, 4);
        put4(r, 2);
        r += 4;
    }
    if (wanted(p, 3, true)) { // removable: a tray that locks and ejects
        r = put_feature(r, 3, 3, 4);
        r[0] = 0x29;
        r += 4;
    }
    if (wanted(p, 0x10, disc)) { // random readable
        r = put_feature(r, 0x10, disc, 8);
        put4(r, CD_SECTOR);
        put2(r + 4, 1);
        r += 8;
    }
    if (wanted(p, 0x1e, cd)) // CD read
        r = put_feature(r, 0x1e, cd, 4) + 4;
    if (wanted(p, 0x1f, dvd)) // DVD read
        r = put_feature(r, 0x1f, dvd, 0);
    uint32_t bytes = (uint32_t)(r - d->buffer);
    put4(d->buffer, bytes - 4);
    put2(d->buffer + 6, dvd ? PROFILE_DVD : cd ? PROFILE_CD : 0);
    atapi_reply(d, bytes, get2(p + 7));
}

static uint8_t *put_page_1(uint8_t *r)
{
    r[0] = 0x01; // error recovery: as good as it gets
    r[1] = 6;
    r[3] = 5;
    return r + 8;
}

static uint8_t *put_page_2a(const struct ide_drive *d, uint8_t *r)
{
    r[0] = 0x2a; // capabilities
    r[1] = 18;
    r[4] = 0x70;                                     // mode 2, multisession
    r[6] = (uint8_t)(0x29 | (d->cd.locked ? 2 : 0)); // locks, ejects, has a tray
    put2(r + 8, 706);                                // KB/s: four times
    put2(r + 14, 706);
    put2(r + 12, 64); // KB of buffer
    return r + 20;
}

static void mode_sense(struct ide_drive *d, const uint8_t *p)
{
    unsigned page = p[2] & 0x3f;
    uint8_t *r = clear(d, 256) + 8;
    if (p[2] >> 6 == 3) { // saved values: none
        atapi_check(d, KEY_ILLEGAL, 0x39, 0);
        return;
    }
    bool values = p[2] >> 6 != 1; // 1 asks which may be changed: none
    if (page == 0x01 || page == 0x3f)
        r = put_page_1(r);
    if (page == 0x2a || page == 0x3f)
        r = put_page_2a(d, r);
    uint32_t bytes = (uint32_t)(r - d->buffer);
    if (bytes == 8) {
        refuse_field(d);
        return;
    }
    for (uint32_t at = 8; !values && at < bytes; at += d->buffer[at + 1] + 2u)
        memset(d->buffer + at + 2, 0, d->buffer[at + 1]);
    put2(d->buffer, bytes - 2);
    d->buffer[2] = d->cd.tray_open ? 0x71 : d->medium ? 0x01 : 0x70;
    atapi_reply(d, bytes, get2(p + 7));
}

static const struct packet_command commands[] = {
#define PACKET(opcode, run, flags) {opcode, run, flags},
#include "emu/device/atapi.def"
#undef PACKET
};

void atapi_execute(struct ide_drive *d)
{
    const uint8_t *p = d->cd.packet;
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct packet_command *c = &commands[i];
        if (c->opcode != p[0])
            continue;
        if (d->cd.changed && !(c->flags & QUIET)) {
            d->cd.changed = false;
            atapi_check(d, KEY_ATTENTION, ASC_CHANGED, 0);
        } else if ((c->flags & DISC) && !atapi_has_disc(d)) {
            atapi_check(d, KEY_NOT_READY, ASC_NO_MEDIUM, d->cd.tray_open ? 2 : 1);
        } else {
            c->run(d, p);
        }
        return;
    }
    atapi_check(d, KEY_ILLEGAL, ASC_BAD_OPCODE, 0);
}
