/* The windows port's scratch disk: a file that begins with PORT_DISK_SIGNATURE, written unbuffered
 * and through. It is opened for this program alone, so nobody removes or shortens it meanwhile. The
 * first error is kept until port_start_disk(), and all later transfers fail without being tried. */
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"
#include "bench/port/windows/windows.h"

static struct {
    HANDLE file; /* NULL: none */
    uint32_t bytes;
    const char *error;
} disk;
const char *port_disk_note;
static char disk_text[400];

/* The system's own words for the last error. */
static const char *disk_reason(void)
{
    static char text[200];
    DWORD len = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                               GetLastError(), 0, text, sizeof text, NULL);
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == '.'))
        text[--len] = 0;
    return len ? text : "an error without a name";
}

static bool disk_seek(uint32_t at)
{
    return SetFilePointer(disk.file, (LONG)at, NULL, FILE_BEGIN) == at;
}

static bool disk_begins_right(const uint8_t *sector)
{
    return !memcmp(sector, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1);
}

const char *port_make_disk(const char *path)
{
    static const char what[] = "cannot make the scratch disk ";
    uint8_t *block = port_big_area();
    DWORD done = 0;
    HANDLE file =
        CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return line_complain(disk_text, sizeof disk_text, what, path, disk_reason());
    memset(block, 0, 1u << 20);
    memcpy(block, PORT_DISK_SIGNATURE, sizeof PORT_DISK_SIGNATURE - 1);
    bool right = true;
    for (uint32_t mb = 0; mb < PORT_DISK_MAKE_MB && right; mb++) {
        right = WriteFile(file, block, 1u << 20, &done, NULL) && done == 1u << 20;
        memset(block, 0, 512);
    }
    const char *why = right && FlushFileBuffers(file) ? NULL : disk_reason();
    CloseHandle(file);
    if (!why)
        return NULL;
    line_complain(disk_text, sizeof disk_text, what, path, why);
    DeleteFileA(path);
    return disk_text;
}

/* Looks before it opens for writing: what is no scratch disk is never touched. */
const char *port_open_disk(const char *path)
{
    static const char what[] = "cannot use the disk ";
    uint8_t *sector = port_big_area();
    DWORD got = 0, high = 0;
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return line_complain(disk_text, sizeof disk_text, what, path, disk_reason());
    memset(sector, 0, 4096);
    const char *why = NULL;
    disk.bytes = GetFileSize(file, &high);
    if (!ReadFile(file, sector, 512, &got, NULL) || got != 512 || !disk_begins_right(sector))
        why = "it is no scratch disk, its first sector says something else; --make-disk makes one";
    else if (high || disk.bytes > 1u << 30)
        why = "it is larger than 1 GB";
    else if (disk.bytes < PORT_DISK_LEAST)
        why = "it is smaller than 4 MB";
    CloseHandle(file);
    if (why)
        return line_complain(disk_text, sizeof disk_text, what, path, why);
    file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       FILE_FLAG_NO_BUFFERING | FILE_FLAG_WRITE_THROUGH, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return line_complain(disk_text, sizeof disk_text, what, path, disk_reason());
    if (!ReadFile(file, sector, 4096, &got, NULL) || got != 4096 || !disk_begins_right(sector)) {
        CloseHandle(file);
        return line_complain(disk_text, sizeof disk_text, what, path,
                             "it became another file while it was being opened");
    }
    disk.file = file;
    return NULL;
}

bool windows_has_disk(void)
{
    return disk.file != NULL;
}

uint32_t port_disk_blocks(uint32_t size)
{
    return (disk.bytes - PORT_DISK_FIRST) / size;
}

static uint32_t disk_place(uint32_t number, uint32_t size)
{
    return PORT_DISK_FIRST + number % port_disk_blocks(size) * size;
}

const char *port_start_disk(uint32_t size)
{
    (void)size;
    disk.error = NULL;
    return NULL;
}

uint32_t port_write_disk(const uint8_t *block, uint32_t number, uint32_t size)
{
    DWORD done = 0;
    if (disk.error)
        return 0;
    if (disk_seek(disk_place(number, size)) && WriteFile(disk.file, block, size, &done, NULL) &&
        done == size)
        return 1;
    disk.error = line_complain(disk_text, sizeof disk_text, "a write failed: ", "the scratch disk",
                               disk_reason());
    return 0;
}

uint32_t port_read_disk(uint8_t *block, uint32_t number, uint32_t size)
{
    DWORD done = 0;
    if (disk_seek(disk_place(number, size)) && ReadFile(disk.file, block, size, &done, NULL) &&
        done == size)
        return 1;
    disk.error = line_complain(disk_text, sizeof disk_text,
                               "a block cannot be read back: ", "the scratch disk", disk_reason());
    return 0;
}

const char *port_finish_disk(void)
{
    return disk.error;
}

/* ---- no screen ---- */

const struct port_screen *port_open_screen(uint32_t width, uint32_t height, const uint32_t *rgb)
{
    (void)width, (void)height, (void)rgb;
    return NULL; /* NEED_SCREEN is not fulfilled: a window's memory is not the program's */
}
