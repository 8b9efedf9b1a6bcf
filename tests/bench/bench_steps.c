/* bench_steps [STEPS]: time per image of training and inference, stage by stage, on `scenes`.
 *
 *   tiny   256 x 256, batch 4, as the preset `scenes` trains it
 *   r50    608 x 608, batch 1, the paper's network (batch norm, since its weights are random)
 *
 * STEPS training steps each (default 30 and 8). With STEPS only `tiny` runs, without timing
 * inference: that is what the thread sanitizer looks at. */
#include "retinanet.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void fail(const rn_err *err) {
    fprintf(stderr, "bench_steps: %s\n", err->text);
    exit(1);
}

static rn_config make_config(const char *model, int steps) {
    rn_config config = rn_config_paper();
    rn_err err;
    if (model[0] == 't' && rn_config_preset(&config, "scenes", &err) != RN_OK) fail(&err);
    config.train.iterations = steps;
    config.train.save_every = 0;
    if (model[0] == 't') return config;
    config.model.norm = RN_NORM_BATCH;
    config.train.batch = 1;
    config.train.size = config.train.max_size = 608;
    return config;
}

static void print_row(const char *what, const char *stage, double seconds, int images) {
    printf("%-14s %-10s %9.2f ms an image\n", what, stage, 1e3 * seconds / images);
}

static void bench_training(rn_detector *detector, const char *model, const rn_dataset *data) {
    char what[32], folder[] = "/tmp/rn-bench-XXXXXX", path[64];
    rn_trainer_result result;
    rn_err err;
    if (!mkdtemp(folder)) exit(1);
    rn_trainer_options options = {.train = data, .folder = folder};
    if (rn_train(&result, detector, &options, &err) != RN_OK) fail(&err);
    int images = detector->config.train.batch;
    snprintf(what, sizeof what, "%s training", model);
    print_row(what, "data", result.stages.data, images);
    print_row(what, "forward", result.stages.forward, images);
    print_row(what, "loss", result.stages.loss, images);
    print_row(what, "backward", result.stages.backward, images);
    print_row(what, "step", result.stages.step, images);
    const char *const files[] = {"log.jsonl", "last.safetensors"};
    for (size_t i = 0; i < RN_COUNT(files); i++)
        unlink(rn_text_path(path, sizeof path, folder, files[i]));
    rmdir(folder);
}

static void bench_inference(const rn_detector *detector, const char *model,
                            const rn_dataset *data) {
    char what[32];
    rn_eval_detection *found;
    size_t count;
    rn_err err;
    double start = rn_clock_seconds();
    if (rn_detector_run(&found, &count, detector, data, NULL, NULL, &err) != RN_OK) fail(&err);
    snprintf(what, sizeof what, "%s inference", model);
    print_row(what, "all", rn_clock_seconds() - start, (int)data->num_images);
    free(found);
}

static void bench(const char *model, int steps, size_t images, bool inference) {
    rn_dataset data = {0};
    rn_dataset_request request = {.data = "scenes", .split = "val"};
    rn_detector detector;
    rn_config config = make_config(model, steps);
    rn_err err;
    if (rn_dataset_load(&data, &request, &err) != RN_OK ||
        rn_detector_create(&detector, &config, data.category, data.num_classes, true, &err) !=
            RN_OK)
        fail(&err);
    rn_retinanet_init(&detector.net, 0);
    data.num_images = images;
    bench_training(&detector, model, &data);
    if (inference) bench_inference(&detector, model, &data);
    rn_detector_free(&detector);
    rn_dataset_free(&data);
}

int main(int argc, char **argv) {
    int steps = argc > 1 ? atoi(argv[1]) : 0;
    if (argc > 2 || (argc > 1 && steps < 1)) {
        fprintf(stderr, "usage: bench_steps [STEPS]\n");
        return 2;
    }
    printf("%d threads\n", rn_parallel_threads());
    bench("tiny", steps ? steps : 30, 64, steps == 0);
    if (!steps) bench("r50", 8, 4, true);
    return 0;
}
