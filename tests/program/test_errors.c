/* What bad input gets: one line, the right exit code, nothing half-written. */
#include "support/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Runs the program in the shell, FOLDER/ in front of names with @; returns its exit code and the
 * first 1000 bytes that it wrote to stderr. */
static int run(char *text, size_t size, folder *f, const char *arguments) {
    char command[4096], errors[600];
    size_t used = 0;
    snprintf(errors, sizeof errors, "%s", folder_file(f, "stderr"));
    used += (size_t)snprintf(command, sizeof command, "'%s/retinanet' ", getenv("RN_BUILD"));
    for (; *arguments && used + 600 < sizeof command; arguments++) {
        if (*arguments == '@')
            used += (size_t)snprintf(command + used, 600, "%s/", f->path);
        else
            command[used++] = *arguments;
    }
    snprintf(command + used, sizeof command - used, " >/dev/null 2>'%s' </dev/null", errors);
    int status = system(command);
    FILE *file = fopen(errors, "r");
    size_t n = file ? fread(text, 1, size - 1, file) : 0;
    text[n] = '\0';
    if (file) fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void fill(folder *f) {
    static const struct {
        const char *name, *text;
    } files[] = {
        {"empty.json", ""},
        {"cut.json", "{\"images\": [{\"id\": 1"},
        {"wrong.json", "{\"images\": 3, \"annotations\": [], \"categories\": []}"},
        {"orphan.json",
         "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":9,\"height\":9}],"
         "\"annotations\":[{\"id\":1,\"image_id\":2,\"category_id\":1,\"bbox\":[0,0,1,1]}],"
         "\"categories\":[{\"id\":1,\"name\":\"x\"}]}"},
        {"unknown.json",
         "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":9,\"height\":9}],"
         "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":7,\"bbox\":[0,0,1,1]}],"
         "\"categories\":[{\"id\":1,\"name\":\"x\"}]}"},
        {"none.csv", "image,x1,y1,x2,y2,class\n"},
        {"nan.csv", "a.jpg,1,2,nan,4,c\n"},
        {"huge.csv", "a.jpg,1,2,1e99,4,c\n"},
        {"empty.safetensors", ""},
        {"cut.safetensors", "\x40\0\0\0\0\0\0\0{"},
        {"empty.png", ""}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        folder_put(f, files[i].name, files[i].text, strlen(files[i].text));
}

Test(errors, bad_input_gets_one_line_and_its_exit_code) {
    static const struct {
        const char *arguments;
        int code;
        const char *words[2];
    } rows[] = {
        {"nonsense", 2, {"unknown command", "nonsense"}},
        {"train --bogus 1", 2, {"unknown option", "--bogus"}},
        {"train --data scenes", 2, {"--out", "got nothing"}},
        {"train --data scenes --out @x --gamma -1", 2, {"--gamma", "\"-1\""}},
        {"train --data scenes --out @x --alpha 1.5", 2, {"--alpha", "\"1.5\""}},
        {"train --data scenes --out @x --gamma nan", 2, {"--gamma", "nan"}},
        {"train --data scenes --out @x --lr 1 --lr 2", 2, {"--lr", "twice"}},
        {"train --data scenes --out @x --loss ce --gamma 2", 2, {"--gamma", "does not use it"}},
        {"train --data scenes --out @x --loss fl-star --gamma 0", 2, {"--gamma", "fl-star"}},
        {"train --data scenes --out @x --loss nope", 2, {"--loss", "nope"}},
        {"train --data scenes --out @x --norm frozen", 2, {"frozen", "--init"}},
        {"train --data scenes --out @x --init @cut.safetensors",
         1,
         {"cut.safetensors", "expected"}},
        {"pretrain", 2, {"--out", "got nothing"}},
        {"pretrain --out @x --model r9", 2, {"--model", "r9"}},
        {"pretrain --out @x --norm frozen", 2, {"--norm", "got frozen"}},
        {"pretrain --out @x --crops 10", 2, {"--crops", "--batch 64"}},
        {"pretrain --out @nowhere/x", 1, {"nowhere/x", "No such"}},
        {"train --data scenes --out @x --freeze head", 2, {"--freeze", "head"}},
        {"train --data scenes --out @x --model r152 --size 8000", 1, {"GB", "machine"}},
        {"train --data @nowhere --out @x", 1, {"nowhere", "expected"}},
        {"train --data @wrong.json --out @x", 1, {"wrong.json", "images"}},
        {"train --data @orphan.json --out @x", 1, {"orphan.json", "annotations[0]"}},
        {"train --data @unknown.json --out @x", 1, {"unknown.json", "category_id"}},
        {"doctor --data @empty.json", 1, {"empty.json", "empty"}},
        {"doctor --data @cut.json", 1, {"cut.json", "cut off"}},
        {"doctor --data @none.csv", 1, {"none.csv", "image"}},
        {"doctor --data @nan.csv", 1, {"nan.csv:1", "nan"}},
        {"doctor --data @huge.csv", 1, {"huge.csv:1", "1e99"}},
        {"info @empty.safetensors", 1, {"empty.safetensors", "0 bytes"}},
        {"info @cut.safetensors", 1, {"cut.safetensors", "expected"}},
        {"info --model r50 --size 5x5", 2, {"--size", "5x5"}},
        {"detect --weights @cut.safetensors @empty.png", 1, {"cut.safetensors", "expected"}},
        {"detect --weights @cut.safetensors --gamma 1 @empty.png", 2, {"--gamma", "checkpoint"}},
        {"detect --weights @cut.safetensors", 2, {"pictures", "neither"}},
        {"cocoeval @orphan.json", 2, {"ground truth", "1 file"}},
        {"cocoeval @cut.json @cut.json", 1, {"cut.json", "cut off"}},
    };
    char text[1024];
    folder f = folder_make();
    fill(&f);
    int before = folder_count(&f) + 1; /* and stderr */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int code = run(text, sizeof text, &f, rows[i].arguments);
        char *end = strchr(text, '\n');
        cr_expect(code == rows[i].code, "%s: exit code %d: %s", rows[i].arguments, code, text);
        cr_expect(end && end[1] == '\0', "%s: not one line: %s", rows[i].arguments, text);
        for (int w = 0; w < 2; w++)
            cr_expect(strstr(text, rows[i].words[w]), "%s: no \"%s\" in: %s", rows[i].arguments,
                      rows[i].words[w], text);
        cr_expect(folder_count(&f) == before, "%s left something behind", rows[i].arguments);
    }
    folder_remove(&f);
}

Test(errors, help_is_not_an_error) {
    static const char *const commands[] = {"train",  "pretrain", "eval", "detect",
                                           "doctor", "cocoeval", "info"};
    char text[1024], arguments[64];
    folder f = folder_make();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(arguments, sizeof arguments, "%s --help", commands[i]);
        cr_expect(run(text, sizeof text, &f, arguments) == 0 && !*text, "%s: %s", arguments, text);
    }
    folder_remove(&f);
}
