#include "check.h"
#include "detect/nms.h"

EXERCISE("1. The old way", voc) {
    bool three[] = {true, false, true};
    bool five[] = {true, false, false, true, false};
    bool none[] = {false, false}, late[] = {false, true};
    EXPECT_NEAR(voc_ap(three, 3, 2), (6 + 5 * 2. / 3) / 11, 1e-12);
    EXPECT_NEAR(voc_ap(five, 5, 2), (6 + 5 * .5) / 11, 1e-12);
    EXPECT_NEAR(voc_ap(none, 2, 3), 0, 1e-12);
    EXPECT_NEAR(voc_ap(none, 0, 3), 0, 1e-12);
    EXPECT_NEAR(voc_ap(late, 2, 1), .5, 1e-12);
    EXPECT_NEAR(voc_ap(three, 1, 4), 3. / 11, 1e-12);
    EXPECT_NEAR(voc_ap(three, 3, 7), (2 + 1 * 2. / 3) / 11, 1e-12);
}

EXERCISE("2. Classes apart", classes) {
    rn_box box[] = {{0, 0, 10, 10}, {1, 0, 11, 10}, {1, 0, 11, 10},
                    {5, 0, 15, 10}, {4, 0, 14, 10}, {30, 0, 40, 10}};
    int label[] = {0, 0, 1, 0, 1, 0}, keep[6];
    EXPECT_INT(nms(keep, box, label, 6, .5f), 4);
    EXPECT_INT(keep[0], 0);
    EXPECT_INT(keep[1], 2);
    EXPECT_INT(keep[2], 3);
    EXPECT_INT(keep[3], 5);
    EXPECT_INT(nms(keep, box, label, 6, 1), 6);
    EXPECT_INT(nms(keep, box, label, 0, .5f), 0);
    float score[] = {.9f, .8f, .7f, .6f, .5f, .4f};
    for (float threshold = 0; threshold < 1; threshold += .1f) {
        rn_arena arena = {0};
        int want[6];
        int n =
            (int)rn_nms(want, box, score, label, 6, threshold, 0, 6, &arena);
        EXPECT_INT(nms(keep, box, label, 6, threshold), n);
        for (int i = 0; i < n; i++) EXPECT_INT(keep[i], want[i]);
        rn_arena_free(&arena);
    }
}

EXERCISE("3. What to ship", ship) {
    double score[] = {.9, .8, .7, .6, .5};
    bool right[] = {true, false, true, true, false}, none[5] = {false};
    EXPECT_NEAR(limit_for(score, right, 5, 1), .9, 1e-12);
    EXPECT_NEAR(limit_for(score, right, 5, .75), .6, 1e-12);
    EXPECT_NEAR(limit_for(score, right, 5, .7), .6, 1e-12);
    EXPECT_NEAR(limit_for(score, right, 5, .5), .5, 1e-12);
    EXPECT_NEAR(limit_for(score, none, 5, .1), 2, 1e-12);
    EXPECT_NEAR(limit_for(score, none, 5, 0), .5, 1e-12);
    EXPECT_NEAR(limit_for(score, right, 0, .5), 2, 1e-12);
}
