/* A library to be preloaded before libc. While a trigger file exists, every sync of one file takes at least the given
 * time, which simulates a slow disk.
 *   SLOW_FILE      the suffix of the path of the file
 *   SLOW_MS        the time that a sync takes, in milliseconds
 *   SLOW_TRIGGER   the path of the trigger file
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void wait_for_disk(int fd)
{
    const char *suffix = getenv("SLOW_FILE"), *ms = getenv("SLOW_MS"), *trigger = getenv("SLOW_TRIGGER");
    char link[32], path[4096];
    int saved = errno;
    struct timespec left;
    ssize_t length;
    size_t suffix_length;

    if (!suffix || !ms || !trigger) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    suffix_length = strlen(suffix);
    if (length >= (ssize_t)suffix_length && strncmp(path + length - suffix_length, suffix, suffix_length) == 0 &&
        access(trigger, F_OK) == 0) {
        left.tv_sec = atol(ms) / 1000;
        left.tv_nsec = atol(ms) % 1000 * 1000000;
        while (nanosleep(&left, &left) != 0 && errno == EINTR);
    }
    errno = saved;
}

int fsync(int fd)
{
    wait_for_disk(fd);
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    wait_for_disk(fd);
    return REAL(fdatasync)(fd);
}
