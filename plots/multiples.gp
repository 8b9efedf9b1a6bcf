# A result over a setting in a small panel for each arm; the other arms in grey behind it.
#
# Columns of `data`: arm (a text; the rows of an arm follow one another), x, ours ("diverged ..." is a
# mark at the bottom), low, high (n/a with one seed), best (1: the arm's chosen x; 0). Up to 20 arms.
# Texts: title, note, xlabel, ylabel ("AP (points)"), log_x (1 or 0).
