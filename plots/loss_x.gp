# Figures 5 and 6: losses, or their derivatives, over the logit on the true side.
#
# Columns of `data`: x_t, then the curves; their headings are the legend. Texts: title, note, ylabel,
# derivative (1: the y axis belongs to derivatives, 0: to losses, from 0 to 5).
stats data skip 1 using 1 nooutput
curves = STATS_columns - 1
eval canvas(600, 430)
eval heading
set xlabel 'x_t, logit on the true side'
set ylabel ylabel offset 1
set xrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1]
if (int(derivative)) {
    set yrange [-1.25:0.1]
    set ytics 0.2
    set key bottom right Left reverse samplen 2
} else {
    set yrange [0:5]
    set key top right Left reverse samplen 2
}
plot for [c = 2:curves + 1] data using 1:(num(c)) with lines lt c - 1 title columnheader(c)
