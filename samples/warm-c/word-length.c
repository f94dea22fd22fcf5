/* A warm process: reads jobs from descriptor 3 and writes answers to descriptor 4 (docs/warm-protocol.md). The method
   returns the length of the longest word in the body. Numbers are little-endian, as on x86 and ARM. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_all(void *to, size_t count) {
    for (char *at = to; count > 0;) {
        ssize_t got = read(3, at, count);
        if (got <= 0)
            exit(got < 0); /* The worker has closed the pipe. */
        at += got, count -= got;
    }
}

static void write_all(const void *from, size_t count) {
    for (const char *at = from; count > 0;) {
        ssize_t put = write(4, at, count);
        if (put <= 0)
            exit(1);
        at += put, count -= put;
    }
}

static void succeed(uint32_t id, const char *text) {
    char frame[64];
    uint32_t size = strlen(text), length = 1 + 4 + 4 + size, type_size = 0; /* 0: the content type of the manifest */
    memcpy(frame, &length, 4), frame[4] = 'o', memcpy(frame + 5, &id, 4), memcpy(frame + 9, &type_size, 4);
    memcpy(frame + 13, text, size);
    write_all(frame, 4 + length);
}

static uint32_t longest_word(const char *body, uint32_t size) {
    uint32_t longest = 0, current = 0;
    for (uint32_t i = 0; i < size; i++) {
        current = body[i] > ' ' ? current + 1 : 0;
        longest = current > longest ? current : longest;
    }
    return longest;
}

int main(void) {
    for (uint32_t length; read_all(&length, 4), 1;) {
        char *frame = malloc(length), *at = frame + 5, text[16];
        read_all(frame, length);
        if (frame[0] == 'h') /* hello: answer that version 1 is understood */
            write_all("\5\0\0\0r\1\0\0\0", 9);
        if (frame[0] == 's') /* stop */
            return 0;
        for (uint32_t jobs = frame[0] == 'c' ? *(uint32_t *)(frame + 1) : 0; jobs > 0; jobs--) {
            uint32_t head[7]; /* id, attempt, job (two words), sizes of params, content type and body */
            memcpy(head, at, sizeof head);
            char *body = at + sizeof head + head[4] + head[5];
            snprintf(text, sizeof text, "%u", longest_word(body, head[6]));
            succeed(head[0], text);
            at = body + head[6];
        }
        free(frame);
    }
}
