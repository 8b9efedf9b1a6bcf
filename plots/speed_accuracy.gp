# Figure 2: accuracy against time, ours on the left, the paper's on the right (another machine, other
# images: the shapes compare, not the numbers).
#
# Columns of `data`: source ("ours" or "paper"), curve (a text: the depth; the rows of a curve follow
# one another by rising time), label (short, at the point, as "256"; '' for none), ms (an image), AP,
# low, high (n/a: none). A curve of a single point is another detector, with its name at the point.
# Texts: title, note (as "labels: longer side in pixels"), ours_note, paper_note (above the panels).
array curve[40]; array source_of[40]; array size[40]; array colour[40]; array level[40]; array below[40]
array first_x[40]; array last_x[40]; array last_y[40]
curves = 0; panels = ''
see_source(s) = strstrt(panels, s) ? 0 : (panels = panels.' '.s)
see_curve(s, name) = curves && curve[curves] eq name && source_of[curves] eq s ? 0 : \
    (curves = curves + 1, curve[curves] = name, source_of[curves] = s, size[curves] = 0)
see_point(x, y) = x == x && y == y ? (size[curves] = size[curves] + 1, \
    first_x[curves] = size[curves] == 1 ? x : first_x[curves], last_x[curves] = x, last_y[curves] = y) : 0
eval each('see_source(strcol(1)), see_curve(strcol(1), strcol(2)), see_point(num(4), num(5))')
of(k, c) = strcol(1) eq source_of[k] && strcol(2) eq curve[k] ? num(c) : NaN

# A line that runs above the others, in the middle of the times that all of them have, has its labels
# above it, but for the first; one that runs below has them below. passing() finds its height there.
passing(x, y) = x == x && y == y ? (x0 <= middle && middle <= x ? \
    (found = x > x0 ? y0 + (y - y0) * (middle - x0) / (x - x0) : y) : 0, x0 = x, y0 = y) : 0
do for [panel in panels] {
    x_from = 0; x_to = 1e300; lines = 0; sum_of_levels = 0
    do for [k = 1:curves] {
        if (source_of[k] eq panel && size[k] > 1) {
            eval forget
            eval each('see(of(k, 4))')
            x_from = low > x_from ? low : x_from; x_to = high < x_to ? high : x_to
        }
    }
    middle = (x_from + x_to) / 2
    do for [k = 1:curves] {
        if (source_of[k] eq panel) {
            x0 = 1e300; y0 = 0; found = NaN
            eval each('passing(of(k, 4), of(k, 5))')
            level[k] = found
            if (size[k] > 1) { lines = lines + 1 }
            colour[k] = size[k] > 1 ? lines : 8
            sum_of_levels = sum_of_levels + (size[k] > 1 && found == found ? found : 0)
        }
    }
    do for [k = 1:curves] {
        if (source_of[k] eq panel) { below[k] = lines > 1 ? level[k] < sum_of_levels / lines : 1 }
    }
}

width = words(panels) > 1 ? 1100 : 620
eval canvas(width, 490)
eval heading
set multiplot layout 1, words(panels) > 1 ? 2 : 1 \
    margins 65.0 / width, 1 - 20.0 / width, 0.13, 0.80 spacing 65.0 / width
set xlabel 'time per image (ms)'
set ylabel 'AP (points)' offset 1
set key bottom right Left reverse samplen 2
# Another detector's name stands at its right, or below it where the next is too close.
close(k, j) = j != k && here(j) && size[j] == 1 && last_x[j] >= last_x[k] && \
    last_x[j] - last_x[k] < 0.2 * x_high && abs(last_y[j] - last_y[k]) < 0.04 * (y_high - y_low)
crowded(k) = size[k] == 1 && sum [j = 1:curves] close(k, j)
is_below(k) = below[k] || num(4) == first_x[k]
here(k) = source_of[k] eq panel
text(k, c, wanted) = here(k) && wanted && of(k, 5) == of(k, 5) ? strcol(c) : ''
do for [panel in panels] {
    set title panel eq 'ours' ? 'ours: '.ours_note : 'the paper: '.paper_note offset 0, -0.6
    eval forget
    eval each("strcol(1) eq panel ? see(num(4)) : 0")
    x_high = 1.1 * high
    eval forget
    eval each("strcol(1) eq panel ? see(num(5)) + see(num(6)) + see(num(7)) : 0")
    y_low = low > 0.4 * high ? low - 0.25 * (high - low) - 0.1 : 0; y_high = top(low, high)
    others = sum [k = 1:curves] (here(k) && size[k] == 1)
    if (others) { x_high = 1.15 * x_high }
    set xrange [0:x_high]
    set yrange [y_low:y_high]
    plot for [k = 1:curves] data skip 1 using 4:(here(k) ? of(k, 6) : NaN):(0):(num(7) - num(6)) \
             with @interval lc colour[k], \
         for [k = 1:curves] data skip 1 using 4:(here(k) ? of(k, 5) : NaN) \
             with linespoints pt (size[k] > 1 ? 7 : 5) ps 0.6 lc colour[k], \
         for [k = 1:curves] data skip 1 using (num_or(4, 0)):(num_or(5, 0)):(text(k, 3, size[k] > 1 && is_below(k))) \
             with labels left offset 0.4, -0.7 font small tc rgb faint, \
         for [k = 1:curves] data skip 1 using (num_or(4, 0)):(num_or(5, 0)):(text(k, 3, size[k] > 1 && !is_below(k))) \
             with labels right offset -0.4, 0.7 font small tc rgb faint, \
         for [k = 1:curves] data skip 1 using (num_or(4, 0)):(num_or(5, 0)):(text(k, 2, size[k] < 2 && crowded(k))) \
             with labels center offset 0, -0.8 font tiny tc rgb faint, \
         for [k = 1:curves] data skip 1 using (num_or(4, 0)):(num_or(5, 0)):(text(k, 2, size[k] < 2 && !crowded(k))) \
             with labels left offset 0.7, 0 font tiny tc rgb faint, \
         for [k = 1:curves] keyentry with linespoints pt 7 ps 0.6 lc colour[k] title here(k) && size[k] > 1 ? curve[k] : ''
    unset label; unset ylabel
}
unset multiplot
