#include "report/runlog.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

rn_status rn_runlog_open(rn_runlog *log, const char *path, rn_err *err) {
    int descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) return rn_fail(err, "%s: cannot write: %s", path, strerror(errno));
    char last = '\n';
    if (lseek(descriptor, -1, SEEK_END) >= 0 && read(descriptor, &last, 1) != 1) last = '\n';
    *log = (rn_runlog){.descriptor = descriptor, .open = true, .cut = last != '\n'};
    return RN_OK;
}

void rn_runlog_write(rn_runlog *log, const cJSON *line) {
    char *text = log->open ? cJSON_PrintUnformatted(line) : NULL;
    if (!text) return;
    size_t size = strlen(text) + 3;
    char *whole = rn_vec_zeros(size, 1);
    int used = snprintf(whole, size, "%s%s\n", log->cut ? "\n" : "", text); /* ends a cut line */
    ssize_t written = write(log->descriptor, whole, (size_t)used);
    if (written > 0) log->cut = whole[written - 1] != '\n';
    free(whole);
    cJSON_free(text);
}

void rn_runlog_close(rn_runlog *log) {
    if (log->open) close(log->descriptor);
    *log = (rn_runlog){.descriptor = -1};
}
