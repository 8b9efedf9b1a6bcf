/* run.h: one training run of a study: what it is made from, the key of that, its folder, its
 * making.
 *
 * A run's folder is OUT/runs/KEY. The key is a fingerprint of everything that the result depends
 * on: every setting but those that only say when to save, the data, the first weights, and the
 * library's sources. So a run is made once, whichever experiments want it, and an old one is never
 * taken for a new one. The folder holds
 *
 *     run.json            what it is made from; a process makes the run from this file alone
 *     log.jsonl, last.safetensors, step-*.safetensors     see train/trainer.h
 *     result.json         the numbers: there when the run is over
 *     messages.txt        what the process had to say */
#ifndef RN_COMMON_RUN_H
#define RN_COMMON_RUN_H

#include "common/outcome.h"
#include "retinanet.h"

typedef struct run_request {
    rn_config config;          /**< complete, with its seed */
    char data[RN_PATH_SIZE];   /**< as --data has it */
    char images[RN_PATH_SIZE]; /**< as --images has it; "": none */
    char data_key[32];         /**< fingerprint of the data: see images_key */
    char init[RN_PATH_SIZE];   /**< weights to start from; "": random ones */
    char init_key[32];         /**< fingerprint of their making */
} run_request;

/** Weights are kept after these parts of the iterations, for a look at what training does. */
enum { RUN_SNAPSHOTS = 2 };
extern const double run_snapshots[RUN_SNAPSHOTS];

/** 16 hexadecimal digits. Returns `key`. */
char *run_key(char key[RUN_KEY_SIZE], const run_request *request);

/** 64-bit FNV-1a, of which keys are made: goes on with `hash`, RUN_HASH at first. */
#define RUN_HASH UINT64_C(0xcbf29ce484222325)
uint64_t run_hash(uint64_t hash, const void *bytes, size_t size);

/** As 16 hexadecimal digits. Returns `out`. */
char *run_hash_text(char out[RUN_KEY_SIZE], uint64_t hash);

/** That of a text. Returns `out`. */
char *run_fingerprint(char out[RUN_KEY_SIZE], const char *text);

/** OUT/runs/KEY. Returns `path`. */
char *run_folder(char path[RN_PATH_SIZE], const char *out, const char *key);

/** Makes the folder with its run.json. */
rn_status run_prepare(const run_request *request, const char *folder, rn_err *err);

/** Fills `run` from result.json, all but the seed; RUN_MISSING where there is none. A broken file
 * is an error. */
rn_status run_read(run_outcome *run, const char *folder, rn_err *err);

/** Removes what a run has left, so that it can be made again. */
rn_status run_forget(const char *folder, rn_err *err);

/** How much of a running one is done, 0 to 1. */
double run_progress(const char *folder);

/** The detector as the run of a prepared folder starts with: its first weights, before any step.
 * `train` gets its training images. The caller frees both. */
rn_status run_start(rn_detector *detector, rn_dataset *train, const char *folder, rn_err *err);

/** Two processes that want to fill one folder take turns: waits for its lock, which close() gives
 * back. RN_INTERRUPTED when stopped. */
rn_status run_lock(int *lock, const char *folder, const volatile int *stop, rn_err *err);

/** Makes the run of a prepared folder, or goes on with it; nothing happens when it is over. Two
 * processes that want the same run take turns. */
rn_status run_make(const char *folder, const volatile int *stop, rn_err *err);

#endif
