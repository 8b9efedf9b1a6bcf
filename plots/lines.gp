# A result over a setting: one or several curves with intervals, the paper's dashed.
#
# Columns of `data`: curve (a text; the legend, and the rows of a curve follow one another), x (a
# number; n/a: the row is a horizontal line across the picture, such as "FL"), ours ("diverged ..." is
# a mark at the bottom, wherever the axis begins, and a line at 0), low, high (the ends of the
# interval; n/a with one seed), paper (n/a where the paper has none). Texts: title, note, xlabel,
# ylabel ("AP (points)"); x_axis ("linear", "log", "logit" for shares as .1 ... .999, "even": as many
# steps as there are values).
array curve[60]; array level[60]; array level_low[60]; array level_high[60]; array level_paper[60]
array value[200]
curves = 0; values = 0
see_curve(name) = curves && curve[curves] eq name ? 0 : (curves = curves + 1, curve[curves] = name, \
    level[curves] = NaN, level_low[curves] = NaN, level_high[curves] = NaN, level_paper[curves] = NaN)
see_level(a, b, c, d) = (level[curves] = a, level_low[curves] = b, level_high[curves] = c, level_paper[curves] = d)
index_of(x) = values ? sum [i = 1:values] (value[i] == x ? i : 0) : 0
see_value(x) = index_of(x) ? 0 : (values = values + 1, value[values] = x)
result(c) = diverged(c) ? 0 : num(c)
eval each('see_curve(strcol(1)), see(valid(2) ? num(3) : result(3)), see(num(4)), see(num(5)), see(num(6)), '.\
          '(valid(2) ? see_value(column(2)) : see_level(result(3), num(4), num(5), num(6)))')
y_low = bottom(low, high); y_high = top(low, high)

# Where an x stands on the axis, which is linear in any case.
place(x) = x_axis eq 'log' ? log10(x) : x_axis eq 'logit' ? log10(x / (1 - x)) : x_axis eq 'even' ? index_of(x) : x
eval forget
do for [i = 1:values] { dummy = see(place(value[i])) }
pad = high > low ? 0.05 * (high - low) : 0.5
x_low = low - pad; x_high = high + pad

eval canvas(880, 480)
eval heading
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xlabel xlabel
set ylabel ylabel offset 1
if (x_axis ne 'linear') {
    set xtics ()
    if (x_axis eq 'log' && values > 9) {
        do for [e = -8:8] { do for [m in '1 2 5'] {
            x = m * 10.0**e
            if (log10(x) >= x_low && log10(x) <= x_high) { set xtics add (short(x) log10(x)) }
        } }
    } else {
        # A value beside another has no room for its number.
        room = 0.045 * (x_high - x_low)
        do for [i = 1:values] {
            crowd = i == 1 ? 0 : sum [j = 1:i - 1] (abs(place(value[j]) - place(value[i])) < room)
            if (!crowd) { set xtics add (short(value[i]) place(value[i])) }
        }
    }
}
set key outside right center Left reverse samplen 2
papers = 0; divergences = 0
eval each('papers = papers + valid(6), divergences = divergences + diverged(3)')
# Curves step aside a little, so that their intervals do not cover one another.
aside(k) = (k - (curves + 1) / 2.0) * (curves > 1 ? 0.005 : 0) * (x_high - x_low)
at(k, c) = strcol(1) eq curve[k] && valid(2) ? place(column(2)) + aside(k) : NaN
# The paper's line passes over values that the paper does not have; ours has a gap where one is missing.
paper = papers ? '6' : '(NaN)'
plot for [k = 1:curves] '+' using 1:(level_low[k]):(level_high[k]) with filledcurves fs transparent solid 0.12 noborder lc k, \
     for [k = 1:curves] level_paper[k] with lines lw 1.5 dt '-' lc k, \
     for [k = 1:curves] data skip 1 using (at(k, 2)):@paper with linespoints pt 7 ps 0.4 lw 1.5 dt '-' lc k, \
     for [k = 1:curves] data skip 1 using (at(k, 2)):(num(4)):(0):(num(5) - num(4)) with @interval lc k, \
     for [k = 1:curves] level[k] with lines lc k, \
     for [k = 1:curves] data skip 1 using (at(k, 2)):(num(3)) with linespoints pt 7 ps 0.6 lc k, \
     for [k = 1:curves] data skip 1 using (at(k, 2)):(diverged(3) ? y_low : NaN) with points pt 11 ps 0.9 lc k, \
     for [k = 1:curves] keyentry with linespoints pt (level[k] == level[k] ? 0 : 7) ps 0.6 lc k title curve[k], \
     keyentry with points pt 11 ps 0.9 lc rgb faint title divergences ? 'diverged' : '', \
     keyentry with linespoints pt 7 ps 0.4 lw 1.5 dt '-' lc rgb faint title papers ? 'the paper (COCO)' : ''
