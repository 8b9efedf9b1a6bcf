#include "support/toy_data.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/vec.h"

#include <stdio.h>

static rn_status render(rn_image *image, const rn_dataset *dataset, size_t index, rn_err *err) {
    const rn_record *record = &dataset->image[index];
    rn_rng rng = rn_rng_stream(1, "toy pixels", index);
    (void)err;
    *image = rn_image_new(record->width, record->height);
    for (int i = 0; i < 3 * image->width * image->height; i++)
        image->rgb[i] = (uint8_t)(100 + rn_rng_below(&rng, 40));
    for (size_t k = record->first; k < record->first + record->count; k++) {
        const rn_object *o = &dataset->object[k];
        for (int y = (int)o->y1; y < (int)o->y2; y++)
            for (int x = (int)o->x1; x < (int)o->x2; x++)
                image->rgb[3 * (y * image->width + x) + 2 * o->label] = 250;
    }
    return RN_OK;
}

void toy_data(rn_dataset *dataset, int images, int width, int height) {
    char name[32];
    size_t capacity = 0;
    *dataset = (rn_dataset){.name = rn_vec_text("toy"),
                            .num_images = (size_t)images,
                            .num_classes = 2,
                            .render = render};
    dataset->category = rn_vec_zeros(2, sizeof *dataset->category);
    dataset->category[0] = (rn_category){3, rn_vec_text("red")};
    dataset->category[1] = (rn_category){7, rn_vec_text("blue")};
    dataset->image = rn_vec_zeros((size_t)images, sizeof *dataset->image);
    for (int i = 0; i < images; i++) {
        rn_rng rng = rn_rng_stream(1, "toy layout", (uint64_t)i);
        rn_record *record = &dataset->image[i];
        snprintf(name, sizeof name, "toy/%03d.png", i);
        *record = (rn_record){.file_name = rn_vec_text(name),
                              .id = 100 + i,
                              .width = width,
                              .height = height,
                              .first = dataset->num_objects,
                              .count = i % 5 == 1 ? 0 : 1 + rn_rng_below(&rng, 2)};
        for (size_t k = 0; k < record->count; k++) {
            int w = width / 4 + (int)rn_rng_below(&rng, (uint32_t)width / 4);
            int h = height / 4 + (int)rn_rng_below(&rng, (uint32_t)height / 4);
            int x = (int)rn_rng_below(&rng, (uint32_t)(width - w));
            int y = (int)rn_rng_below(&rng, (uint32_t)(height - h));
            dataset->object = rn_vec_reserve(dataset->object, dataset->num_objects + 1, &capacity,
                                             sizeof *dataset->object);
            dataset->object[dataset->num_objects++] =
                (rn_object){.x1 = x,
                            .y1 = y,
                            .x2 = x + w,
                            .y2 = y + h,
                            .area = w * h,
                            .id = (int64_t)dataset->num_objects + 1,
                            .label = (int)rn_rng_below(&rng, 2),
                            .file = "toy"};
        }
    }
}

void toy_set(rn_config *config, const char *option, const char *value) {
    rn_err err;
    const rn_option *row = rn_option_find(rn_config_options(), option);
    RN_CHECK(row, "no option %s", option);
    RN_CHECK(rn_option_set(config, row, value, &err) == RN_OK, "%s", err.text);
}

rn_config toy_config(int iterations) {
    static const rn_preset_row rows[] = {
        {"model", "tiny"},  {"norm", "group"},     {"norm-groups", "4"},   {"fpn-channels", "16"},
        {"top-level", "5"}, {"fpn-norm", "group"}, {"head-norm", "group"}, {"head-convs", "1"},
        {"head-he", "on"},  {"anchor-size", "3"},  {"batch", "4"},         {"size", "64"},
        {"max-size", "96"}, {"warmup", "0"},       {"save-every", "0"},    {"seed", "5"},
    };
    rn_config config = rn_config_paper();
    for (size_t i = 0; i < RN_COUNT(rows); i++) toy_set(&config, rows[i].option, rows[i].value);
    config.train.iterations = iterations;
    return config;
}

void toy_detector(rn_detector *detector, const rn_config *config, const rn_dataset *dataset) {
    rn_err err;
    RN_CHECK(rn_detector_create(detector, config, dataset->category, dataset->num_classes, true,
                                &err) == RN_OK,
             "%s", err.text);
    rn_retinanet_init(&detector->net, (uint64_t)config->train.seed);
}
