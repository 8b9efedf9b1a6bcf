# A result over a setting in a small panel for each arm; the other arms in grey behind it.
#
# Columns of `data`: arm (a text; the rows of an arm follow one another), x, ours ("diverged ..." is a
# mark at the bottom), low, high (n/a with one seed), best (1: the arm's chosen x; 0). Up to 20 arms.
# Texts: title, note, xlabel, ylabel ("AP (points)"), log_x (1 or 0).
array arm[60]; array value[60]
arms = 0; values = 0
see_arm(name) = arms && arm[arms] eq name ? 0 : (arms = arms + 1, arm[arms] = name)
known(x) = values ? sum [i = 1:values] (value[i] == x) : 0
see_value(x) = known(x) ? 0 : (values = values + 1, value[values] = x)
eval each('see_arm(strcol(1)), (valid(2) ? see_value(column(2)) : 0), see(num(3)), see(num(4)), see(num(5))')
y_low = bottom(low, high); y_high = top(low, high)
place(x) = int(log_x) ? log10(x) : x
eval forget
do for [i = 1:values] { dummy = see(place(value[i])) }
pad = high > low ? 0.1 * (high - low) : 0.5

columns = arms < 4 ? arms : 4
rows = (arms + columns - 1) / columns
width = 125 + 225 * columns
height = 130 + 200 * rows
width = width < 560 ? 560 : width
eval canvas(width, height)
eval heading
set label 103 'ring: the chosen '.xlabel.'; grey: the other arms' at screen 1, screen 1 right offset -1.5, -1.1 font small tc rgb faint
set multiplot layout rows, columns margins 80.0 / width, 1 - 15.0 / width, 70.0 / height, 1 - 85.0 / height \
    spacing 18.0 / width, 55.0 / height
set xrange [low - pad:high + pad]
set yrange [y_low:y_high]
set xtics ()
do for [i = 1:values] { set xtics add (short(value[i]) place(value[i])) }
set xtics font small; set ytics font small
unset key
x(c) = valid(c) ? place(column(c)) : NaN
of(k, v) = strcol(1) eq arm[k] ? v : NaN
do for [k = 1:arms] {
    if (k % columns == 1 || columns == 1) { set ylabel ylabel offset -0.6; set format y '%g' } else { unset ylabel; set format y '' }
    if (k > arms - columns) { set xlabel xlabel; set format x '%g' } else { unset xlabel }
    set title arm[k] offset 0, -0.8
    plot for [j = 1:arms] data skip 1 using (x(2)):(of(j, num(3))) with lines lw 1 lc rgb '#d4d4d4', \
         data skip 1 using (x(2)):(of(k, num(6) > 0 ? num(3) : NaN)) with points pt 7 ps 1.6 lc rgb vermilion, \
         data skip 1 using (x(2)):(of(k, num(6) > 0 ? num(3) : NaN)) with points pt 7 ps 1.15 lc rgb '#ffffff', \
         data skip 1 using (x(2)):(of(k, num(4))):(0):(num(5) - num(4)) with @interval lc rgb blue, \
         data skip 1 using (x(2)):(of(k, num(3))) with linespoints pt 7 ps 0.55 lc rgb blue, \
         data skip 1 using (x(2)):(of(k, diverged(3) ? y_low : NaN)) with points pt 11 ps 0.8 lc rgb blue
    unset label
}
unset multiplot
