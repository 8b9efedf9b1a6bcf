# Precision over recall, interpolated as COCO does: the mean height of a curve is its AP.
#
# Columns of `data`: recall, then `curves` curves for each of `panels` panels; their headings are the
# legend. Texts: title, title1, title2, title3 (above the panels).
panels = int(panels); curves = int(curves)
set xrange [0:1]; set yrange [0:1.02]
set xlabel 'recall'
set xtics 0.2; set ytics 0.2; set mxtics 2; set mytics 2
width = panels == 3 ? 1300 : 860
eval canvas(width, 460)
# The legend has a strip of its own, right of the last panel.
right = 1 - (panels == 3 ? 205.0 : 300.0) / width
set multiplot layout 1, panels title title margins 60.0 / width, right, 0.13, 0.83 spacing 0.025
do for [p = 1:panels] {
    set title value(sprintf('title%d', p)) offset 0, -0.6
    if (p == 1) { set ylabel 'precision' offset 1 } else { unset ylabel; set format y '' }
    if (p == panels) { set key at screen right + 0.01, graph 1 left top Left reverse samplen 1.6 spacing 1.15 }
    plot for [c = 1:curves] data using 1:(num(1 + (p - 1) * curves + c)) with lines lt c \
        title p == panels ? columnheader(1 + (p - 1) * curves + c) : ''
}
unset multiplot
