#include "base/file.h"
#include "base/real.h"
#include "support/comma.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_content(const char *path, const void *want, size_t want_size) {
    char *bytes = NULL;
    size_t size = 0;
    rn_err err = {""};
    cr_assert(rn_file_read(&bytes, &size, path, 1 << 24, &err) == RN_OK, "%s", err.text);
    cr_expect(size == want_size && memcmp(bytes, want, size) == 0, "%s: %zu bytes, want %zu", path,
              size, want_size);
    cr_expect_eq(bytes[size], '\0');
    free(bytes);
}

/* ---- read ------------------------------------------------------------------------------------ */

Test(file, whole_files_are_read) {
    static const size_t sizes[] = {0, 1, 5, 65535, 65536, 65537, 200000};
    static char bytes[200000];
    folder f = folder_make();
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * i >> 3); /* zeros too */
    for (size_t i = 0; i < RN_COUNT(sizes); i++)
        expect_content(folder_put(&f, "a", bytes, sizes[i]), bytes, sizes[i]);
    folder_remove(&f);
}

Test(file, the_limit_is_the_largest_size) {
    folder f = folder_make();
    const char *path = folder_put(&f, "a", "12345", 5);
    char *bytes = NULL;
    size_t size;
    rn_err err = {""};
    cr_expect(rn_file_read(&bytes, &size, path, 4, &err) == RN_ERROR && !bytes);
    cr_expect(strstr(err.text, "a: expected at most 4 bytes, got more"), "%s", err.text);
    cr_expect(rn_file_read(&bytes, &size, path, 5, &err) == RN_OK);
    free(bytes);
    cr_expect(rn_file_read(&bytes, &size, path, SIZE_MAX, &err) == RN_OK && size == 5);
    free(bytes);
    folder_remove(&f);
}

Test(file, a_file_without_a_size_is_read_up_to_the_limit) {
    char *bytes = NULL;
    size_t size = 0;
    rn_err err = {""};
    cr_expect(rn_file_read(&bytes, &size, "/dev/zero", 100000, &err) == RN_ERROR && !bytes);
    cr_expect(strstr(err.text, "at most 100000 bytes"), "%s", err.text);
    cr_expect(rn_file_read(&bytes, &size, "/dev/null", 10, &err) == RN_OK && size == 0);
    free(bytes);
}

Test(file, a_pipe_is_read_to_its_end) {
    folder f = folder_make();
    const char *path = folder_file(&f, "pipe");
    static char bytes[300000];
    memset(bytes, 'p', sizeof bytes);
    cr_assert(mkfifo(path, 0600) == 0);
    pid_t child = fork();
    if (child == 0) {
        int descriptor = open(path, O_WRONLY);
        size_t done = 0;
        for (ssize_t n; done < sizeof bytes; done += (size_t)n)
            if ((n = write(descriptor, bytes + done, sizeof bytes - done)) <= 0) _exit(1);
        _exit(0);
    }
    expect_content(path, bytes, sizeof bytes);
    waitpid(child, NULL, 0);
    folder_remove(&f);
}

#ifndef __SANITIZE_ADDRESS__ /* it would report the size */
Test(file, more_than_memory_holds_is_an_error) {
    folder f = folder_make();
    const char *path = folder_put(&f, "a", "", 0);
    cr_assert(truncate(path, (off_t)1 << 42) == 0 || errno == EFBIG);
    char *bytes = NULL;
    size_t size;
    rn_err err = {""};
    struct stat info;
    cr_assert(stat(path, &info) == 0);
    if (info.st_size > 0) { /* a file of 4 TB, all hole */
        cr_expect(rn_file_read(&bytes, &size, path, SIZE_MAX, &err) == RN_ERROR && !bytes);
        cr_expect(strstr(err.text, "cannot read: "), "%s", err.text);
    }
    folder_remove(&f);
}

#endif

Test(file, what_is_no_file_is_not_read) {
    folder f = folder_make();
    char *bytes = NULL;
    size_t size;
    rn_err err = {""};
    cr_expect(rn_file_read(&bytes, &size, f.path, 10, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "expected a file, got a folder"), "%s", err.text);
    cr_expect(rn_file_read(&bytes, &size, folder_file(&f, "none"), 10, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "none: cannot open: "), "%s", err.text);
    cr_expect(rn_file_read(&bytes, &size, "", 10, &err) == RN_ERROR);
    cr_expect_null(bytes);
    folder_remove(&f);
}

/* ---- write ----------------------------------------------------------------------------------- */

/* Pieces of all sizes around that of the buffer come out in order. */
Test(file, pieces_are_written_in_order) {
    static const size_t sizes[] = {1, 65535, 1, 65536, 0, 65537, 3, 131072, 7, 65530, 7, 300000, 1};
    static char bytes[800000];
    folder f = folder_make();
    const char *path = folder_file(&f, "a");
    rn_file file = {0};
    rn_err err = {""};
    size_t used = 0;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 7 >> 4);
    cr_assert(rn_file_begin(&file, path, &err) == RN_OK);
    for (size_t i = 0; i < RN_COUNT(sizes); used += sizes[i++]) {
        cr_assert(used + sizes[i] <= sizeof bytes);
        rn_file_write(&file, bytes + used, sizes[i]);
    }
    cr_expect_not(rn_file_exists(path), "the name appears at the end only");
    cr_assert(rn_file_commit(&file, &err) == RN_OK, "%s", err.text);
    expect_content(path, bytes, used);
    cr_expect_eq(folder_count(&f), 1);
    folder_remove(&f);
}

Test(file, a_save_replaces_what_was_there) {
    folder f = folder_make();
    const char *path = folder_put(&f, "a", "a long text", 11);
    rn_err err = {""};
    cr_assert(rn_file_save(path, "new", 3, &err) == RN_OK);
    expect_content(path, "new", 3);
    cr_assert(rn_file_save(path, NULL, 0, &err) == RN_OK);
    expect_content(path, "", 0);
    cr_expect_eq(folder_count(&f), 1);
    folder_remove(&f);
}

static void print_to(const char *path) {
    static char longer[100000], want[sizeof longer + 64];
    rn_file file = {0};
    rn_err err = {""};
    memset(longer, 'x', sizeof longer - 1);
    cr_assert(rn_file_begin(&file, path, &err) == RN_OK);
    rn_file_printf(&file, "%d %g %s\n", 7, 1.5, "t");
    rn_file_printf(&file, "%s|%.2f", longer, -2.25);
    cr_assert(rn_file_commit(&file, &err) == RN_OK, "%s", err.text);
    int n = snprintf(want, sizeof want, "7 1.5 t\n%s|-2.25", longer);
    char *decimal = strchr(want, ',');
    if (decimal) *decimal = '.';
    if (want[n - 3] == ',') want[n - 3] = '.';
    expect_content(path, want, (size_t)n);
}

Test(file, printed_text_may_be_long) {
    folder f = folder_make();
    print_to(folder_file(&f, "a"));
    folder_remove(&f);
}

Test(file, printed_numbers_have_a_point_in_any_locale) {
    comma_locale();
    folder f = folder_make();
    print_to(folder_file(&f, "a"));
    folder_remove(&f);
}

/* A rename over /dev/null, by root, would break the machine. */
Test(file, devices_folders_and_pipes_are_not_replaced) {
    folder f = folder_make();
    rn_file file = {0};
    rn_err err = {""};
    const char *pipe = folder_file(&f, "pipe"), *null = folder_file(&f, "null");
    cr_assert(mkfifo(pipe, 0600) == 0 && symlink("/dev/null", null) == 0);
    cr_expect(rn_file_begin(&file, pipe, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "pipe: expected the name of a file, got a device"), "%s", err.text);
    cr_expect(rn_file_begin(&file, null, &err) == RN_ERROR);
    cr_expect(rn_file_begin(&file, f.path, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "expected the name of a file, got a folder"), "%s", err.text);
    rn_file_abandon(&file);
    cr_expect_eq(folder_count(&f), 2);
    folder_remove(&f);
}

Test(file, names_that_cannot_be_written_fail_at_once) {
    char longest[RN_PATH_SIZE + 10];
    folder f = folder_make();
    rn_file file = {0};
    rn_err err = {""};
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    cr_expect(rn_file_begin(&file, longest, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "expected the name of a file, of 1 to 1023 characters"), "%s",
              err.text);
    longest[300] = '\0';
    cr_expect(rn_file_begin(&file, folder_file(&f, longest), &err) == RN_ERROR);
    cr_expect(rn_file_begin(&file, folder_file(&f, "no/a"), &err) == RN_ERROR);
    cr_expect(strstr(err.text, "no/a: cannot write: "), "%s", err.text);
    cr_expect(rn_file_begin(&file, "", &err) == RN_ERROR);
    cr_expect_eq(folder_count(&f), 0);
    folder_remove(&f);
}

/* Somebody may have put a link where the temporary file goes. */
Test(file, a_link_in_the_place_of_the_temporary_file_is_not_followed) {
    folder f = folder_make();
    const char *victim = folder_put(&f, "victim", "kept", 4);
    char name[64];
    snprintf(name, sizeof name, "a.tmp-%ld", (long)getpid());
    cr_assert(symlink(victim, folder_file(&f, name)) == 0);
    rn_err err = {""};
    cr_expect(rn_file_save(folder_file(&f, "a"), "new", 3, &err) == RN_ERROR);
    expect_content(victim, "kept", 4);
    folder_remove(&f);
}

Test(file, an_old_temporary_file_is_overwritten) {
    folder f = folder_make();
    char name[64];
    snprintf(name, sizeof name, "a.tmp-%ld", (long)getpid());
    folder_put(&f, name, "left by a process of the same number", 36);
    rn_err err = {""};
    cr_expect(rn_file_save(folder_file(&f, "a"), "new", 3, &err) == RN_OK);
    expect_content(folder_file(&f, "a"), "new", 3);
    cr_expect_eq(folder_count(&f), 1);
    folder_remove(&f);
}

Test(file, an_abandoned_file_leaves_nothing) {
    folder f = folder_make();
    const char *path = folder_put(&f, "a", "old", 3);
    rn_file file = {0};
    rn_err err = {""};
    cr_assert(rn_file_begin(&file, path, &err) == RN_OK);
    rn_file_write(&file, "new", 3);
    cr_expect_eq(folder_count(&f), 2);
    rn_file_abandon(&file);
    rn_file_abandon(&file);
    expect_content(path, "old", 3);
    cr_expect_eq(folder_count(&f), 1);
    folder_remove(&f);
}

Test(file, to_abandon_a_zeroed_file_closes_nothing) {
    rn_file file = {0};
    cr_assert(dup2(STDERR_FILENO, STDIN_FILENO) == STDIN_FILENO);
    rn_file_abandon(&file);
    cr_expect(fcntl(STDIN_FILENO, F_GETFD) >= 0, "descriptor 0 was closed");
}

Test(file, two_files_at_once) {
    folder f = folder_make();
    rn_file a = {0}, b = {0};
    rn_err err = {""};
    cr_assert(rn_file_begin(&a, folder_file(&f, "a"), &err) == RN_OK);
    cr_assert(rn_file_begin(&b, folder_file(&f, "b"), &err) == RN_OK);
    rn_file_write(&a, "A", 1);
    rn_file_write(&b, "BB", 2);
    cr_assert(rn_file_commit(&b, &err) == RN_OK && rn_file_commit(&a, &err) == RN_OK);
    expect_content(folder_file(&f, "a"), "A", 1);
    expect_content(folder_file(&f, "b"), "BB", 2);
    folder_remove(&f);
}

Test(file, a_relative_name_goes_to_the_working_folder) {
    folder f = folder_make();
    rn_err err = {""};
    cr_assert(chdir(f.path) == 0);
    cr_expect(rn_file_save("a", "x", 1, &err) == RN_OK, "%s", err.text);
    expect_content(folder_file(&f, "a"), "x", 1);
    cr_assert(chdir("/") == 0);
    folder_remove(&f);
}

Test(file, a_write_without_begin_is_misuse, .signal = SIGABRT) {
    rn_file file = {0};
    rn_file_write(&file, "x", 1);
}

Test(file, a_commit_without_begin_is_misuse, .signal = SIGABRT) {
    rn_file file = {0};
    rn_err err;
    rn_file_commit(&file, &err);
}

/* ---- folders --------------------------------------------------------------------------------- */

Test(file, folders_are_made_with_their_parents) {
    static const char *const names[] = {"a/b/c", "a/b/c", "a//d/", "a/./e", "a/b/../f"};
    folder f = folder_make();
    rn_err err = {""};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        const char *path = folder_file(&f, names[i]);
        cr_expect(rn_file_make_folder(path, &err) == RN_OK, "%s", err.text);
        cr_expect(rn_file_is_folder(path) && rn_file_exists(path), "%s", path);
    }
    cr_expect(rn_file_make_folder("/", &err) == RN_OK);
    cr_expect(rn_file_make_folder(".", &err) == RN_OK);
    folder_remove(&f);
}

Test(file, folders_that_cannot_be_made) {
    char longest[RN_PATH_SIZE + 10];
    folder f = folder_make();
    const char *file = folder_put(&f, "file", "", 0);
    rn_err err = {""};
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    cr_expect(rn_file_make_folder("", &err) == RN_ERROR);
    cr_expect(rn_file_make_folder(longest, &err) == RN_ERROR);
    cr_expect(rn_file_make_folder(file, &err) == RN_ERROR);
    cr_expect(strstr(err.text, "file: cannot create the folder: "), "%s", err.text);
    cr_expect(rn_file_make_folder(folder_file(&f, "file/a"), &err) == RN_ERROR);
    cr_expect(!rn_file_is_folder(file) && rn_file_exists(file));
    cr_expect(!rn_file_is_folder(folder_file(&f, "no")) && !rn_file_exists(folder_file(&f, "no")));
    folder_remove(&f);
}
