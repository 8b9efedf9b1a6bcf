# A result over two settings as a map, with the numbers in the cells.
#
# Columns of `data`: y (a text or number: a row of the map; they go up from the bottom in order of
# appearance), x (likewise, to the right), ours ("diverged ..." and n/a are cells of their own kind),
# spread (the standard deviation over seeds, written small; n/a: none), best (1: framed, as the best
# of a row; 2: framed twice, as the best of all; 0). Cells that no row names stay empty. Texts: title,
# note, xlabel, ylabel, zlabel ("AP (points)").
