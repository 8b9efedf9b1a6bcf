/* paper_tables.c: tables 1 to 3 (arXiv v2). */
#include "common/paper_data.h"

#include <math.h>

static const paper_row table_1a[] = {
    {{0}, {.1, 0, 0, 0}},
    {{0}, {.25, 10.8, 16, 11.7}},
    {{0}, {.5, 30.2, 46.7, 32.8}},
    {{0}, {.75, 31.1, 49.4, 33}},
    {{0}, {.9, 30.8, 49.7, 32.3}},
    {{0}, {.99, 28.7, 47.4, 29.9}},
    {{0}, {.999, 25.1, 41.7, 26.1}},
};

static const paper_row table_1b[] = {
    {{0}, {0, .75, 31.1, 49.4, 33}},    {{0}, {.1, .75, 31.4, 49.9, 33.1}},
    {{0}, {.2, .75, 31.9, 50.7, 33.4}}, {{0}, {.5, .5, 32.9, 51.7, 35.2}},
    {{0}, {1, .25, 33.7, 52, 36.2}},    {{0}, {2, .25, 34, 52.5, 36.5}},
    {{0}, {5, .25, 32.2, 49.6, 34.8}},
};

static const paper_row table_1c[] = {
    {{0}, {1, 1, 30.3, 49, 31.8}},   {{0}, {2, 1, 31.9, 50, 34}},
    {{0}, {3, 1, 31.8, 49.4, 33.7}}, {{0}, {1, 3, 32.4, 52.3, 33.9}},
    {{0}, {2, 3, 34.2, 53.1, 36.5}}, {{0}, {3, 3, 34, 52.5, 36.5}},
    {{0}, {4, 3, 33.8, 52.1, 36.2}},
};

static const paper_row table_1d[] = {
    {{"ohem"}, {128, .7, 31.1, 47.2, 33.2}},     {{"ohem"}, {256, .7, 31.8, 48.8, 33.9}},
    {{"ohem"}, {512, .7, 30.6, 47, 32.6}},       {{"ohem"}, {128, .5, 32.8, 50.3, 35.1}},
    {{"ohem"}, {256, .5, 31, 47.4, 33}},         {{"ohem"}, {512, .5, 27.6, 42, 29.2}},
    {{"ohem_1_3"}, {128, .5, 31.1, 47.2, 33.2}}, {{"ohem_1_3"}, {256, .5, 28.3, 42.4, 30.3}},
    {{"ohem_1_3"}, {512, .5, 24, 35.5, 25.8}},   {{"fl"}, {NAN, NAN, 36, 54.9, 38.7}},
};

static const paper_row table_1e[] = {
    {{0}, {50, 400, 30.5, 47.8, 32.7, 11.2, 33.8, 46.1, 64}},
    {{0}, {50, 500, 32.5, 50.9, 34.8, 13.9, 35.8, 46.7, 72}},
    {{0}, {50, 600, 34.3, 53.2, 36.9, 16.2, 37.4, 47.4, 98}},
    {{0}, {50, 700, 35.1, 54.2, 37.7, 18, 39.3, 46.4, 121}},
    {{0}, {50, 800, 35.7, 55, 38.5, 18.9, 38.9, 46.3, 153}},
    {{0}, {101, 400, 31.9, 49.5, 34.1, 11.6, 35.8, 48.5, 81}},
    {{0}, {101, 500, 34.4, 53.1, 36.8, 14.7, 38.5, 49.1, 90}},
    {{0}, {101, 600, 36, 55.2, 38.7, 17.4, 39.6, 49.7, 122}},
    {{0}, {101, 700, 37.1, 56.6, 39.8, 19.1, 40.6, 49.4, 154}},
    {{0}, {101, 800, 37.8, 57.5, 40.8, 20.2, 41.1, 49.2, 198}},
};

static const paper_row table_2[] = {
    {{"Faster R-CNN+++", "two", "ResNet-101-C4"}, {34.9, 55.7, 37.4, 15.6, 38.7, 50.9}},
    {{"Faster R-CNN w FPN", "two", "ResNet-101-FPN"}, {36.2, 59.1, 39, 18.2, 39, 48.2}},
    {{"Faster R-CNN by G-RMI", "two", "Inception-ResNet-v2"}, {34.7, 55.5, 36.7, 13.5, 38.1, 52}},
    {{"Faster R-CNN w TDM", "two", "Inception-ResNet-v2-TDM"},
     {36.8, 57.7, 39.2, 16.2, 39.8, 52.1}},
    {{"YOLOv2", "one", "DarkNet-19"}, {21.6, 44, 19.2, 5, 22.4, 35.5}},
    {{"SSD513", "one", "ResNet-101-SSD"}, {31.2, 50.4, 33.3, 10.2, 34.5, 49.8}},
    {{"DSSD513", "one", "ResNet-101-DSSD"}, {33.2, 53.3, 35.2, 13, 35.4, 51.1}},
    {{"RetinaNet", "one", "ResNet-101-FPN"}, {39.1, 59.1, 42.3, 21.8, 42.7, 50.2}},
    {{"RetinaNet", "one", "ResNeXt-101-FPN"}, {40.8, 61.1, 44.1, 24.1, 44.2, 51.2}},
};

static const paper_row table_3[] = {
    {{"ce"}, {NAN, NAN, 31.1, 49.4, 33}},
    {{"fl"}, {2, NAN, 34, 52.5, 36.5}},
    {{"fl_star"}, {2, 1, 33.8, 52.7, 36.3}},
    {{"fl_star"}, {4, 0, 33.9, 51.8, 36.4}},
};

const paper_table paper_tables_printed[] = {
    {.key = "tables/table_1a",
     .title = "Weighted cross entropy",
     .place = "table 1a",
     .column = {"alpha", "ap", "ap50", "ap75"},
     .num_texts = 0,
     .num_numbers = 4,
     .row = table_1a,
     .num_rows = 7},
    {.key = "tables/table_1b",
     .title = "Focal loss, each gamma with its best alpha",
     .place = "table 1b",
     .column = {"gamma", "alpha", "ap", "ap50", "ap75"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = table_1b,
     .num_rows = 7},
    {.key = "tables/table_1c",
     .title = "Anchors per location",
     .place = "table 1c",
     .column = {"n_scales", "n_ratios", "ap", "ap50", "ap75"},
     .num_texts = 0,
     .num_numbers = 5,
     .row = table_1c,
     .num_rows = 7},
    {.key = "tables/table_1d",
     .title = "Online hard example mining",
     .place = "table 1d",
     .column = {"method", "batch_size", "nms_threshold", "ap", "ap50", "ap75"},
     .num_texts = 1,
     .num_numbers = 5,
     .row = table_1d,
     .num_rows = 10},
    {.key = "tables/table_1e",
     .title = "Depth and image scale",
     .place = "table 1e",
     .column = {"depth", "scale_px", "ap", "ap50", "ap75", "ap_s", "ap_m", "ap_l", "time_ms"},
     .num_texts = 0,
     .num_numbers = 9,
     .row = table_1e,
     .num_rows = 10},
    {.key = "tables/table_2",
     .title = "Detectors on COCO test-dev",
     .place = "table 2",
     .column = {"method", "stage", "backbone", "ap", "ap50", "ap75", "ap_s", "ap_m", "ap_l"},
     .num_texts = 3,
     .num_numbers = 6,
     .row = table_2,
     .num_rows = 9},
    {.key = "tables/table_3",
     .title = "FL and FL* against cross entropy",
     .place = "table 3",
     .column = {"loss", "gamma", "beta", "ap", "ap50", "ap75"},
     .num_texts = 1,
     .num_numbers = 5,
     .row = table_3,
     .num_rows = 4},
};
