# How training losses fall, several runs in one picture, on a logarithmic axis.
#
# Columns of `data`: iteration (from 1 with log_x), then a curve for each run (n/a or 0 where there
# is no loss); their headings are the legend. Texts: title, note, ylabel; pairs (1: curves 2k - 1 and
# 2k belong together: one colour, the second is dashed; 0: a colour each); log_x (1: iterations on a
# logarithmic axis too, for the first steps; 0: not).
