# Curves, dots and bars over two axes: the figure of a notebook, made to be read on a phone too.
#
# Columns of `data`: curve (a text; the legend, and the rows of a curve follow one another), x, y (n/a
# breaks a line), kind ("line", "dots", "bars", or "mark": to compare with, thin, the text at its end
# and not in the legend). Texts: title, xlabel, ylabel; log_axes ("", "x", "y" or "xy"); x_range,
# y_range ("[0:1]", "[*:*]").
array curve[40]; array kind[40]
curves = 0
see_curve(name, k) = k eq 'mark' || curves && curve[curves] eq name && kind[curves] eq k ? 0 : \
    (curves = curves + 1, curve[curves] = name, kind[curves] = k)
eval each('see_curve(strcol(1), strcol(4))')

array mark[10]; array mark_x[10]; array mark_y[10]
marks = 0; beside = 0
new_mark(name) = marks && mark[marks] eq name ? 0 : \
    (marks = marks + 1, mark[marks] = name, beside = strlen(name) > beside ? strlen(name) : beside)
see_mark(name, k, x, y) = k ne 'mark' || x != x || y != y ? 0 : \
    (new_mark(name), mark_x[marks] = x, mark_y[marks] = y)
eval each('see_mark(strcol(1), strcol(4), num(2), num(3))')

# How far the bars are apart; they stand on `ground`.
spacing = NaN; last_x = NaN
see_bar(x) = (spacing = x > last_x && !(x - last_x > spacing) ? x - last_x : spacing, last_x = x, 0)
eval each('strcol(4) eq "bars" ? see_bar(num(2)) : 0')
half = 0.4 * (spacing > 0 ? spacing : 1)

rows = 0
do for [k = 1:curves] { rows = rows + (strlen(curve[k]) > 0) }
rows = rows > 1 ? rows : 0

# An axis as wide as its numbers, unless the caller says how wide; never empty, with gnuplot's own
# choice of round ends otherwise.
given(axis_range) = strstrt(axis_range, '*') == 0
around(name, lo, hi) = strstrt(log_axes, name) ? sprintf('[%g:%g]', hi > 0 ? hi / 2 : 1, hi > 0 ? hi * 2 : 10) : \
    sprintf('[%g:%g]', lo - 1, hi + 1)
fit(name, axis_range, lo, hi) = given(axis_range) || hi > lo && (!strstrt(log_axes, name) || lo > 0) ? axis_range : around(name, lo, hi)
eval each('see(valid(3) ? num(2) : NaN)')
x_fit = fit('x', x_range, low, count ? high : low)
eval forget
eval each('see(valid(2) ? num(3) : NaN)')
ground = strstrt(log_axes, 'y') ? low / 2 : 0
y_fit = fit('y', y_range, low, count ? high : low)

eval canvas(560, 350 + (rows ? 16 : 0) + 22 * (rows > 3 ? (rows + 1) / 2 : rows > 1 ? 1.4 : 0))
eval heading
set xlabel xlabel offset 0, 0.4
set ylabel ylabel offset 1
if (strlen(log_axes)) { eval 'set logscale '.log_axes }
if (strstrt(log_axes, 'x')) { set format x '%g' }
if (strstrt(log_axes, 'y')) { set format y '%g' }
eval 'set xrange '.x_fit
eval 'set yrange '.y_fit
set rmargin 3 + beside
do for [k = 1:marks] {
    set label mark[k] at first mark_x[k], first mark_y[k] left offset 0.6, 0 font small tc rgb faint
}
# The empty title keeps the legend off the label of the axis.
if (rows) { set key bmargin center horizontal Left reverse samplen 2 maxcols (rows > 3 ? 2 : 3) title ' ' font tiny } else { unset key }
mark_lines = marks == 0 ? '' : \
    "data skip 1 using (num(2)):(strcol(4) eq 'mark' ? num(3) : NaN) with lines lw 1.2 dt (6, 4) lc rgb '#7f7f7f',"
at(k, name) = kind[k] eq name && curve[k] eq strcol(1) && kind[k] eq strcol(4) ? num(3) : NaN
bar(k, value) = at(k, 'bars') == at(k, 'bars') ? value : NaN
plot @mark_lines for [k = 1:curves] data skip 1 using (num(2)):(bar(k, ground)):(bar(k, num(2) - half)):(bar(k, num(2) + half)):(bar(k, ground)):(at(k, 'bars')) with boxxyerror fs solid 0.5 noborder lc k, \
     for [k = 1:curves] data skip 1 using (num(2)):(at(k, 'line')) with lines lc k lw 2.5, \
     for [k = 1:curves] data skip 1 using (num(2)):(at(k, 'dots')) with points pt 7 ps 0.6 lc k, \
     for [k = 1:curves] keyentry with lines lc k lw 3 title curve[k], \
     NaN
