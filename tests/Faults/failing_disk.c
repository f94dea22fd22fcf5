/* A library to be preloaded before libc. While a trigger file exists, it makes one kind of call fail on one file, which
 * simulates a disk that breaks or fills up at a time that the test determines.
 *   FAULT_CALL     sync (fsync, fdatasync) or write (write, pwrite, pwrite64)
 *   FAULT_FILE     the suffix of the path of the file
 *   FAULT_ERRNO    the error number of the failed call
 *   FAULT_TRIGGER  the path of the trigger file; each failed call appends one byte, so its size is their number
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int fails(const char *call, int fd)
{
    const char *failing_call = getenv("FAULT_CALL"), *suffix = getenv("FAULT_FILE");
    const char *code = getenv("FAULT_ERRNO"), *trigger = getenv("FAULT_TRIGGER");
    char link[32], path[4096];
    int saved = errno, trigger_fd;
    ssize_t length;
    size_t suffix_length;

    if (!failing_call || !suffix || !code || !trigger || strcmp(failing_call, call) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    suffix_length = strlen(suffix);
    if (length < (ssize_t)suffix_length || strncmp(path + length - suffix_length, suffix, suffix_length) != 0 ||
        (trigger_fd = open(trigger, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0) {
        errno = saved;
        return 0;
    }
    REAL(write)(trigger_fd, "x", 1);
    close(trigger_fd);
    errno = atoi(code);
    return 1;
}

int fsync(int fd) { return fails("sync", fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fails("sync", fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t write(int fd, const void *from, size_t size)
{
    return fails("write", fd) ? -1 : REAL(write)(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
    return fails("write", fd) ? -1 : REAL(pwrite)(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
    return fails("write", fd) ? -1 : REAL(pwrite64)(fd, from, size, at);
}
