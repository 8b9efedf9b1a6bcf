/* The promise of classification.h: a loss takes its .c, its .h and a row of the table. */
#include <criterion/criterion.h>
#include <stdlib.h>

Test(add_a_loss, touches_at_most_three_files) {
    cr_assert(system("sh tests/loss/add_a_loss.sh") == 0); /* it says why, when it fails */
}
