/* Made by make_parameters.py with torchvision 0.14.1a0. */
static const struct {
    const char *model;
    size_t elements, tensors;
    uint64_t hash;
} parameters[] = {
    {"r18", 21647895, 136, 15476298471815896479u},
    {"r34", 31763479, 216, 10874871355094577767u},
    {"r50", 38250007, 301, 5086521503530899579u},
    {"r101", 57294359, 556, 2414086194642226540u},
    {"r152", 72984087, 811, 14972720177137957270u},
};
