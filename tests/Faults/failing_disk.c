/* Loaded before libc, it makes one kind of call fail on one file while a trigger file exists: a disk that breaks or fills when a test says so.
 *   FAULT_CALL     sync (fsync, fdatasync) or write (write, pwrite, pwrite64)
 *   FAULT_FILE     how the path of the file ends
 *   FAULT_ERRNO    what the call says, a number
 *   FAULT_TRIGGER  the path of the trigger; each failed call adds one byte to it, so that its size counts them
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
    const char *wanted = getenv("FAULT_CALL"), *file = getenv("FAULT_FILE"), *code = getenv("FAULT_ERRNO"), *trigger = getenv("FAULT_TRIGGER");
    char link[32], path[4096];
    int saved = errno, count;
    ssize_t length;
    size_t end;

    if (!wanted || !file || !code || !trigger || strcmp(wanted, call) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    end = strlen(file);
    if (length < (ssize_t)end || strncmp(path + length - end, file, end) != 0 || (count = open(trigger, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0) {
        errno = saved;
        return 0;
    }
    REAL(write)(count, "x", 1);
    close(count);
    errno = atoi(code);
    return 1;
}

int fsync(int fd) { return fails("sync", fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fails("sync", fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t write(int fd, const void *from, size_t size) { return fails("write", fd) ? -1 : REAL(write)(fd, from, size); }

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { return fails("write", fd) ? -1 : REAL(pwrite)(fd, from, size, at); }

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { return fails("write", fd) ? -1 : REAL(pwrite64)(fd, from, size, at); }
