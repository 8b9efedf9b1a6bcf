# A result over a setting: one or several curves with intervals, the paper's dashed.
#
# Columns of `data`: curve (a text; the legend, and the rows of a curve follow one another), x (a
# number; n/a: the row is a horizontal line across the picture, such as "FL"), ours ("diverged ..." is
# a mark at the bottom), low, high (the ends of the interval; n/a with one seed), paper (n/a where the
# paper has none). Texts: title, note, xlabel, ylabel ("AP (points)"); x_axis ("linear", "log",
# "logit" for shares as .1 ... .999, "even": as many steps as there are values).
