# How training losses fall, several runs in one picture, on a logarithmic axis.
#
# Columns of `data`: iteration (from 1 with log_x), then a curve for each run (n/a or 0 where there
# is no loss); their headings are the legend. Texts: title, note, ylabel (as "training loss (log
# scale)"); pairs (1: curves 2k - 1 and 2k belong together: one colour, the second is dashed; 0: a
# colour each); log_x (1: iterations on a logarithmic axis too, for the first steps; 0: not).
stats data skip 1 using 1 nooutput
curves = STATS_columns - 1
positive(c) = num(c) > 0 ? num(c) : NaN
eval each('sum [c = 2:curves + 1] see(positive(c))')
colour(c) = int(pairs) ? (c + 1) / 2 : c
dash(c) = int(pairs) && c % 2 == 0 ? '-' : 1

eval canvas(880, 480)
eval heading
set xlabel int(log_x) ? 'iteration (log scale)' : 'iteration'
set ylabel ylabel offset 1
set logscale y
set yrange [count ? low / 1.3 : 0.1:count ? high * 1.3 : 1]
set ytics ()
many = count && high > 300 * low
do for [e = -9:9] { do for [m in many ? '1' : '1 2 5'] { set ytics add (sprintf('%g', m * 10.0**e) m * 10.0**e) } }
if (int(log_x)) {
    set logscale x
    set xrange [STATS_min > 0 ? STATS_min : 1:STATS_max > STATS_min ? STATS_max : 10 * STATS_max]
    set xtics ()
    do for [e = 0:7] { do for [m in '1 2 5'] { set xtics add (sprintf('%g', m * 10.0**e) m * 10.0**e) } }
} else {
    set xrange [0:STATS_max > 0 ? STATS_max : 1]
}
set key outside right center Left reverse samplen 3
plot for [c = 1:curves] data using 1:(positive(c + 1)) with lines lt colour(c) lw 1.6 dt dash(c) title columnheader(c + 1)
