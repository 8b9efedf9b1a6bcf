#include "base/rng.h"
#include "base/check.h"

#include <math.h>

void rn_rng_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u; /* golden ratio, sqrt(3) - 1: the paper's Weyl constants */
        k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_text(const char *text) {
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* The seed is the key; name and index open the counter, whose last word then counts blocks. The
 * name's hash is folded over the index by one enciphering so that all 64 bits of both matter. */
rn_rng rn_rng_stream(uint64_t seed, const char *name, uint64_t index) {
    uint64_t hash = hash_text(name);
    rn_rng rng = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .used = 4};
    uint32_t place[4] = {(uint32_t)hash, (uint32_t)(hash >> 32), (uint32_t)index,
                         (uint32_t)(index >> 32)};
    rn_rng_philox(rng.counter, place, rng.key);
    rng.counter[3] = 0;
    return rng;
}

uint32_t rn_rng_u32(rn_rng *rng) {
    if (rng->used == 4) {
        rn_rng_philox(rng->out, rng->counter, rng->key);
        rng->counter[3]++;
        rng->used = 0;
    }
    return rng->out[rng->used++];
}

double rn_rng_uniform(rn_rng *rng) {
    uint64_t high = rn_rng_u32(rng) >> 5, low = rn_rng_u32(rng) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

double rn_rng_range(rn_rng *rng, double low, double high) {
    double value = low + (high - low) * rn_rng_uniform(rng);
    return value >= high && low < high ? nextafter(high, low) : value; /* it was rounded up */
}

uint32_t rn_rng_below(rn_rng *rng, uint32_t n) {
    RN_CHECK(n > 0, "n is 0");
    uint32_t reject = -n % n, value; /* 2^32 mod n values would be drawn once too often */
    do value = rn_rng_u32(rng);
    while (value < reject);
    return value % n;
}

double rn_rng_normal(rn_rng *rng) {
    double u = 1.0 - rn_rng_uniform(rng), v = rn_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void rn_rng_permutation(rn_rng *rng, int *order, int n) {
    for (int i = 0; i < n; i++) {
        int j = (int)rn_rng_below(rng, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
