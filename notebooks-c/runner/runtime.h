/* runtime.h: what runs the RUNs of a notebook, and what it tells its reader.
 *
 * With the environment variable NB_FOLDER the standard output is read by a program: among the
 * printed text stand events, each a line that begins with the byte 0x1e (record separator):
 *
 *     cell LINE                    the RUN of that line begins
 *     figure PATH                  a picture to be shown here
 *     crash SIGNAL                 the process dies of this signal
 *     frame OFFSET PROGRAM         and was there, innermost first, as addr2line wants it
 *
 * and pictures go to that folder. Without it, pictures go to out/figures/ and their names are
 * printed. */
#ifndef NB_RUNTIME_H
#define NB_RUNTIME_H

#include <stdbool.h>

/** Writes an event, after all text so far, if anybody reads them. */
bool nb_event(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A name for a new picture; `ending` ".svg" or ".png". */
void nb_new_picture(char *path, int size, const char *ending);

/** Shows the picture. */
void nb_show(const char *path);

/** Prints the line and ends the program. */
void nb_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/** Streams line by line, and standard error with standard output, if events are wanted. */
void nb_open_streams(void);

/** Tells of a crash of this thread from now on, even when its stack is full. */
void nb_watch_crashes(void);

/** Runs what nb_add has taken up, in the order of its lines, and forgets it. */
void nb_run_all(void);

#endif
