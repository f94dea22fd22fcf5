/* A warm process for tests: a job's body specifies what the process does. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
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

static void write_all(const void *from, size_t count) {
    for (const char *at = from; count > 0;) {
        ssize_t put = write(4, at, count);
        if (put <= 0)
            exit(1);
        at += put, count -= put;
    }
}

/* Writes a frame: its type, the id, and the content. */
static void send_frame(char type, uint32_t id, const void *content, uint32_t size) {
    char head[9];
    uint32_t length = 5 + size;
    memcpy(head, &length, 4), head[4] = type, memcpy(head + 5, &id, 4);
    write_all(head, 9), write_all(content, size);
}

static void succeed(uint32_t id, const char *type, const void *bytes, uint32_t size) {
    uint32_t type_size = strlen(type);
    char *content = malloc(4 + type_size + size);
    memcpy(content, &type_size, 4), memcpy(content + 4, type, type_size), memcpy(content + 4 + type_size, bytes, size);
    send_frame('o', id, content, 4 + type_size + size);
    free(content);
}

static void succeed_text(uint32_t id, const char *text) { succeed(id, "", text, strlen(text)); }

static void fail(uint32_t id, char kind) {
    char content[] = {kind, 'n', 'o'};
    send_frame('e', id, content, sizeof content);
}

/* Writes a process id to a file, so that the test knows that the job is running. */
static void tell(const char *file, long process) {
    FILE *to = fopen(file, "w");
    fprintf(to, "%ld\n", process);
    fclose(to);
}

/* Leaves a process behind that has left the session and closed everything, and writes its id to a file. */
static void daemonize(const char *file) {
    int child = fork();
    if (child == 0) {
        setsid();
        for (int number = 0; number < 10; number++)
            close(number);
        for (;;)
            pause();
    }
    tell(file, child);
}

static char *next_frame(void) {
    uint32_t length;
    if (!read_all(&length, 4))
        exit(0);
    char *frame = malloc(length + 1);
    if (!read_all(frame, length))
        exit(0);
    frame[length] = 0;
    return frame;
}

static void run(uint32_t id, uint32_t jobs, const char *params, const char *body) {
    char text[4096] = "";
    if (!strcmp(body, "pid"))
        snprintf(text, sizeof text, "%d", getpid()), succeed_text(id, text);
    else if (!strcmp(body, "echo"))
        snprintf(text, sizeof text, "echo %s", params), succeed_text(id, text);
    else if (!strcmp(body, "batch"))
        snprintf(text, sizeof text, "%u", jobs), succeed_text(id, text);
    else if (!strcmp(body, "retry"))
        fail(id, 0);
    else if (!strcmp(body, "fail"))
        fail(id, 1);
    else if (!strcmp(body, "reject"))
        fail(id, 2);
    else if (!strcmp(body, "print")) {
        double half = 0.5;
        send_frame('p', id, &half, 8);
        send_frame('l', id, "a log frame", 11);
        printf("a stray print\n"), fflush(stdout);
        fprintf(stderr, "to standard error\n");
        usleep(100000);
        succeed_text(id, "printed");
    } else if (!strcmp(body, "crash"))
        raise(SIGSEGV);
    else if (!strcmp(body, "exit"))
        exit(0);
    else if (!strcmp(body, "garbage"))
        write_all("\xff\xff\xff\x7fgarbage", 11), pause();
    else if (!strcmp(body, "stranger"))
        succeed_text(999, "who?"), pause();
    else if (!strcmp(body, "zero"))
        write_all("\0\0\0", 4), pause(); /* a frame of the length 0 */
    else if (!strcmp(body, "untyped"))
        succeed(id, "words", "?", 1), pause();
    else if (!strcmp(body, "twice"))
        succeed_text(id, "once"), fail(id, 0);
    else if (!strcmp(body, "duplicate"))
        succeed(id, "application/json", "{\"a\":1,\"a\":2}", 13);
    else if (!strcmp(body, "binary"))
        succeed(id, "application/json", "\xff\0\1", 3);
    else if (!strncmp(body, "large ", 6)) {
        uint32_t size = atoi(body + 6);
        succeed(id, "", calloc(1, size), size);
    } else if (!strncmp(body, "fill ", 5)) {
        size_t size = atoi(body + 5);
        for (volatile char *memory = malloc(size); size-- > 0;) /* volatile: the compiler must not remove the loop */
            memory[size] = 1;
        succeed_text(id, "filled");
    } else if (!strncmp(body, "grow ", 5)) {
        size_t size = atoll(body + 5);
        for (volatile char *memory = malloc(size); size > 4096; size -= 4096)
            memory[size - 1] = 1;
        for (;;)
            pause();
    } else if (!strncmp(body, "write ", 6)) {
        FILE *file = fopen("big", "w"); /* the scratch folder is the working folder */
        for (long size = atol(body + 6); size > 0; size -= 4096)
            fwrite(text, 1, 4096, file);
        fclose(file);
        for (;;)
            pause();
    } else if (!strncmp(body, "flood ", 6)) {
        for (size_t at = 0; at < sizeof text; at++)
            text[at] = at % 64 == 63 ? '\n' : 'f';
        long size = atol(body + 6);
        for (long written = 0; written < size; written += sizeof text)
            if (write(1, text, sizeof text) != sizeof text || write(2, text, sizeof text) != sizeof text)
                exit(1);
        for (long written = 0; written < size / 10; written += sizeof text)
            send_frame('l', id, text, sizeof text - 1); /* without the last line break */
        usleep(100000);
        send_frame('l', id, "the last line", 13);
        succeed_text(id, "flooded");
    } else if (!strncmp(body, "daemon ", 7)) {
        daemonize(body + 7), succeed_text(id, "left");
    } else if (!strncmp(body, "abandon ", 8)) {
        daemonize(body + 8), exit(0);
    } else if (!strncmp(body, "die-idle ", 9)) {
        daemonize(body + 9), succeed_text(id, "left"), usleep(20000), exit(0);
    } else if (!strcmp(body, "stubborn")) {
        signal(SIGTERM, SIG_IGN);
        snprintf(text, sizeof text, "%d", getpid()), succeed_text(id, text);
        for (;;)
            pause();
    } else if (!strcmp(body, "deafen")) {
        succeed_text(id, "deaf"), close(3);
        for (;;)
            pause();
    } else if (!strcmp(body, "mute")) {
        close(4);
        for (;;)
            pause();
    } else if (!strncmp(body, "wait ", 5)) {
        tell(body + 5, getpid());
        for (char *frame = next_frame();; frame = next_frame())
            if (frame[0] == 'x') {
                fail(id, 0);
                break;
            }
    } else if (!strncmp(body, "hang ", 5)) {
        signal(SIGTERM, SIG_IGN);
        int child = fork();
        if (child == 0)
            for (;;)
                pause();
        tell(body + 5, child);
        for (;;)
            pause();
    }
}

int main(void) {
    for (;;) {
        char *frame = next_frame(), *at = frame + 5;
        uint32_t version = 1, jobs = 0;
        if (frame[0] == 'h')
            send_frame('r', version, "", 0);
        if (frame[0] == 's')
            return 0;
        if (frame[0] == 'c')
            memcpy(&jobs, frame + 1, 4);
        for (uint32_t i = 0; i < jobs; i++) {
            uint32_t head[7];
            memcpy(head, at, sizeof head);
            at += sizeof head;
            char *params = strndup(at, head[4]), *body = strndup(at + head[4] + head[5], head[6]);
            at += head[4] + head[5] + head[6];
            run(head[0], jobs, params, body);
            free(params), free(body);
        }
        free(frame);
    }
}
