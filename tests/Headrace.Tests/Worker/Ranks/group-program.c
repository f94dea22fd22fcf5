/* A warm rank group for tests: follows the instructions in a job's body. Works with every implementation of MPI. */
#include <mpi.h>

/* With the argument "alone", each rank believes that it is the only one, as with the launcher of another library. */
static MPI_Comm world;
static MPI_Comm all_ranks(void) { return MPI_COMM_WORLD; }
#undef MPI_COMM_WORLD
#define MPI_COMM_WORLD world

#include "../../../../samples/mpi-c/group.h"
#include <signal.h>

static int rank, size;

/* Executes a command that is addressed to this rank. */
static void obey(const char *command) {
    if (strcmp(command, "stop") == 0)
        raise(SIGSTOP);
    else if (strcmp(command, "segv") == 0)
        raise(SIGSEGV);
    else if (strcmp(command, "exit") == 0)
        _exit(4);
    else if (strcmp(command, "livelock") == 0) {
        group_busy = 0; /* Neither in a job nor at the loop that looks for messages. */
        for (;;)
            usleep(1000);
    } else if (strcmp(command, "print") == 0) {
        printf("output of %d\n", rank);
        fflush(stdout);
        fprintf(stderr, "error of %d\n", rank);
    }
}

static void succeed(uint32_t id, const char *text) {
    uint32_t head[2] = {id, 0};
    group_send('o', head, sizeof head, text, strlen(text));
}

/* A body is "RANK COMMAND", which that rank obeys before the job succeeds; "pids"; "wait FILE"; or the result. */
static void run(uint32_t id, char *body) {
    char command[100] = {0}, text[200] = {0};
    int target;
    if (sscanf(body, "%d %60s", &target, command) == 2) {
        if (target == 0)
            obey(command);
        else
            MPI_Send(command, sizeof command, MPI_CHAR, target, 1, MPI_COMM_WORLD);
        if (target != 0) {
            MPI_Status status;
            group_wait(target, 2, &status);
            MPI_Recv(command, sizeof command, MPI_CHAR, target, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
        succeed(id, "obeyed");
    } else if (strcmp(body, "pids") == 0) {
        int own = getpid(), all[64];
        for (int other = 1; other < size; other++) {
            strcpy(command, "pid");
            MPI_Status status;
            MPI_Send(command, sizeof command, MPI_CHAR, other, 1, MPI_COMM_WORLD);
            group_wait(other, 2, &status);
            MPI_Recv(command, sizeof command, MPI_CHAR, other, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            all[other] = atoi(command);
        }
        all[0] = own;
        for (int other = 0; other < size; other++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d ", all[other]);
        succeed(id, text);
    } else if (strcmp(body, "reject") == 0) {
        char head[5] = {0, 0, 0, 0, 2};
        memcpy(head, &id, 4);
        group_send('e', head, sizeof head, "no", 2);
    } else if (strncmp(body, "wait ", 5) == 0) { /* Writes its process id to a file, and waits forever. */
        FILE *file = fopen(body + 5, "w");
        fprintf(file, "%d\n", getpid());
        fclose(file);
        for (;;)
            pause();
    } else
        succeed(id, body);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    const char *mode = argc > 1 ? argv[1] : "";
    world = strcmp(mode, "alone") == 0 ? MPI_COMM_SELF : all_ranks();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (strcmp(mode, "fail") == 0 && rank == size - 1) {
        fprintf(stderr, "cannot start\n");
        exit(5);
    }
    group_join();
    if (strcmp(mode, "silent") != 0)
        MPI_Barrier(MPI_COMM_WORLD);
    uint32_t version = 1;
    if (rank == 0)
        group_send('r', &version, sizeof version, NULL, 0);
    for (uint32_t length; rank == 0 && (group_read(&length, 4), 1);) {
        char *frame = calloc(length + 1, 1), *at = frame + 5;
        group_read(frame, length);
        uint32_t count = frame[0] == 'c' ? *(uint32_t *)(frame + 1) : 0;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t head[7];
            memcpy(head, at, sizeof head);
            char body[200] = {0};
            memcpy(body, at + sizeof head + head[4] + head[5], head[6]);
            at += sizeof head + head[4] + head[5] + head[6];
            run(head[0], body);
        }
        if (frame[0] == 's')
            break;
        free(frame);
    }
    char command[100] = "end";
    if (rank == 0)
        for (int other = 1; other < size; other++)
            MPI_Send(command, sizeof command, MPI_CHAR, other, 1, MPI_COMM_WORLD);
    while (rank != 0) {
        MPI_Status status;
        group_wait(0, 1, &status);
        MPI_Recv(command, sizeof command, MPI_CHAR, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (strcmp(command, "end") == 0)
            break;
        if (strcmp(command, "pid") == 0)
            snprintf(command, sizeof command, "%d", getpid());
        else
            obey(command);
        MPI_Send(command, sizeof command, MPI_CHAR, 0, 2, MPI_COMM_WORLD);
    }
    if (strcmp(mode, "hang") == 0) /* A finalize that hangs. */
        for (;;)
            pause();
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
