/* From nothing to a detector that starts from a pretrained backbone, on the command line. */
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Runs the program in the folder, with `before` in front of its name; returns the exit code and the
 * first bytes of both streams. */
static int run(char *text, size_t size, const folder *f, const char *before,
               const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "cd '%s' && %s '%s/retinanet' %s 2>&1 </dev/null", f->path,
             before, getenv("RN_BUILD"), arguments);
    FILE *pipe = popen(command, "r");
    cr_assert(pipe);
    size_t n = fread(text, 1, size - 1, pipe);
    text[n] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(pretrain_program, a_detector_starts_from_what_it_writes) {
    char text[8192];
    folder f = folder_make();
    int code = run(text, sizeof text, &f, "",
                   "pretrain --out body.safetensors --crops 64 --val-crops 26 --epochs 1 --threads "
                   "1");
    cr_expect(code == 0 && strstr(text, "validation accuracy") && strstr(text, "crescent"), "%s",
              text);
    cr_expect(folder_count(&f) == 1);
    code = run(text, sizeof text, &f, "",
               "train --data scenes:train=8 --iters 1 --init body.safetensors --out run --threads "
               "1");
    cr_expect(code == 0, "%s", text);
    cr_expect(strstr(text, "preset    scenes\n") && strstr(text, "network   tiny"), "%s", text);
    cr_expect(strstr(text, "body.safetensors: 60 parameters taken, ") &&
                  strstr(text, " 0 of another shape, 0 tensors unused"),
              "%s", text);
    folder_remove(&f);
}

Test(pretrain_program, an_interrupt_leaves_nothing) {
    char text[8192];
    folder f = folder_make();
    int code = run(text, sizeof text, &f, "timeout --preserve-status -s INT 1",
                   "pretrain --out body.safetensors --epochs 10000");
    cr_expect(code == 130, "%d: %s", code, text); /* on a busy machine before its first word */
    cr_expect(folder_count(&f) == 0);
    folder_remove(&f);
}
