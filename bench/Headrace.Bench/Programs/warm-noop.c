/* A warm process that returns an empty result for each job, as fast as it can: it answers a call with one write. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_all(void *to, size_t count) {
    for (char *at = to; count > 0;) {
        ssize_t got = read(3, at, count);
        if (got <= 0)
            return 0;
        at += got, count -= got;
    }
    return 1;
}

static void write_all(const char *from, size_t count) {
    while (count > 0) {
        ssize_t put = write(4, from, count);
        if (put <= 0)
            exit(1);
        from += put, count -= put;
    }
}

int main(void) {
    static char frame[8 << 20], answers[256 * 13];
    for (uint32_t length; read_all(&length, 4) && length <= sizeof frame && read_all(frame, length);) {
        if (frame[0] == 'h')
            write_all("\5\0\0\0r\1\0\0\0", 9);
        if (frame[0] == 's')
            return 0;
        uint32_t jobs = 0;
        if (frame[0] == 'c')
            memcpy(&jobs, frame + 1, 4);
        char *at = frame + 5, *to = answers;
        for (uint32_t i = 0; i < jobs; i++) {
            uint32_t head[7], size = 9, type_size = 0;
            memcpy(head, at, sizeof head);
            at += sizeof head + head[4] + head[5] + head[6];
            memcpy(to, &size, 4), to[4] = 'o', memcpy(to + 5, &head[0], 4), memcpy(to + 9, &type_size, 4);
            to += 13;
        }
        write_all(answers, to - answers);
    }
}
