#include "base/rng.h"
#include "check.h"
#include "tensor/im2col.h"

EXERCISE("1. The bill", bill) {
    EXPECT_NEAR(fewer_by(2, 3), 2.25, 1e-12);
    EXPECT_NEAR(fewer_by(4, 3), 4, 1e-12);
    EXPECT_NEAR(fewer_by(1, 3), 1, 1e-12);
    EXPECT_NEAR(fewer_by(3, 5), 225. / 49, 1e-12);
    EXPECT_NEAR(fewer_by(6, 1), 1, 1e-12);
}

EXERCISE("2. What a pixel sees", sees) {
    enum { H = 3, W = 4, C = 2 };
    rn_conv_dims d = {1, H, W, C, 1, 3, 3, 1, 1};
    float x[H * W * C], mine[9 * C], theirs[9 * C];
    for (int i = 0; i < H * W * C; i++) x[i] = (float)(i + 1);
    for (int i = 0; i < H * W; i++) {
        for (int j = 0; j < 9 * C; j++) mine[j] = -1;
        window(mine, x, H, W, C, i / W, i % W);
        rn_im2col(theirs, 9 * C, x, &d, (size_t)i, 1);
        for (int j = 0; j < 9 * C; j++) EXPECT_NEAR(mine[j], theirs[j], 0);
    }
}

EXERCISE("3. The other way round", other) {
    rn_rng rng = rn_rng_stream(8, "exercise", 3);
    for (int round = 0; round < 20; round++) {
        double y[3], d[4], g[2];
        for (int i = 0; i < 4; i++) d[i] = rn_rng_range(&rng, -1, 1);
        for (int i = 0; i < 2; i++) g[i] = rn_rng_range(&rng, -1, 1);
        multiplications = 0;
        f32(y, d, g);
        for (int i = 0; i < 3; i++)
            EXPECT_NEAR(y[i], d[i] * g[0] + d[i + 1] * g[1], 1e-12);
        EXPECT_INT(multiplications, 4);
    }
}
