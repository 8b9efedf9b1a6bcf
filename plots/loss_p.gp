# Figure 1: the losses over the probability of the true class; left as the paper draws it, right on a
# logarithmic axis, where the distance of two curves is the factor between them.
#
# Columns of `data`: p_t (0 to 1, without its ends), then the curves; their headings are the legend.
# The first is CE. Texts: title, note; ratio (the column, from 1, of the curve to compare with CE, as
# "5" for gamma = 2) and at (words: the p_t at which the factor is written, "0.9 0.968").
