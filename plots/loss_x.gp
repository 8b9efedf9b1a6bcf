# Figures 5 and 6: losses, or their derivatives, over x_t = y x.
#
# Columns of `data`: x_t, then the curves; their headings are the legend. Texts: title, note, ylabel,
# derivative (1: the y axis belongs to derivatives, 0: to losses, from 0 to 5).
