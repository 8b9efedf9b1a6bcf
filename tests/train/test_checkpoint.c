/* The linker puts __wrap_write, __wrap_fsync and __wrap_rename in the place of the library's system
 * calls: see LINK_test_checkpoint in the Makefile. */
#define _GNU_SOURCE /* unshare */
#include "train/checkpoint.h"
#include "base/text.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- faults ---------------------------------------------------------------------------------- */

typedef enum fault {
    NO_FAULT,
    FULL,
    BROKEN,
    NOTHING,
    SHORT,
    INTERRUPT,
    KILL,
    HALF_THEN_KILL
} fault;

static struct {
    fault kind;
    int at;        /* the call that fails, counted from 0 over all three functions */
    int calls;     /* so far */
    char log[256]; /* a letter a call */
} faults;

static void arm(fault kind, int at) {
    memset(&faults, 0, sizeof faults);
    faults.kind = kind;
    faults.at = at;
}

/* Counts a call; the fault that hits it. */
static fault next_call(char letter) {
    if (faults.calls < (int)sizeof faults.log - 1) faults.log[faults.calls] = letter;
    fault hit = faults.calls++ == faults.at ? faults.kind : NO_FAULT;
    if (hit == KILL) raise(SIGKILL);
    return hit;
}

static int fail_with(int error) {
    errno = error;
    return -1;
}

ssize_t __real_write(int descriptor, const void *bytes, size_t size);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size);
int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

ssize_t __wrap_write(int descriptor, const void *bytes, size_t size) {
    switch (next_call('w')) {
    case FULL: return fail_with(ENOSPC);
    case BROKEN: return fail_with(EIO);
    case INTERRUPT: return fail_with(EINTR);
    case NOTHING: return 0;
    case SHORT: return __real_write(descriptor, bytes, (size + 1) / 2);
    case HALF_THEN_KILL: __real_write(descriptor, bytes, size / 2); return raise(SIGKILL);
    default: return __real_write(descriptor, bytes, size);
    }
}

int __wrap_fsync(int descriptor) {
    switch (next_call('f')) {
    case FULL: return fail_with(ENOSPC);
    case BROKEN: return fail_with(EIO);
    case INTERRUPT: return fail_with(EINTR);
    default: return __real_fsync(descriptor);
    }
}

int __wrap_rename(const char *from, const char *to) {
    switch (next_call('r')) {
    case FULL: return fail_with(ENOSPC);
    case BROKEN: return fail_with(EIO);
    default: return __real_rename(from, to);
    }
}

/* ---- a small network ------------------------------------------------------------------------- */

/* Values, gradients and momentum: numbers that depend on the place and on `seed`. */
static rn_params make_params(int seed, int classes) {
    rn_params params = {0};
    rn_params_declare(&params, RN_PARAM_CONV, (int[]){3, 2, 64, 70}, "backbone.body.conv1.weight");
    rn_params_declare(&params, RN_PARAM_BUFFER, (int[]){70}, "backbone.body.bn1.running_mean");
    rn_params_declare(&params, RN_PARAM_NORM, (int[]){70}, "backbone.body.layer1.0.bn1.weight");
    rn_params_declare(&params, RN_PARAM_CONV, (int[]){1, 1, 70, 3},
                      "backbone.fpn.inner_blocks.1.0.weight");
    rn_params_declare(&params, RN_PARAM_BIAS, (int[]){3}, "backbone.fpn.inner_blocks.1.0.bias");
    rn_params_declare(&params, RN_PARAM_CONV, (int[]){3, 3, 3, 5},
                      "head.classification_head.conv.2.0.weight");
    rn_params_declare(&params, RN_PARAM_BIAS, (int[]){classes},
                      "head.classification_head.cls_logits.bias");
    rn_params_commit(&params, true);
    for (size_t i = 0; i < params.total; i++)
        params.value[i] = (rn_float)(sin((double)i + seed) * 3);
    for (size_t i = 0; i < params.trainable; i++)
        params.momentum[i] = (rn_float)(cos((double)i - seed) / 3);
    return params;
}

static bool equal_params(const rn_params *a, const rn_params *b) {
    return a->total == b->total && memcmp(a->value, b->value, a->total * sizeof *a->value) == 0 &&
           memcmp(a->momentum, b->momentum, a->trainable * sizeof *a->momentum) == 0;
}

static rn_safetensors load(const char *path) {
    rn_safetensors file;
    rn_err err = {""};
    cr_assert(rn_safetensors_load(&file, path, &err) == RN_OK, "%s", err.text);
    return file;
}

static void save(const char *path, const rn_params *params) {
    rn_err err = {""};
    cr_assert(rn_checkpoint_save(path, params, true, NULL, &err) == RN_OK, "%s", err.text);
}

/* Does the file hold exactly these parameters and their momentum? */
static bool holds(const char *path, const rn_params *want) {
    rn_err err = {""};
    rn_checkpoint_match match;
    rn_params got = make_params(99, 7);
    rn_safetensors file = load(path);
    cr_assert(rn_checkpoint_take(&got, &match, &file, true, true, path, &err) == RN_OK, "%s",
              err.text);
    bool same = equal_params(&got, want);
    rn_safetensors_free(&file);
    rn_params_free(&got);
    return same;
}

/* ---- what is written, what is read ----------------------------------------------------------- */

Test(checkpoint, weights_are_oihw_in_the_file) {
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    rn_params params = make_params(1, 7);
    rn_err err = {""};
    cJSON *metadata = cJSON_CreateObject();
    cJSON_AddStringToObject(metadata, "step", "12");
    cr_assert(rn_checkpoint_save(path, &params, false, metadata, &err) == RN_OK, "%s", err.text);
    rn_safetensors file = load(path);
    cr_expect_eq(file.count, params.count);
    cr_expect_str_eq(rn_safetensors_text(&file, "step"), "12");
    for (size_t i = 0; i < params.count; i++) {
        const rn_param *p = params.list[i];
        const rn_safetensor *t = rn_safetensors_find(&file, p->name);
        cr_assert(t && t->dtype == rn_dtype_real() && t->dims == p->dims, "%s", p->name);
        const rn_float *bytes = t->bytes; /* our own files are aligned */
        if (p->dims == 1) {
            cr_expect(t->shape[0] == p->shape[0] && memcmp(bytes, p->value, t->size) == 0);
            continue;
        }
        int R = p->shape[0], S = p->shape[1], C = p->shape[2], K = p->shape[3];
        cr_expect(t->shape[0] == K && t->shape[1] == C && t->shape[2] == R && t->shape[3] == S);
        for (int k = 0; k < K; k++)
            for (int c = 0; c < C; c++)
                for (int r = 0; r < R; r++)
                    for (int s = 0; s < S; s++)
                        cr_assert(*bytes++ == p->value[((r * S + s) * C + c) * K + k],
                                  "%s: (%d, %d, %d, %d)", p->name, k, c, r, s);
    }
    rn_safetensors_free(&file);
    cJSON_Delete(metadata);
    rn_params_free(&params);
    folder_remove(&f);
}

Test(checkpoint, values_and_momentum_come_back_bit_for_bit) {
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    rn_params params = make_params(1, 7), other = make_params(2, 7);
    params.value[0] = (rn_float)NAN, params.value[1] = (rn_float)-0.0;
    save(path, &params);
    cr_expect(holds(path, &params));
    cr_expect_not(holds(path, &other));
    rn_safetensors file = load(path);
    cr_expect_eq(file.count, 2 * params.count - 1, "a buffer has no momentum");
    rn_safetensors_free(&file);
    rn_params_free(&params);
    rn_params_free(&other);
    folder_remove(&f);
}

Test(checkpoint, strict_names_the_first_problem_and_changes_nothing) {
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    rn_params saved = make_params(1, 7), seven = make_params(2, 7), same = make_params(2, 7),
              eight = make_params(2, 8), also = make_params(2, 8);
    rn_err err = {""};
    rn_checkpoint_match match;
    cr_assert(rn_checkpoint_save(path, &saved, false, NULL, &err) == RN_OK);
    rn_safetensors file = load(path);
    cr_expect(rn_checkpoint_take(&eight, &match, &file, true, false, path, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "a.safetensors: head.classification_head.cls_logits.bias: expected "
                               "(8), got F"),
              "%s", err.text);
    cr_expect(match.other_shape == 1 && match.missing == 0 && match.taken == 6);
    cr_expect(equal_params(&eight, &also));
    cr_expect(rn_checkpoint_take(&seven, &match, &file, true, true, path, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "optimizer.momentum.backbone.body.conv1.weight: expected (70, 64, "
                               "3, 2), got nothing"),
              "%s", err.text);
    cr_expect(equal_params(&seven, &same));
    rn_safetensors_free(&file);
    rn_params *all[] = {&saved, &seven, &same, &eight, &also};
    for (size_t i = 0; i < RN_COUNT(all); i++) rn_params_free(all[i]);
    folder_remove(&f);
}

Test(checkpoint, without_strict_what_fits_is_taken) {
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    rn_params saved = make_params(1, 7), params = make_params(2, 8);
    rn_err err = {""};
    rn_checkpoint_match match;
    save(path, &saved);
    rn_safetensors file = load(path);
    cr_expect(rn_checkpoint_take(&params, &match, &file, false, false, path, &err) == RN_OK);
    cr_expect(match.taken == 6 && match.other_shape == 1 && match.missing == 0);
    cr_expect_eq(match.unused, 1, "cls_logits.bias; momentum does not count, got %zu",
                 match.unused);
    cr_expect(strstr(match.first_problem, "cls_logits.bias: expected (8), got"));
    for (size_t i = 0; i < params.count; i++) {
        const rn_param *p = params.list[i], *q = saved.list[i];
        bool taken = memcmp(p->value, q->value, q->count * sizeof *p->value) == 0;
        cr_expect(taken == (i < 6), "%s", p->name);
    }
    rn_safetensors_free(&file);
    rn_params_free(&saved);
    rn_params_free(&params);
    folder_remove(&f);
}

/* ImageNet classifiers have bare names; older torchvision had other names in pyramid and heads. */
Test(checkpoint, bare_and_older_names_are_found) {
    static const float weight[70 * 64 * 6] = {3}, small[70] = {5}, inner[210] = {7},
                                        conv[135] = {9};
    const rn_safetensor list[] = {
        {"conv1.weight", RN_DTYPE_F32, 4, {70, 64, 3, 2}, weight, sizeof weight},
        {"bn1.running_mean", RN_DTYPE_F32, 1, {70}, small, sizeof small},
        {"layer1.0.bn1.weight", RN_DTYPE_F16, 1, {70}, small, sizeof small / 2},
        {"bn1.num_batches_tracked", RN_DTYPE_I64, 0, {0}, small, 8},
        {"fc.weight", RN_DTYPE_F32, 2, {1, 70}, small, sizeof small},
        {"layer9.weight", RN_DTYPE_F32, 1, {70}, small, sizeof small},
        {"backbone.fpn.inner_blocks.1.weight", RN_DTYPE_F32, 4, {3, 70, 1, 1}, inner, sizeof inner},
        {"backbone.fpn.inner_blocks.1.bias", RN_DTYPE_I32, 1, {3}, inner, 12},
        {"head.classification_head.conv.4.weight",
         RN_DTYPE_F32,
         4,
         {5, 3, 3, 3},
         conv,
         sizeof conv},
        {"head.classification_head.conv.2.weight",
         RN_DTYPE_F32,
         4,
         {5, 3, 3, 3},
         weight,
         sizeof conv},
    };
    folder f = folder_make();
    const char *path = folder_file(&f, "a.safetensors");
    rn_err err = {""};
    rn_checkpoint_match match;
    cr_assert(rn_safetensors_save(path, list, RN_COUNT(list), NULL, &err) == RN_OK);
    rn_params params = make_params(1, 7);
    rn_safetensors file = load(path);
    cr_expect(rn_checkpoint_take(&params, &match, &file, false, false, path, &err) == RN_OK);
    cr_expect(match.taken == 5 && match.other_shape == 1 && match.missing == 1,
              "%zu taken, %zu of other shape, %zu missing", match.taken, match.other_shape,
              match.missing);
    cr_expect_eq(match.unused, 3, "layer9, the bias of whole numbers and conv.2, got %zu",
                 match.unused);
    static const double want[] = {3, 5, 0, 7, NAN, 9};
    for (size_t i = 0; i < RN_COUNT(want); i++)
        if (i != 2 && i != 4)
            cr_expect((double)params.list[i]->value[0] == want[i], "%s is %g, want %g",
                      params.list[i]->name, (double)params.list[i]->value[0], want[i]);
    rn_params before = make_params(1, 7);
    cr_expect(rn_checkpoint_take(&before, &match, &file, true, false, path, &err) == RN_ERROR);
    cr_expect_eq(match.taken, 0, "strict takes exact names only");
    rn_safetensors_free(&file);
    rn_params_free(&params);
    rn_params_free(&before);
    folder_remove(&f);
}

/* ---- safety ---------------------------------------------------------------------------------- */

static int calls_of_a_save(const char *path, const rn_params *params) {
    arm(NO_FAULT, -1);
    save(path, params);
    cr_assert(strstr(faults.log, "wwww") && strstr(faults.log, "wfrf"), "calls: %s", faults.log);
    return faults.calls;
}

/* Saves `after` over `before` with a fault; checks the outcome. */
static void save_with_fault(folder *f, const char *path, const rn_params *before,
                            const rn_params *after, fault kind, int at) {
    rn_err err = {""};
    arm(NO_FAULT, -1);
    save(path, before);
    arm(kind, at);
    rn_status status = rn_checkpoint_save(path, after, true, NULL, &err);
    cr_assert(faults.calls > at, "the fault %d did not happen", at);
    char call = faults.log[at];
    bool last = at > 0 && faults.log[at - 1] == 'r';
    bool harmless = kind == SHORT || kind == INTERRUPT || last || (kind == NOTHING && call != 'w');
    arm(NO_FAULT, -1);
    cr_expect(status == (harmless ? RN_OK : RN_ERROR), "fault %d at call %d (%c)", kind, at, call);
    cr_expect(harmless || strstr(err.text, "cannot write: "), "%s", err.text);
    cr_expect(holds(path, harmless ? after : before), "fault %d at call %d (%c)", kind, at, call);
    cr_expect_eq(folder_count(f), 1, "fault %d at call %d (%c)", kind, at, call);
}

Test(checkpoint, a_failure_at_any_call_leaves_the_old_file_alone) {
    static const fault kinds[] = {FULL, BROKEN, NOTHING, SHORT, INTERRUPT};
    folder f = folder_make();
    const char *path = folder_file(&f, "last.safetensors");
    rn_params before = make_params(1, 7), after = make_params(2, 7);
    int calls = calls_of_a_save(path, &before);
    for (size_t k = 0; k < RN_COUNT(kinds); k++)
        for (int at = 0; at < calls; at++) save_with_fault(&f, path, &before, &after, kinds[k], at);
    rn_params_free(&before);
    rn_params_free(&after);
    folder_remove(&f);
}

/* Runs a save in a child that is killed at call `at`; returns the child's process id. */
static pid_t save_and_die(const char *path, const rn_params *params, fault kind, int at) {
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        rn_err err;
        arm(kind, at);
        _exit(rn_checkpoint_save(path, params, true, NULL, &err) == RN_OK ? 0 : 1);
    }
    int status = 0;
    cr_assert(waitpid(child, &status, 0) == child);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "call %d: status %#x", at,
              (unsigned)status);
    return child;
}

static void kill_at_every_call(fault kind, const char *letters) {
    folder f = folder_make();
    const char *path = folder_file(&f, "last.safetensors");
    rn_params before = make_params(1, 7), after = make_params(2, 7);
    int calls = calls_of_a_save(path, &before);
    char log[sizeof faults.log];
    memcpy(log, faults.log, sizeof log);
    for (int at = 0; at < calls; at++) {
        if (!strchr(letters, log[at])) continue;
        bool renamed = at > 0 && log[at - 1] == 'r';
        arm(NO_FAULT, -1);
        save(path, &before);
        pid_t child = save_and_die(path, &after, kind, at);
        cr_expect(holds(path, renamed ? &after : &before), "killed at call %d (%c)", at, log[at]);
        char name[64];
        snprintf(name, sizeof name, "last.safetensors.tmp-%ld", (long)child);
        bool left = rn_file_exists(folder_file(&f, name));
        cr_expect(left != renamed, "killed at call %d (%c): %s", at, log[at], name);
        cr_expect_eq(folder_count(&f), 1 + left);
        unlink(folder_file(&f, name));
    }
    rn_params_free(&before);
    rn_params_free(&after);
    folder_remove(&f);
}

Test(checkpoint, a_kill_at_any_call_leaves_a_whole_file) { kill_at_every_call(KILL, "wfr"); }

Test(checkpoint, a_kill_within_a_write_leaves_a_whole_file) {
    kill_at_every_call(HALF_THEN_KILL, "w");
}

/* A file system of its own, seen by this process alone; false where that is not allowed. */
static bool mount_one_megabyte(const char *path) {
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0;
}

Test(checkpoint, a_full_disk_leaves_the_old_file_alone) {
    folder f = folder_make();
    if (!mount_one_megabyte(f.path)) {
        folder_remove(&f);
        cr_skip_test("skipped: mounting a file system is not allowed here");
    }
    arm(NO_FAULT, -1);
    const char *path = folder_file(&f, "last.safetensors");
    rn_params params = make_params(1, 7), more = {0};
    rn_err err = {""};
    save(path, &params);
    rn_params_declare(&more, RN_PARAM_CONV, (int[]){3, 3, 256, 256}, "a.weight");
    rn_params_commit(&more, true);
    cr_expect(rn_checkpoint_save(path, &more, true, NULL, &err) == RN_ERROR);
    cr_expect(strstr(err.text, strerror(ENOSPC)), "%s", err.text);
    cr_expect(holds(path, &params));
    cr_expect_eq(folder_count(&f), 1);
    rn_params_free(&params);
    rn_params_free(&more);
    umount(f.path);
    folder_remove(&f);
}
