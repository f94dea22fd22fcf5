/* The rank side of a warm rank group (docs/mpi.md). A program calls group_serve between MPI_Init and MPI_Finalize, with
   a function that runs one job. Numbers are little-endian, as on x86 and ARM. */
#include <mpi.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int group_socket;
static pthread_mutex_t group_lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether the main thread waits for the worker or computes, and how often it has looked for a message of a rank. */
static volatile int group_busy = 1;
static volatile unsigned long group_turns;

/* Writes a frame of up to three parts. The heartbeats of another thread do not come between them. */
static void group_send(char type, const void *head, uint32_t head_size, const void *rest, uint32_t rest_size) {
    char start[5];
    uint32_t length = 1 + head_size + rest_size;
    memcpy(start, &length, 4), start[4] = type;
    pthread_mutex_lock(&group_lock);
    const void *parts[] = {start, head, rest};
    uint32_t sizes[] = {5, head_size, rest_size};
    for (int i = 0; i < 3; i++)
        for (uint32_t sent = 0; sent < sizes[i];) {
            ssize_t count = send(group_socket, (const char *)parts[i] + sent, sizes[i] - sent, MSG_NOSIGNAL);
            if (count <= 0)
                _exit(1); /* The worker has ended the group. */
            sent += count;
        }
    pthread_mutex_unlock(&group_lock);
}

/* Sends a heartbeat each second, but none if the main thread neither computes nor makes progress. */
static void *group_heartbeats(void *rank) {
    unsigned long seen = 0;
    for (;; sleep(1)) {
        char byte;
        if (rank != NULL && recv(group_socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
            _exit(1); /* The worker has ended the group. On rank 0, the main thread reads and notices it. */
        if (group_busy || group_turns != seen)
            group_send('b', NULL, 0, NULL, 0);
        seen = group_turns;
    }
    return NULL;
}

/* Joins the group. Call it after MPI_Init. */
static void group_join(void) {
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const char *path = getenv("HEADRACE_RANK_SOCKET"), *number = getenv("HEADRACE_GROUP_EPOCH");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || number == NULL) {
        fprintf(stderr, "This program runs as a warm rank group of Headrace.\n");
        exit(2);
    }
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    group_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(group_socket, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(path);
        exit(1);
    }
    uint32_t head[3] = {1, rank, size};
    uint64_t epoch = strtoull(number, NULL, 10);
    group_send('j', head, sizeof head, &epoch, sizeof epoch);
    pthread_t thread;
    pthread_create(&thread, NULL, group_heartbeats, rank == 0 ? NULL : &group_socket);
}

/* Reads exactly these bytes. */
static void group_read(void *to, size_t count) {
    for (char *at = to; count > 0;) {
        ssize_t got = read(group_socket, at, count);
        if (got <= 0)
            _exit(1); /* The worker has ended the group. */
        at += got, count -= got;
    }
}

/* Waits for a message of another rank without keeping a core busy for long, as a blocking receive would. */
static inline void group_wait(int source, int tag, MPI_Status *status) {
    group_busy = 0;
    for (int found = 0, spins = 0; MPI_Iprobe(source, tag, MPI_COMM_WORLD, &found, status), !found; spins++) {
        group_turns++;
        if (spins > 1000)
            usleep(1000);
    }
    group_busy = 1;
}

/* Runs a job: reads its body, which a zero follows, and writes its result, of at most GROUP_RESULT bytes. Returns the
   size of the result. A job that cannot be run returns group_fail instead. */
typedef size_t group_work(const char *body, size_t size, char *result);

enum { GROUP_RESULT = 64 << 10, GROUP_JOB = 1, GROUP_DONE, GROUP_FAILED, GROUP_STOP };

/* Whether the last job has failed. Its result is then the reason. */
static int group_failed;

/* Fails the job for this reason: group_work returns what this function returns. */
static inline size_t group_fail(char *result, const char *reason) {
    group_failed = 1;
    return snprintf(result, GROUP_RESULT, "%s", reason);
}

struct group_job {
    uint32_t id, size;
    const char *body; /* ends with a zero that does not count */
};

/* A message among the ranks: the id of a job, then its body or its result. */
static inline void group_pass(int rank, int tag, uint32_t id, const char *bytes, size_t size) {
    char *message = malloc(4 + size);
    memcpy(message, &id, 4), memcpy(message + 4, bytes, size);
    MPI_Send(message, 4 + size, MPI_BYTE, rank, tag, MPI_COMM_WORLD);
    free(message);
}

/* Receives the message that was found, and frees the previous one. A zero follows it. */
static inline struct group_job group_receive(MPI_Status *status) {
    static char *message;
    int size;
    MPI_Get_count(status, MPI_BYTE, &size);
    message = realloc(message, size + 1), message[size] = 0;
    MPI_Recv(message, size, MPI_BYTE, status->MPI_SOURCE, status->MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    struct group_job job = {0, size < 4 ? 0 : size - 4, message + 4};
    if (size >= 4)
        memcpy(&job.id, message, 4);
    return job;
}

/* Runs a job, and returns the tag of the message about its end. */
static inline int group_try(group_work *work, const struct group_job *job, char *result, size_t *size) {
    group_failed = 0;
    *size = work(job->body, job->size, result);
    return group_failed ? GROUP_FAILED : GROUP_DONE;
}

/* Sends the end of a job to the worker: a result, or an error that a second attempt would not avoid. */
static inline void group_end(int tag, uint32_t id, const char *result, size_t size) {
    char head[8] = {0}; /* a result: 0 for the content type of the manifest */
    memcpy(head, &id, 4);
    if (tag == GROUP_DONE) {
        group_send('o', head, 8, result, size);
        return;
    }
    head[4] = 2; /* reject */
    group_send('e', head, 5, result, size);
}

/* Runs a batch on rank 0 and the others. Each other rank has up to two jobs, so that it need not wait while rank 0 runs
   one itself. Each result is returned as soon as it is known. */
static inline void group_run(struct group_job *jobs, uint32_t count, int ranks, group_work *work) {
    static char result[GROUP_RESULT];
    uint32_t next = 0, done = 0;
    for (int ahead = 0; ahead < 2; ahead++)
        for (int rank = 1; rank < ranks && next < count; rank++, next++)
            group_pass(rank, GROUP_JOB, jobs[next].id, jobs[next].body, jobs[next].size);
    for (; done < count; done++) {
        int found = 0;
        MPI_Status status;
        if (next == count)
            group_wait(MPI_ANY_SOURCE, MPI_ANY_TAG, &status), found = 1;
        else if (ranks > 1)
            MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, &status);
        if (found) {
            struct group_job ended = group_receive(&status);
            if (next < count) {
                group_pass(status.MPI_SOURCE, GROUP_JOB, jobs[next].id, jobs[next].body, jobs[next].size);
                next++;
            }
            group_end(status.MPI_TAG, ended.id, ended.body, ended.size);
        } else {
            size_t size;
            int tag = group_try(work, &jobs[next], result, &size);
            group_end(tag, jobs[next++].id, result, size);
        }
    }
}

/* Reads the calls of the worker on rank 0 until it says stop. */
static inline void group_read_calls(int ranks, group_work *work) {
    uint32_t version = 1;
    group_send('r', &version, sizeof version, NULL, 0);
    for (uint32_t length; group_read(&length, 4), 1;) {
        char *frame = calloc(length + 1, 1), *at = frame + 5;
        group_read(frame, length);
        uint32_t count = frame[0] == 'c' ? *(uint32_t *)(frame + 1) : 0;
        struct group_job *jobs = calloc(count + 1, sizeof *jobs);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t head[7]; /* id, attempt, job (two words), sizes of params, content type and body */
            memcpy(head, at, sizeof head);
            char *body = calloc(head[6] + 1, 1);
            memcpy(body, at + sizeof head + head[4] + head[5], head[6]);
            jobs[i] = (struct group_job){head[0], head[6], body};
            at += sizeof head + head[4] + head[5] + head[6];
        }
        if (count > 0)
            group_run(jobs, count, ranks, work);
        int stop = frame[0] == 's';
        for (uint32_t i = 0; i < count; i++)
            free((char *)jobs[i].body);
        free(jobs), free(frame);
        if (stop)
            return;
    }
}

/* Serves the worker until it ends the group. */
static inline void group_serve(group_work *work) {
    static char result[GROUP_RESULT];
    int rank, ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    group_join();
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        group_read_calls(ranks, work);
        for (int other = 1; other < ranks; other++)
            MPI_Send(NULL, 0, MPI_BYTE, other, GROUP_STOP, MPI_COMM_WORLD);
    } else
        for (;;) {
            MPI_Status status;
            group_wait(0, MPI_ANY_TAG, &status);
            struct group_job job = group_receive(&status);
            if (status.MPI_TAG == GROUP_STOP)
                break;
            size_t size;
            int tag = group_try(work, &job, result, &size);
            group_pass(0, tag, job.id, result, size);
        }
    MPI_Barrier(MPI_COMM_WORLD); /* MPICH may hang in MPI_Finalize if ranks arrive at different times. */
}
