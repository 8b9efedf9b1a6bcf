# Figure 4: how the loss is spread over the examples, from the easiest to the hardest.
#
# Columns of `data`: source ("ours" or "paper"), side ("positive" or "negative"), gamma (.5 and 0.5
# are the same), fraction (of the examples, 0 to 1, lowest loss first), share (of the whole loss, 0 to
# 1). The rows of a curve follow one another. Up to 400 points a curve are plenty; negatives want
# theirs close to 1. Texts: title, note.
