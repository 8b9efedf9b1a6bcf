# Figure 1: the losses over the probability of the true class; left as the paper draws it, right on a
# logarithmic axis, where the distance of two curves is the factor between them.
#
# Columns of `data`: p_t (0 to 1, without its ends), then the curves; their headings are the legend.
# The first is CE. Texts: title, note; ratio (which curve, from 1, to compare with CE: 4 where
# gamma = 2 follows 0, .5 and 1) and at (words: the p_t at which the factor is written, "0.9 0.968").
stats data skip 1 using 1 nooutput
curves = STATS_columns - 1
compared = int(ratio) + 1
# Both losses at the row closest to p.
closest(p) = column(1) == column(1) && abs(column(1) - p) < gap ? (gap = abs(column(1) - p), ce = num(2), fl = num(compared)) : 0

eval canvas(800, 420)
eval heading
set multiplot layout 1, 2 margins 0.075, 0.985, 0.14, 0.86 spacing 0.11
set xrange [0:1]
set xlabel 'p_t, probability of the true class'
set ylabel 'loss' offset 1
set yrange [0:5]
set key top right Left reverse samplen 2
set arrow 1 from 0.6, 0.95 to 1, 0.95 heads size screen 0.005, 90 lc rgb faint
set label 1 'well classified: p_t > .6' at 1, 1.18 right font small tc rgb faint
plot for [c = 2:curves + 1] data using 1:(num(c)) with lines lt c - 1 title columnheader(c)

unset label; unset arrow; unset key
set ylabel 'loss (log scale)' offset 0
set yrange [1e-6:10]
set logscale y
set ytics ()
do for [e = -6:1] { set ytics add (word('10⁻⁶ 10⁻⁵ 10⁻⁴ 0.001 0.01 0.1 1 10', e + 7) 10.0**e) }
do for [k = 1:words(at)] {
    p = real(word(at, k)); gap = 2; ce = NaN; fl = NaN
    eval each('closest(p)')
    if (ce > 0 && fl > 0) {
        set arrow from p, ce to p, fl heads size screen 0.008, 20 filled lw 1.2 lc rgb ink front
        set label sprintf('%.0f×', ce / fl) at p, fl / 2.8 right offset -0.2, 0 tc rgb ink front
    }
}
plot for [c = 2:curves + 1] data skip 1 using 1:(num(c) > 0 ? num(c) : NaN) with lines lt c - 1
unset multiplot
