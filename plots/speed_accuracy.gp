# Figure 2: accuracy against time, ours on the left, the paper's on the right (another machine, other
# images: the shapes compare, not the numbers).
#
# Columns of `data`: source ("ours" or "paper"), curve (a text: the depth; the rows of a curve follow
# one another), label (at the point, as "256 px"; '' for none), ms (an image), AP, low, high (n/a:
# none). A curve of a single point is a point: another detector. Texts: title, note, ours_note,
# paper_note (above the panels).
