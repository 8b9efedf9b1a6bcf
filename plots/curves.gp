# Curves, dots and bars over two axes: the figure of a notebook, made to be read on a phone too.
#
# Columns of `data`: curve (a text; the legend, and the rows of a curve follow one another), x, y (n/a
# breaks a line), kind ("line", "dots" or "bars"). Texts: title, xlabel, ylabel; log_axes ("", "x",
# "y" or "xy"); x_range, y_range ("[0:1]", "[*:*]").
array curve[40]; array kind[40]
curves = 0
see_curve(name, k) = curves && curve[curves] eq name && kind[curves] eq k ? 0 : \
    (curves = curves + 1, curve[curves] = name, kind[curves] = k)
eval each('see_curve(strcol(1), strcol(4))')
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
set rmargin 3
set boxwidth 0.8 relative
# The empty title keeps the legend off the label of the axis.
if (rows) { set key bmargin center horizontal Left reverse samplen 2 maxcols (rows > 3 ? 2 : 3) title ' ' font tiny } else { unset key }
at(k, name) = kind[k] eq name && curve[k] eq strcol(1) && kind[k] eq strcol(4) ? num(3) : NaN
plot for [k = 1:curves] data skip 1 using (num(2)):(at(k, 'bars')) with boxes fs solid 0.5 noborder lc k, \
     for [k = 1:curves] data skip 1 using (num(2)):(at(k, 'line')) with lines lc k lw 2.5, \
     for [k = 1:curves] data skip 1 using (num(2)):(at(k, 'dots')) with points pt 7 ps 0.6 lc k, \
     for [k = 1:curves] keyentry with lines lc k lw 3 title curve[k], \
     NaN
