/* A disk that needs longer until something is on it: every fsync and fdatasync of the process waits before it begins.
 * SLOW_SYNC: microseconds. Loaded before the C library (LD_PRELOAD), so that SQLite's own syncs wait as well. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char *asked = getenv("SLOW_SYNC");
  if (asked)
    usleep((useconds_t)atoi(asked));
}

int fsync(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_the_disk();
  return real(file);
}

int fdatasync(int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_the_disk();
  return real(file);
}
