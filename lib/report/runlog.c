#include "report/runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

rn_status rn_runlog_open(rn_runlog *log, const char *path, rn_err *err) {
    log->descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log->descriptor < 0) return rn_fail(err, "%s: cannot write: %s", path, strerror(errno));
    log->open = true;
    char last = '\n';
    if (lseek(log->descriptor, -1, SEEK_END) >= 0 && read(log->descriptor, &last, 1) == 1 &&
        last != '\n' && write(log->descriptor, "\n", 1) != 1)
        return rn_fail(err, "%s: cannot write: %s", path, strerror(errno));
    return RN_OK;
}

void rn_runlog_write(rn_runlog *log, const cJSON *line) {
    char *text = log->open ? cJSON_PrintUnformatted(line) : NULL;
    if (!text) return;
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of the final '\0' */
    if (write(log->descriptor, text, size + 1) < 0) log->open = log->descriptor >= 0;
    cJSON_free(text);
}

void rn_runlog_close(rn_runlog *log) {
    if (log->open) close(log->descriptor);
    *log = (rn_runlog){.descriptor = -1};
}
