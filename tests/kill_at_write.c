// LD_PRELOAD: the program is killed before the $KILL_AT_WRITE-th of its calls that change what lies on a disk: bytes of a
// file, their flushing, names. What it prints does not count.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void step(void) {
  static atomic_long done;
  const char *at = getenv("KILL_AT_WRITE");
  if (at && atomic_fetch_add(&done, 1) + 1 == atol(at)) raise(SIGKILL);
}

static int is_file(int fd) {
  struct stat known;
  return fd > 2 && fstat(fd, &known) == 0 && S_ISREG(known.st_mode);
}

#define NEXT(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t count) {
  if (is_file(fd)) step();
  return NEXT(ssize_t, write, int, const void *, size_t)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  step();
  return NEXT(ssize_t, pwrite, int, const void *, size_t, off_t)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  step();
  return NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t)(fd, bytes, count, at);
}

int fdatasync(int fd) {
  step();
  return NEXT(int, fdatasync, int)(fd);
}

int fsync(int fd) {
  step();
  return NEXT(int, fsync, int)(fd);
}

int rename(const char *from, const char *to) {
  step();
  return NEXT(int, rename, const char *, const char *)(from, to);
}

int unlink(const char *path) {
  step();
  return NEXT(int, unlink, const char *)(path);
}
