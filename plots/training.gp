# A training run: the loss of every logged iteration, its running mean, and where the rate went down.
#
# Columns of `data`: iteration, loss, running mean, AP on the validation set (n/a where not measured).
# Texts: title, window (points in the running mean), steps and rates (words: the iteration of each
# change of the learning rate and the rate from there on), validation (1 if there is an AP).
eval canvas(960, 540)
set title title offset 0, 1.4
set xlabel 'iteration'
set ylabel 'training loss (log scale)'
set xrange [0:*]
set logscale y
set ytics ()
do for [e = -8:8] { do for [m in '1 2 5'] { set ytics add (sprintf('%g', m * 10.0**e) m * 10.0**e) } }
set tmargin 5
set bmargin 5.5
set key at screen 0.5, screen 0.045 center horizontal Left reverse samplen 2
if (int(validation)) {
    set border 11
    set y2label 'validation AP (%)'
    set y2range [0:*]
    set y2tics
    set rmargin 9
}
do for [i = 1:words(steps)] {
    x = real(word(steps, i))
    set arrow from x, graph 0 to x, graph 1 nohead dt 3 lw 1.5 lc rgb '#888888' back
    set label 'rate '.word(rates, i) at x, graph 1.03 center tc rgb '#666666' font small
}
# The point in the legend is larger than those in the picture.
if (int(validation)) {
    plot data using 1:(num(2)) with points pt 7 ps 0.2 lc rgb '#b5d0e6', \
         keyentry with points pt 7 ps 0.5 lc rgb '#b5d0e6' title 'loss', \
         data using 1:(num(3)) with lines lt 1 title 'running mean of '.window, \
         data using 1:(num(4) * 100) axes x1y2 with linespoints lt 6 pt 7 ps 0.6 title 'validation AP'
} else {
    plot data using 1:(num(2)) with points pt 7 ps 0.2 lc rgb '#b5d0e6', \
         keyentry with points pt 7 ps 0.5 lc rgb '#b5d0e6' title 'loss', \
         data using 1:(num(3)) with lines lt 1 title 'running mean of '.window
}
