/* main.c: a notebook as a program: its RUNs from top to bottom. */
#include "runtime.h"

int main(void) {
    nb_open_streams();
    nb_watch_crashes();
    nb_run_all();
    return 0;
}
