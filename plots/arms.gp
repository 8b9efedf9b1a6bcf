# A row for each way to train: ours with its interval, and the paper's number.
#
# Columns of `data`: group (a text; the rows of a group follow one another and share a colour and a
# heading, '' for none), label, ours ("diverged ..." is a mark at the left), low, high (n/a with one
# seed), paper (n/a: none). Texts: title, note, xlabel ("AP (points)"), reference (the label of the
# row that gets a line from top to bottom, '' for none).
