/* Made by make_presets.py with torch 1.13.0a0 and torchvision 0.14.1a0. */
#include <stddef.h>

enum { TORCHVISION_CLASSES = 91 };
static const size_t torchvision_trained = 33792599;
static const struct {
    const char *option, *value;
} torchvision_settings[] = {
    {"model", "r50"},
    {"norm", "frozen"},
    {"fpn-channels", "256"},
    {"top-level", "7"},
    {"p6-from", "p5"},
    {"head-convs", "4"},
    {"head-std", "0.01"},
    {"prior", "0.01"},
    {"anchor-scales", "3"},
    {"anchor-ratios", "0.5,1,2"},
    {"anchor-size", "4.0"},
    {"positive-iou", "0.5"},
    {"negative-iou", "0.4"},
    {"best-anchor", "0"},
    {"box-std", "1,1,1,1"},
    {"gamma", "2"},
    {"alpha", "0.25"},
    {"smooth-l1-beta", "0"},
    {"score-threshold", "0.05"},
    {"top-per-level", "1000"},
    {"nms-iou", "0.5"},
    {"detections", "300"},
    {"size", "800"},
    {"max-size", "1333"},
};
