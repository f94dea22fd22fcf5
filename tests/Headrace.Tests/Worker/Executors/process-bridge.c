/* A program whose jobs follow instructions: for each job it connects to the test, describes the job, and ends it as the
   test answers. As a command (process-bridge SOCKET I) it runs one job; as a warm process (process-bridge SOCKET) it
   runs the jobs of a call at the same time.

   to the test:    "begin JOB ATTEMPT I\n", and "stop\n" when the job should stop
   from the test:  "result SIZE\n" and the bytes, "error SIZE\n" and the message, or "die\n" */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_JOBS 256

static const char *path;

static int begin(unsigned long long job, unsigned attempt, long i) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int test = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (connect(test, (struct sockaddr *)&address, sizeof address))
        exit(1);
    dprintf(test, "begin %llu %u %ld\n", job, attempt, i);
    return test;
}

static int read_all(int from, void *to, size_t count) {
    for (char *at = to; count > 0;) {
        ssize_t got = read(from, at, count);
        if (got <= 0)
            return 0;
        at += got, count -= got;
    }
    return 1;
}

/* Reads the answer of the test: 'r' or 'e', with the text. Crashes if the test says so; exits if the test has ended. */
static char answer(int test, char **text, unsigned *size) {
    char line[32];
    int count = 0;
    do
        if (count == sizeof line - 1 || !read_all(test, line + count, 1))
            _exit(1);
    while (line[count++] != '\n');
    line[count] = 0;
    if (line[0] == 'd')
        raise(SIGSEGV);
    *size = strtoul(strchr(line, ' '), NULL, 10);
    *text = malloc(*size + 1);
    if (!read_all(test, *text, *size))
        _exit(1);
    return line[0];
}

/* The command. */

static int only;

static void stop_only(int signal) {
    (void)signal;
    dprintf(only, "stop\n");
}

static int run_command(long i) {
    only = begin(strtoull(getenv("HEADRACE_JOB"), NULL, 10), atoi(getenv("HEADRACE_ATTEMPT")), i);
    /* With SA_RESTART, reading continues after the signal. */
    struct sigaction action = {.sa_handler = stop_only, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    char *text;
    unsigned size;
    char kind = answer(only, &text, &size);
    return fwrite(text, 1, size, kind == 'r' ? stdout : stderr) != size || kind != 'r';
}

/* The warm process. */

static struct {
    uint32_t id;
    int test;
} jobs[MAX_JOBS];
static int count;

static void send_frame(char type, uint32_t id, const char *head, uint32_t head_size, const char *text, uint32_t size) {
    uint32_t length = 5 + head_size + size;
    char *frame = malloc(4 + length);
    memcpy(frame, &length, 4), frame[4] = type, memcpy(frame + 5, &id, 4);
    memcpy(frame + 9, head, head_size), memcpy(frame + 9 + head_size, text, size);
    for (char *at = frame; at < frame + 4 + length;)
        at += write(4, at, frame + 4 + length - at);
    free(frame);
}

static void receive(void) {
    uint32_t length;
    if (!read_all(3, &length, 4))
        exit(0);
    char *frame = malloc(length + 1), *at = frame + 5;
    if (!read_all(3, frame, length))
        exit(0);
    uint32_t number = 0;
    if (length >= 5)
        memcpy(&number, frame + 1, 4);
    if (frame[0] == 's')
        exit(0);
    if (frame[0] == 'h')
        send_frame('r', 1, "", 0, "", 0);
    for (int j = 0; frame[0] == 'x' && j < count; j++)
        if (jobs[j].id == number)
            dprintf(jobs[j].test, "stop\n");
    for (uint32_t j = 0; frame[0] == 'c' && j < number; j++) {
        uint32_t head[7];
        unsigned long long job;
        memcpy(head, at, sizeof head), memcpy(&job, head + 2, 8);
        at += sizeof head;
        char *params = strndup(at, head[4]), *value = strstr(params, "\"i\":");
        jobs[count].id = head[0];
        jobs[count++].test = begin(job, head[1], value ? atol(value + 4) : 0);
        at += head[4] + head[5] + head[6];
        free(params);
    }
    free(frame);
}

static void end(int j) {
    char *text;
    unsigned size;
    if (answer(jobs[j].test, &text, &size) == 'r')
        send_frame('o', jobs[j].id, "\0\0\0\0", 4, text, size);
    else
        send_frame('e', jobs[j].id, "\0", 1, text, size);
    close(jobs[j].test);
    jobs[j] = jobs[--count];
    free(text);
}

int main(int argc, char **argv) {
    path = argv[1];
    if (argc > 2)
        return run_command(atol(argv[2]));
    for (;;) {
        struct pollfd events[MAX_JOBS + 1] = {{.fd = 3, .events = POLLIN}};
        for (int j = 0; j < count; j++)
            events[j + 1] = (struct pollfd){.fd = jobs[j].test, .events = POLLIN};
        int polled = count;
        if (poll(events, polled + 1, -1) < 0)
            continue;
        /* From the last to the first, because the end of a job moves the last one to its place. */
        for (int j = polled - 1; j >= 0; j--)
            if (events[j + 1].revents)
                end(j);
        if (events[0].revents)
            receive();
    }
}
