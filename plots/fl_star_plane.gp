# Figure 7: which (gamma, beta) of FL* work; our AP as colour and number beside the paper's verdict.
#
# Columns of `data`: gamma, beta, ours (or "diverged ..."), effective (1, 0: the paper's; n/a: not
# in it), ours effective (1, 0; n/a). Texts: title, note, threshold (words for the legend: what
# "effective" means for ours, as "AP above 37.5").
