#include "common/run.h"
#include "common/images.h"
#include "common/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

const double run_snapshots[RUN_SNAPSHOTS] = {.25, .5};

/* ---- key and folder -------------------------------------------------------------------------- */

uint64_t run_hash(uint64_t hash, const void *bytes, size_t size) {
    for (const unsigned char *b = bytes; size--; b++) hash = (hash ^ *b) * 0x100000001b3u;
    return hash;
}

char *run_hash_text(char out[RUN_KEY_SIZE], uint64_t hash) {
    snprintf(out, RUN_KEY_SIZE, "%016" PRIx64, hash);
    return out;
}

char *run_fingerprint(char out[RUN_KEY_SIZE], const char *text) {
    return run_hash_text(out, run_hash(RUN_HASH, text, strlen(text)));
}

static void forget_setting(rn_config *config, const char *name) {
    char value[4096];
    rn_err err;
    rn_config standard = rn_config_paper();
    const rn_option *option = rn_option_find(rn_config_options(), name);
    RN_CHECK(option, "no option %s", name);
    rn_option_get(value, sizeof value, &standard, option);
    RN_CHECK(rn_option_set(config, option, value, &err) == RN_OK, "%s", err.text);
}

/* Settings that do not change what comes out: when something is written, and what the loss does not
 * read. Cross entropy is one run, whatever gamma stands beside it. */
static void forget_indifferent(rn_config *config) {
    const rn_loss *loss = rn_model_loss(&config->model);
    bool ohem = rn_model_uses_ohem(&config->model);
    const struct {
        const char *name;
        bool read;
    } settings[] = {
        {"save-every", false},
        {"eval-every", false},
        {"gamma", !loss || loss->uses_gamma},
        {"alpha", !loss || loss->uses_alpha},
        {"beta", !loss || loss->uses_beta},
        {"margin", !loss || loss->uses_margin},
        {"ohem-loss", ohem},
        {"ohem-batch", ohem},
        {"ohem-nms", ohem},
        {"ohem-boxes", ohem},
        {"ohem-one-to-three", ohem},
    };
    for (size_t i = 0; i < RN_COUNT(settings); i++)
        if (!settings[i].read) forget_setting(config, settings[i].name);
}

char *run_key(char key[RUN_KEY_SIZE], const run_request *request) {
    rn_config config = request->config;
    forget_indifferent(&config);
    cJSON *tree = rn_option_to_json(&config, rn_config_options());
    cJSON_AddStringToObject(tree, "sources", sources_version);
    if (sizeof(rn_float) > sizeof(float)) cJSON_AddStringToObject(tree, "real", "double");
    cJSON_AddStringToObject(tree, "data", request->data_key);
    cJSON_AddStringToObject(tree, "init", request->init_key);
    char *text = cJSON_PrintUnformatted(tree);
    run_fingerprint(key, text);
    free(text);
    cJSON_Delete(tree);
    return key;
}

char *run_folder(char path[RN_PATH_SIZE], const char *out, const char *key) {
    char runs[RN_PATH_SIZE];
    return rn_text_path(path, RN_PATH_SIZE, rn_text_path(runs, sizeof runs, out, "runs"), key);
}

/* ---- run.json -------------------------------------------------------------------------------- */

rn_status run_prepare(const run_request *request, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    if (rn_file_make_folder(folder, err) != RN_OK) return RN_ERROR;
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "sources", sources_version);
    cJSON_AddStringToObject(tree, "data", request->data);
    cJSON_AddStringToObject(tree, "images", request->images);
    cJSON_AddStringToObject(tree, "data_key", request->data_key);
    cJSON_AddStringToObject(tree, "init", request->init);
    cJSON_AddStringToObject(tree, "init_key", request->init_key);
    cJSON_AddItemToObject(tree, "config", rn_option_to_json(&request->config, rn_config_options()));
    rn_text_path(path, sizeof path, folder, "run.json");
    rn_status status = rn_json_save(tree, path, true, err);
    cJSON_Delete(tree);
    return status;
}

static rn_status take_text(char *out, size_t size, const cJSON *tree, const char *key,
                           rn_json_place place, rn_err *err) {
    const char *text;
    if (rn_json_text(&text, tree, key, place, err) != RN_OK) return RN_ERROR;
    snprintf(out, size, "%s", text);
    return RN_OK;
}

static rn_status read_request(run_request *request, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    cJSON *tree;
    const cJSON *config;
    rn_text_path(path, sizeof path, folder, "run.json");
    rn_json_place place = {.file = path};
    if (rn_json_load(&tree, path, err) != RN_OK) return RN_ERROR;
    request->config = rn_config_paper();
    struct {
        const char *key;
        char *out;
        size_t size;
    } texts[] = {
        {"data", request->data, sizeof request->data},
        {"images", request->images, sizeof request->images},
        {"data_key", request->data_key, sizeof request->data_key},
        {"init", request->init, sizeof request->init},
        {"init_key", request->init_key, sizeof request->init_key},
    };
    rn_status status = RN_OK;
    for (size_t i = 0; i < RN_COUNT(texts) && status == RN_OK; i++)
        status = take_text(texts[i].out, texts[i].size, tree, texts[i].key, place, err);
    if (status == RN_OK) status = rn_json_object(&config, tree, "config", place, err);
    if (status == RN_OK)
        status = rn_option_from_json(&request->config, rn_config_options(), config, path, err);
    cJSON_Delete(tree);
    return status;
}

/* ---- result.json ----------------------------------------------------------------------------- */

static const char done_text[] = "done", diverged_text[] = "diverged";

static rn_status read_duration(double *value, const cJSON *tree, const char *name,
                               rn_json_place place, rn_err *err) {
    if (rn_json_number(value, tree, name, place, err) != RN_OK) return RN_ERROR;
    if (*value >= 0 && *value <= 1e9) return RN_OK;
    return rn_json_expected(place, name, "a number from 0 to 1e+09",
                            cJSON_GetObjectItemCaseSensitive(tree, name), err);
}

static rn_status read_result(run_outcome *run, const cJSON *tree, rn_json_place place,
                             rn_err *err) {
    const char *state, *key;
    int64_t step;
    if (rn_json_text(&state, tree, "state", place, err) != RN_OK ||
        rn_json_text(&key, tree, "key", place, err) != RN_OK ||
        read_duration(&run->seconds, tree, "seconds", place, err) != RN_OK)
        return RN_ERROR;
    if (strcmp(key, run->key) != 0)
        return rn_json_expected(place, "key", "the name of its folder",
                                cJSON_GetObjectItemCaseSensitive(tree, "key"), err);
    if (strcmp(state, diverged_text) == 0) {
        if (rn_json_integer(&step, tree, "diverged_at", 0, INT64_C(1) << 40, place, err) != RN_OK)
            return RN_ERROR;
        run->diverged_at = (long)step;
        run->state = RUN_DIVERGED;
        return RN_OK;
    }
    if (strcmp(state, done_text) != 0)
        return rn_json_expected(place, "state", "\"done\" or \"diverged\"",
                                cJSON_GetObjectItemCaseSensitive(tree, "state"), err);
    if (metrics_from_json(run->val, tree, "val", place, err) != RN_OK ||
        metrics_from_json(run->test, tree, "test", place, err) != RN_OK ||
        read_duration(&run->detect_ms, tree, "detect_ms", place, err) != RN_OK)
        return RN_ERROR;
    run->state = RUN_DONE;
    return RN_OK;
}

rn_status run_read(run_outcome *run, const char *folder, rn_err *err) {
    char path[RN_PATH_SIZE];
    cJSON *tree;
    rn_text_path(path, sizeof path, folder, "result.json");
    run->state = RUN_MISSING;
    run->diverged_at = 0;
    run->seconds = run->detect_ms = NAN;
    for (int m = 0; m < METRICS; m++) run->val[m] = run->test[m] = NAN;
    snprintf(run->key, sizeof run->key, "%s", rn_text_file_name(folder));
    if (!rn_file_exists(path)) return RN_OK;
    if (rn_json_load(&tree, path, err) != RN_OK) return RN_ERROR;
    rn_status status = read_result(run, tree, (rn_json_place){.file = path}, err);
    cJSON_Delete(tree);
    return status;
}

rn_status run_forget(const char *folder, rn_err *err) {
    static const char *const names[] = {"result.json", "last.safetensors", "log.jsonl"};
    for (size_t i = 0; i < RN_COUNT(names); i++) {
        char path[RN_PATH_SIZE];
        rn_text_path(path, sizeof path, folder, names[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return rn_fail(err, "%s: cannot remove: %s", path, strerror(errno));
    }
    return RN_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

typedef struct making {
    const char *folder;
    const volatile int *stop;
    run_request request;
    rn_dataset part[IMAGES_ROLES];
    rn_detector detector;
    rn_trainer_result trained;
    double metrics[IMAGES_ROLES][METRICS];
    double detect_ms;
} making;

static char *file_in(char path[RN_PATH_SIZE], const making *m, const char *name) {
    return rn_text_path(path, RN_PATH_SIZE, m->folder, name);
}

static rn_status load_train(rn_dataset *train, const run_request *request, rn_err *err) {
    rn_repair repair;
    if (images_load(train, request->data, request->images, IMAGES_TRAIN, err) != RN_OK ||
        rn_dataset_measure(train, err) != RN_OK)
        return RN_ERROR;
    return rn_dataset_repair(&repair, train, (rn_box_policy)request->config.train.boxes, err);
}

static rn_status load_parts(making *m, rn_err *err) {
    rn_status status = load_train(&m->part[IMAGES_TRAIN], &m->request, err);
    for (int role = IMAGES_VAL; role < IMAGES_ROLES && status == RN_OK; role++)
        status =
            images_load(&m->part[role], m->request.data, m->request.images, (images_role)role, err);
    return status;
}

static rn_status new_detector(rn_detector *detector, const run_request *request,
                              const rn_dataset *train, rn_err *err) {
    rn_checkpoint_match match;
    if (rn_detector_create(detector, &request->config, train->category, train->num_classes, true,
                           err) != RN_OK ||
        rn_initial_weights(detector, &match, request->init, err) != RN_OK)
        return RN_ERROR;
    if (isnan(detector->config.model.alpha))
        detector->config.model.alpha = detector->net.config.alpha = rn_train_alpha(detector, train);
    return RN_OK;
}

rn_status run_start(rn_detector *detector, rn_dataset *train, const char *folder, rn_err *err) {
    run_request request;
    if (read_request(&request, folder, err) != RN_OK || load_train(train, &request, err) != RN_OK)
        return RN_ERROR;
    return new_detector(detector, &request, train, err);
}

/* The detector as the run has left it, or a new one. */
static rn_status load_detector(making *m, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_err ignored;
    if (rn_file_exists(file_in(path, m, "last.safetensors")) &&
        rn_detector_load(&m->detector, path, true, &ignored) == RN_OK)
        return RN_OK;
    return new_detector(&m->detector, &m->request, &m->part[IMAGES_TRAIN], err);
}

/* A run that diverges has a result too. */
static rn_status train(making *m, rn_err *err) {
    rn_trainer_options options = {.train = &m->part[IMAGES_TRAIN],
                                  .folder = m->folder,
                                  .stop = m->stop,
                                  .keep = run_snapshots,
                                  .num_keep = RUN_SNAPSHOTS};
    if (m->detector.step >= m->detector.config.train.iterations) return RN_OK;
    rn_status status = rn_train(&m->trained, &m->detector, &options, err);
    return m->trained.diverged ? RN_OK : status;
}

static rn_status evaluate(making *m, images_role role, rn_err *err) {
    rn_eval_detection *found;
    size_t count;
    rn_eval eval = {0};
    const rn_dataset *part = &m->part[role];
    rn_eval_options options = images_eval_options(part);
    double start = rn_clock_seconds();
    rn_status status = rn_detector_run(&found, &count, &m->detector, part, NULL, m->stop, err);
    if (status != RN_OK) return status;
    m->detect_ms = 1e3 * (rn_clock_seconds() - start) / (double)part->num_images;
    rn_detector_evaluate(&eval, part, found, count, &options);
    for (int k = 0; k < METRICS; k++) /* both lists begin alike: AP AP50 AP75 APs APm APl */
        m->metrics[role][k] = eval.number[k] < 0 ? NAN : 100 * eval.number[k];
    rn_eval_free(&eval);
    free(found);
    return RN_OK;
}

/* Seconds that training has taken, over all its parts: each begins with "from_step" in the log, and
 * its last line knows the mean rate since. */
static double seconds_of(const making *m) {
    char path[RN_PATH_SIZE], *text;
    size_t size;
    rn_err ignored;
    double sum = 0, part = 0, from = 0, batch = m->detector.config.train.batch;
    if (rn_file_read(&text, &size, file_in(path, m, "log.jsonl"), (size_t)1 << 30, &ignored) !=
        RN_OK)
        return m->trained.seconds;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        cJSON *item = cJSON_ParseWithLength(line, strcspn(line, "\n"));
        const cJSON *first = cJSON_GetObjectItemCaseSensitive(item, "from_step");
        const cJSON *step = cJSON_GetObjectItemCaseSensitive(item, "step");
        const cJSON *rate = cJSON_GetObjectItemCaseSensitive(item, "images_per_second");
        if (cJSON_IsNumber(first)) sum += part, part = 0, from = first->valuedouble;
        if (cJSON_IsNumber(step) && cJSON_IsNumber(rate) && rate->valuedouble > 0)
            part = (step->valuedouble - from) * batch / rate->valuedouble;
        cJSON_Delete(item);
    }
    free(text);
    return sum + part;
}

/* "AMD EPYC 9R14", or the architecture where the system does not say. */
static void machine_name(char out[128]) {
    struct utsname name;
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(out, 128, "%.100s", uname(&name) == 0 ? name.machine : "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        snprintf(out, 128, "%.120s", rn_text_trim(line + (colon - line) + 1));
        break;
    }
    if (file) fclose(file);
}

static rn_status save_result(const making *m, rn_err *err) {
    char path[RN_PATH_SIZE], hash[32], machine[128];
    cJSON *tree = cJSON_CreateObject();
    machine_name(machine);
    cJSON_AddStringToObject(tree, "key", rn_text_file_name(m->folder));
    cJSON_AddStringToObject(tree, "version", RN_VERSION);
    cJSON_AddStringToObject(tree, "sources", sources_version);
    cJSON_AddStringToObject(tree, "machine", machine);
    rn_json_add_number(tree, "threads", rn_parallel_threads());
    cJSON_AddStringToObject(tree, "isa", rn_isa_name(rn_isa_in_force()));
    cJSON_AddStringToObject(tree, "compiler", __VERSION__);
    rn_json_add_number(tree, "seed", m->request.config.train.seed);
    cJSON_AddStringToObject(tree, "state", m->trained.diverged ? diverged_text : done_text);
    rn_json_add_number(tree, "seconds", seconds_of(m));
    rn_json_add_number(tree, "images", (double)m->part[IMAGES_TRAIN].num_images);
    rn_json_add_number(tree, "objects", (double)m->part[IMAGES_TRAIN].num_objects);
    rn_json_add_number(tree, "alpha", m->detector.config.model.alpha);
    if (m->trained.diverged) {
        rn_json_add_number(tree, "diverged_at", (double)m->trained.diverged_at);
    } else {
        snprintf(hash, sizeof hash, "%016" PRIx64, rn_params_hash(&m->detector.net.params));
        cJSON_AddStringToObject(tree, "weights", hash);
        rn_json_add_number(tree, "detect_ms", m->detect_ms);
        metrics_to_json(tree, "val", m->metrics[IMAGES_VAL]);
        metrics_to_json(tree, "test", m->metrics[IMAGES_TEST]);
    }
    rn_status status = rn_json_save(tree, file_in(path, m, "result.json"), true, err);
    cJSON_Delete(tree);
    return status;
}

static rn_status make_all(making *m, rn_err *err) {
    rn_status status = read_request(&m->request, m->folder, err);
    if (status == RN_OK) status = load_parts(m, err);
    if (status == RN_OK) status = load_detector(m, err);
    if (status == RN_OK) status = train(m, err);
    for (int role = IMAGES_VAL; role < IMAGES_ROLES && !m->trained.diverged; role++)
        if (status == RN_OK) status = evaluate(m, (images_role)role, err);
    if (status == RN_OK) status = save_result(m, err);
    rn_detector_free(&m->detector);
    for (int role = 0; role < IMAGES_ROLES; role++) rn_dataset_free(&m->part[role]);
    return status;
}

rn_status run_lock(int *lock, const char *folder, const volatile int *stop, rn_err *err) {
    char path[RN_PATH_SIZE];
    rn_text_path(path, sizeof path, folder, "lock");
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0) return rn_fail(err, "%s: cannot be created: %s", path, strerror(errno));
    while (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        bool interrupted = stop && *stop;
        if (!interrupted && (errno == EWOULDBLOCK || errno == EINTR)) {
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
            continue;
        }
        rn_fail(err, "%s: %s", path, interrupted ? "interrupted" : strerror(errno));
        close(*lock);
        return interrupted ? RN_INTERRUPTED : RN_ERROR;
    }
    return RN_OK;
}

rn_status run_make(const char *folder, const volatile int *stop, rn_err *err) {
    making m = {.folder = folder, .stop = stop};
    run_outcome run;
    rn_err ignored;
    int lock;
    rn_status status = run_lock(&lock, folder, stop, err);
    if (status != RN_OK) return status;
    status = run_read(&run, folder, &ignored);
    if (status != RN_OK || run.state == RUN_MISSING) status = make_all(&m, err);
    close(lock);
    return status;
}

/* ---- watching -------------------------------------------------------------------------------- */

/* The number behind the last "step": in the log's last lines; 0 where there is none. */
static long last_step(const char *path) {
    char tail[4097];
    long step = 0;
    FILE *log = fopen(path, "r");
    if (!log) return 0;
    if (fseek(log, -(long)(sizeof tail - 1), SEEK_END) != 0) rewind(log);
    size_t n = fread(tail, 1, sizeof tail - 1, log);
    tail[n] = '\0';
    fclose(log);
    for (const char *at = tail; (at = strstr(at, "{\"step\":")); at++) step = atol(at + 8);
    return step;
}

double run_progress(const char *folder) {
    char path[RN_PATH_SIZE];
    run_request request;
    rn_err err;
    if (read_request(&request, folder, &err) != RN_OK) return 0;
    long step = last_step(rn_text_path(path, sizeof path, folder, "log.jsonl"));
    return fmin(1, (double)step / fmax(1, request.config.train.iterations));
}
