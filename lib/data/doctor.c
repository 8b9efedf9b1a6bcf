#include "data/doctor.h"
#include "base/file.h"
#include "base/real.h"
#include "base/vec.h"
#include "data/same.h"
#include "data/transform.h"
#include "detect/coverage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rn_finding_names[RN_FINDING_KINDS] = {
    [RN_FINDING_NOT_FINITE] = "box is not finite",
    [RN_FINDING_NO_AREA] = "box has no area",
    [RN_FINDING_OUTSIDE] = "box lies outside of the image",
    [RN_FINDING_REACHES_OUT] = "box reaches out of the image",
    [RN_FINDING_TWICE] = "object is annotated twice",
    [RN_FINDING_UNCOVERED] = "no anchor fits the box",
    [RN_FINDING_PICTURE] = "picture cannot be read",
    [RN_FINDING_SIZE] = "picture has another size",
    [RN_FINDING_ANNOTATION_ID] = "annotation id is given twice",
    [RN_FINDING_CATEGORY_IDS] = "category ids have gaps",
    [RN_FINDING_UNUSED_CLASS] = "class has no objects",
};

/* What is known of a picture after a look at it. */
typedef struct picture {
    int width, height; /* as annotated, else as found, else 0 */
    int found_width, found_height;
    char *error; /* NULL: none */
} picture;

typedef struct exam {
    const rn_dataset *dataset;
    const rn_doctor_options *options;
    rn_doctor_report report;
    picture *picture; /* (num_images) */
    size_t *twin;     /* (num_objects) an earlier object like this one, or RN_SAME_NONE */
    size_t *same_id;  /* (num_objects) an earlier one with its id, or RN_SAME_NONE */
    float *iou;       /* (num_objects) best IoU with an anchor; -1: not looked at */
    int *level;       /* (num_objects) which level has that anchor */
} exam;

/* ---- findings -------------------------------------------------------------------------------- */

static rn_severity severity_of(rn_finding_kind kind, rn_box_policy policy) {
    switch (kind) {
    case RN_FINDING_REACHES_OUT:
        if (policy == RN_BOXES_DROP) return RN_NOTE;
        return policy == RN_BOXES_CLIP ? RN_WARNING : RN_SERIOUS;
    case RN_FINDING_NOT_FINITE:
    case RN_FINDING_NO_AREA:
    case RN_FINDING_OUTSIDE: return policy == RN_BOXES_ERROR ? RN_SERIOUS : RN_WARNING;
    case RN_FINDING_PICTURE:
    case RN_FINDING_SIZE: return RN_SERIOUS;
    case RN_FINDING_CATEGORY_IDS:
    case RN_FINDING_UNUSED_CLASS: return RN_NOTE;
    default: return RN_WARNING;
    }
}

__attribute__((format(printf, 5, 6))) static void add(exam *e, rn_finding_kind kind, size_t image,
                                                      size_t object, const char *format, ...) {
    rn_doctor_report *r = &e->report;
    char text[RN_PATH_SIZE + 256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rn_severity severity = severity_of(kind, e->options->policy);
    r->finding = rn_vec_reserve(r->finding, r->num_findings + 1, &r->capacity, sizeof *r->finding);
    r->finding[r->num_findings++] = (rn_finding){kind, severity, image, object, rn_vec_text(text)};
    r->kinds[kind]++;
    r->severities[severity]++;
}

char *rn_finding_line(char *out, size_t size, const rn_dataset *dataset,
                      const rn_finding *finding) {
    char place[RN_PATH_SIZE + 64] = "", box[160] = "";
    const char *name = dataset->name ? dataset->name : "data set";
    if (finding->object != RN_FINDING_NONE) {
        const rn_object *o = &dataset->object[finding->object];
        rn_dataset_place(place, sizeof place, dataset, o);
        snprintf(box, sizeof box, "box (%g, %g, %g, %g): ", o->x1, o->y1, o->x2, o->y2);
        name = place;
    }
    bool image = finding->image != RN_FINDING_NONE;
    snprintf(out, size, "%s: %s%s%s%s%s", name, image ? "image " : "",
             image ? dataset->image[finding->image].file_name : "", image ? ": " : "", box,
             finding->text);
    for (char *c = out; *c; c++) /* names come from files; a line is for a terminal */
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    return out;
}

/* ---- pictures -------------------------------------------------------------------------------- */

static void look_at_picture(picture *p, const rn_record *record, rn_doctor_pictures how) {
    rn_err err = {""};
    rn_status status;
    if (how == RN_PICTURES_DECODE) {
        rn_image image;
        status = rn_image_load(&image, record->path, &err);
        p->found_width = image.width;
        p->found_height = image.height;
        rn_image_free(&image);
    } else {
        status = rn_image_size(&p->found_width, &p->found_height, record->path, &err);
    }
    if (status != RN_OK) p->error = rn_vec_text(err.text);
}

static void look_at_pictures(exam *e) {
    const rn_dataset *d = e->dataset;
    rn_doctor_pictures how = d->render ? RN_PICTURES_SKIP : e->options->pictures;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < d->num_images; i++) {
        picture *p = &e->picture[i];
        const rn_record *record = &d->image[i];
        if (how != RN_PICTURES_SKIP) look_at_picture(p, record, how);
        bool annotated = record->width > 0 && record->height > 0;
        p->width = annotated ? record->width : p->found_width;
        p->height = annotated ? record->height : p->found_height;
    }
    e->report.pictures = how == RN_PICTURES_SKIP ? 0 : d->num_images;
}

static void examine_picture(exam *e, size_t i) {
    const picture *p = &e->picture[i];
    if (p->error)
        add(e, RN_FINDING_PICTURE, i, RN_FINDING_NONE, "%s", p->error);
    else if (p->found_width && (p->found_width != p->width || p->found_height != p->height))
        add(e, RN_FINDING_SIZE, i, RN_FINDING_NONE,
            "expected %d x %d as annotated, got a picture of %d x %d", p->width, p->height,
            p->found_width, p->found_height);
}

/* ---- anchors --------------------------------------------------------------------------------- */

static bool is_usable(const rn_object *object, const picture *p) {
    rn_box_fault fault = rn_object_fault(object, p->width, p->height);
    return fault == RN_BOX_FINE || fault == RN_BOX_REACHES_OUT;
}

static int round_up(int side, int multiple) { return (side + multiple - 1) / multiple * multiple; }

static void cover_image(exam *e, size_t i, const rn_doctor_anchors *a) {
    const rn_record *record = &e->dataset->image[i];
    const picture *p = &e->picture[i];
    rn_grid grid[RN_LEVELS_MOST];
    rn_transform t = rn_transform_resize(p->height, p->width, a->size, a->max_size);
    int h = round_up(t.height, a->multiple), w = round_up(t.width, a->multiple);
    rn_anchor_grid(grid, a->spec, h, w);
    for (size_t k = record->first; k < record->first + record->count; k++) {
        const rn_object *o = &e->dataset->object[k];
        rn_box b = {(float)o->x1, (float)o->y1, (float)o->x2, (float)o->y2};
        if (o->crowd || o->ignore || !is_usable(o, p)) continue;
        b = rn_transform_box(&t, b);
        rn_coverage_of(&e->iou[k], &e->level[k], &b, 1, a->spec, grid, h, w, a->plus_one);
    }
}

static void cover(exam *e) {
    const rn_dataset *d = e->dataset;
    for (size_t k = 0; k < d->num_objects; k++) e->iou[k] = -1;
    for (size_t i = 0; i < d->num_images && e->options->anchors; i++)
        if (e->picture[i].width > 0) cover_image(e, i, e->options->anchors);
}

/* ---- one object after the other -------------------------------------------------------------- */

static void examine_box(exam *e, size_t i, size_t k) {
    static const rn_finding_kind kinds[] = {[RN_BOX_NOT_FINITE] = RN_FINDING_NOT_FINITE,
                                            [RN_BOX_NO_AREA] = RN_FINDING_NO_AREA,
                                            [RN_BOX_OUTSIDE] = RN_FINDING_OUTSIDE,
                                            [RN_BOX_REACHES_OUT] = RN_FINDING_REACHES_OUT};
    const picture *p = &e->picture[i];
    rn_box_fault fault = rn_object_fault(&e->dataset->object[k], p->width, p->height);
    if (fault == RN_BOX_OUTSIDE || fault == RN_BOX_REACHES_OUT)
        add(e, kinds[fault], i, k, "%s of %d x %d", rn_box_fault_text(fault), p->width, p->height);
    else if (fault != RN_BOX_FINE)
        add(e, kinds[fault], i, k, "%s", rn_box_fault_text(fault));
}

static void count_box(exam *e, size_t i, size_t k) {
    const rn_object *o = &e->dataset->object[k];
    rn_doctor_report *r = &e->report;
    r->class_count[o->label]++;
    r->crowds += o->crowd;
    r->ignored += o->ignore && !o->crowd;
    if (!is_usable(o, &e->picture[i])) return;
    double octave = floor(log2((o->x2 - o->x1) * (o->y2 - o->y1)) / 2);
    r->octave[octave < 0 ? 0 : octave < RN_DOCTOR_OCTAVES ? (int)octave : RN_DOCTOR_OCTAVES - 1]++;
    if (o->crowd || o->ignore) return;
    if (o->area < 32 * 32)
        r->small++;
    else if (o->area < 96 * 96)
        r->medium++;
    else
        r->large++;
}

static void examine_coverage(exam *e, size_t i, size_t k) {
    float iou = e->iou[k];
    if (iou < 0) return;
    rn_doctor_report *r = &e->report;
    r->iou[iou < 1 ? (int)(iou * RN_DOCTOR_IOUS) : RN_DOCTOR_IOUS - 1]++;
    if (e->level[k] >= 0 && e->level[k] < RN_LEVELS_MOST) r->level[e->level[k]]++;
    if (iou >= e->options->anchors->positive_iou) return;
    r->uncovered++;
    add(e, RN_FINDING_UNCOVERED, i, k, "the best anchor has IoU %.2f, below %.2f", (double)iou,
        e->options->anchors->positive_iou);
}

static void examine_object(exam *e, size_t i, size_t k) {
    char place[RN_PATH_SIZE + 64];
    const rn_dataset *d = e->dataset;
    count_box(e, i, k);
    examine_box(e, i, k);
    if (e->twin[k] != RN_SAME_NONE)
        add(e, RN_FINDING_TWICE, i, k, "%s: the same as %s", d->category[d->object[k].label].name,
            rn_dataset_place(place, sizeof place, d, &d->object[e->twin[k]]));
    examine_coverage(e, i, k);
    if (e->same_id[k] != RN_SAME_NONE)
        add(e, RN_FINDING_ANNOTATION_ID, i, k, "its id %lld is that of %s",
            (long long)d->object[k].id,
            rn_dataset_place(place, sizeof place, d, &d->object[e->same_id[k]]));
}

/* ---- classes --------------------------------------------------------------------------------- */

static void examine_classes(exam *e) {
    const rn_dataset *d = e->dataset;
    int n = d->num_classes;
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (int k = 0; k < n; k++) {
        if (d->category[k].id < low) low = d->category[k].id;
        if (d->category[k].id > high) high = d->category[k].id;
    }
    if (n > 0 && (low != 1 || high != n))
        add(e, RN_FINDING_CATEGORY_IDS, RN_FINDING_NONE, RN_FINDING_NONE,
            "category ids from %lld to %lld for %d classes", (long long)low, (long long)high, n);
    for (int k = 0; k < n; k++)
        if (e->report.class_count[k] == 0)
            add(e, RN_FINDING_UNUSED_CLASS, RN_FINDING_NONE, RN_FINDING_NONE,
                "class %d (%s) has no objects", k, d->category[k].name);
}

/* ---- the report ------------------------------------------------------------------------------ */

static void begin(exam *e) {
    const rn_dataset *d = e->dataset;
    size_t n = d->num_objects;
    e->picture = rn_vec_zeros(d->num_images, sizeof *e->picture);
    e->twin = rn_vec_zeros(n, sizeof *e->twin);
    e->same_id = rn_vec_zeros(n, sizeof *e->same_id);
    e->iou = rn_vec_zeros(n, sizeof *e->iou);
    e->level = rn_vec_zeros(n, sizeof *e->level);
    e->report.num_classes = d->num_classes;
    e->report.class_count = rn_vec_zeros((size_t)d->num_classes, sizeof *e->report.class_count);
}

static void end(exam *e) {
    for (size_t i = 0; i < e->dataset->num_images; i++) free(e->picture[i].error);
    free(e->picture);
    free(e->twin);
    free(e->same_id);
    free(e->iou);
    free(e->level);
}

rn_doctor_report rn_doctor_examine(const rn_dataset *dataset, const rn_doctor_options *options) {
    exam e = {.dataset = dataset, .options = options};
    begin(&e);
    look_at_pictures(&e);
    rn_same_boxes(e.twin, dataset);
    rn_same_ids(e.same_id, dataset);
    cover(&e);
    for (size_t i = 0; i < dataset->num_images; i++) {
        const rn_record *record = &dataset->image[i];
        examine_picture(&e, i);
        e.report.empty_images += record->count == 0;
        for (size_t k = 0; k < record->count; k++) examine_object(&e, i, record->first + k);
    }
    examine_classes(&e);
    end(&e);
    return e.report;
}

void rn_doctor_free(rn_doctor_report *report) {
    for (size_t i = 0; i < report->num_findings; i++) free(report->finding[i].text);
    free(report->finding);
    free(report->class_count);
    *report = (rn_doctor_report){0};
}
