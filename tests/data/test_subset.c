#include "data/subset.h"
#include "support/fixture.h"
#include "support/folder.h"

#include <criterion/criterion.h>
#include <string.h>

static folder files;
static void begin(void) { files = folder_make(); }
static void end(void) { folder_remove(&files); }
TestSuite(subset, .init = begin, .fini = end);

Test(subset, keeps_the_images_it_is_told_with_their_objects) {
    rn_dataset d = fixture_load(fixture_text(&files, "set.csv",
                                             "a.jpg,1,2,3,4,x\nb.jpg,5,6,7,8,y\nb.jpg,1,1,9,9,x\n"
                                             "c.jpg,,,,,\nd.jpg,2,2,5,5,y\n"),
                                NULL);
    rn_dataset_keep(&d, (bool[]){false, true, false, true});
    cr_assert(d.num_images == 2 && d.num_objects == 3 && d.num_classes == 2);
    cr_expect_str_eq(d.image[0].file_name, "b.jpg");
    cr_expect_str_eq(d.image[1].file_name, "d.jpg");
    cr_expect(d.image[0].first == 0 && d.image[0].count == 2);
    cr_expect(d.image[1].first == 2 && d.image[1].count == 1);
    cr_expect(d.object[0].x1 == 5 && d.object[1].x2 == 9 && d.object[2].label == 1);
    rn_dataset_free(&d);
}

Test(subset, may_be_empty) {
    rn_dataset d = fixture_load(fixture_text(&files, "set.csv", "a.jpg,1,2,3,4,x\n"), NULL);
    rn_dataset_keep(&d, (bool[]){false});
    cr_expect(d.num_images == 0 && d.num_objects == 0);
    rn_dataset_free(&d);
}
