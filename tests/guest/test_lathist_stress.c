/* lathist attaches to the two functions that every preemption-off section runs through, and detaches again,
 * while 8 processes fork, exec and exit on all harts. No child is lost and nothing is left.
 * usage: test_lathist_stress [ROUNDS]   (default 40) */
#include <signal.h>

#include "lathist_run.h"

#define WORKERS 8

static volatile sig_atomic_t enough;

static void on_signal(int signal) {
  (void)signal;
  enough = 1;
}

/* Forks children that run another program, until told to stop. Prints how many, and exits with 0 when each came back
 * with the status it was asked for. */
static void worker(int number) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  long children = 0;

  sigaction(SIGTERM, &action, NULL);
  while (!enough) {
    int status = -1, wanted = (int)(children % 100);
    char code[16];
    pid_t child, ended;

    snprintf(code, sizeof(code), "exit %d", wanted);
    child = fork();
    if (child == 0) {
      if (children % 2 == 0) execl("/bin/sh", "sh", "-c", code, (char *)NULL);
      _exit(children % 2 == 0 ? 127 : wanted);
    }
    if (child < 0) _exit(1);
    ended = waitpid(child, &status, 0);
    if (ended != child) _exit(2);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted) _exit(3);
    children++;
  }
  printf("# worker %d: %ld children, all came back\n", number, children);
  fflush(stdout);
  _exit(children > 0 ? 0 : 4);
}

/* One life of lathist: started, seen to count, ended by ^C or by kill -9. */
static int one_life(int round, int null) {
  const int ending = round % 2 == 0 ? SIGINT : SIGKILL;
  pid_t child = start_lathist("60", "0", null);
  int status = -1, armed = wait_until_armed(2);

  if (!armed) printf("# round %d: no two probes were armed\n", round);
  kill(child, ending);
  if (waitpid(child, &status, 0) != child) return 0;
  if (ending == SIGKILL) return armed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return armed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 40;
  int null = open("/dev/null", O_WRONLY), i, good = 0, back = 0;
  struct traces before;
  pid_t workers[WORKERS];

  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("# %d rounds beside %d workers\n", rounds, WORKERS);
  one_life(0, null); /* what is set up on first use is no leak, nor is our own output buffer */
  sleep_ms(300);
  before = look();
  for (i = 0; i < WORKERS; i++) {
    workers[i] = fork();
    if (workers[i] == 0) worker(i);
  }
  for (i = 0; i < rounds; i++) {
    good += one_life(i, null);
    if (i % 50 == 49) printf("# %d rounds\n", i + 1);
  }
  ok_equal(good, rounds, "lathist attached and detached beside fork, exec and exit on every hart");
  for (i = 0; i < WORKERS; i++) kill(workers[i], SIGTERM);
  for (i = 0; i < WORKERS; i++) {
    int status = -1;

    back += waitpid(workers[i], &status, 0) == workers[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (status != 0) printf("# worker %d: status %#x\n", i, status);
  }
  ok_equal(back, WORKERS, "all workers, and all their children, came back");
  ok_nothing_left(&before, "lathist under load");
  return tap_end();
}
