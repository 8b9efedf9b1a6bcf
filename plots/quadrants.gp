# Who holds the loss: easy and hard negatives, easy and hard positives, as parts of a bar of 100%.
#
# Columns of `data`: loss (a text, as "CE"; up to 6, in the same order everywhere), quantity (a text:
# "examples", "loss", "gradient": a panel each, in order of appearance), easy negatives, hard
# negatives, easy positives, hard positives (shares, 0 to 1). Texts: title, note (as "easy: p_t > .6").
array loss[20]; array quantity[12]
losses = 0; quantities = 0
loss_of(t) = losses ? sum [i = 1:losses] (loss[i] eq t ? i : 0) : 0
quantity_of(t) = quantities ? sum [i = 1:quantities] (quantity[i] eq t ? i : 0) : 0
see_loss(t) = loss_of(t) ? 0 : (losses = losses + 1, loss[losses] = t)
see_quantity(t) = quantity_of(t) ? 0 : (quantities = quantities + 1, quantity[quantities] = t)
eval each('see_loss(strcol(1)), see_quantity(strcol(2))')

width = 130 + quantities * (60 + 90 * losses)
width = width < 600 ? 600 : width
eval canvas(width, 480)
eval heading
set multiplot layout 1, quantities margins 75.0 / width, 1 - 15.0 / width, 0.18, 0.81 spacing 40.0 / width
set xrange [0.4:losses + 0.6]
set yrange [0:100]
set ytics 20
unset grid
set grid y lc rgb '#dddddd' lt 1 lw 1
set xtics scale 0 ('' 0)
do for [i = 1:losses] { set xtics add (loss[i] i) }
set ylabel 'share (%)' offset 1
array colour[4] = ['#a6cee3', '#0072b2', '#fdd49e', '#d55e00']
array letters[4] = [ink, '#ffffff', ink, '#ffffff']
set style fill solid 1 border rgb '#ffffff'
upto(c) = c < 3 ? 0 : 100 * sum [i = 3:c] num_or(i, 0)
x(q) = strcol(2) eq quantity[q] ? loss_of(strcol(1)) : NaN
percent(c) = num_or(c, 0) < 0.045 ? '' : sprintf('%.0f%%', 100 * column(c))
do for [q = 1:quantities] {
    set title quantity[q] offset 0, -0.7
    if (q == 1) { set key at screen 0.5, 0.055 center vertical maxrows 1 Left reverse samplen 1.5 } else { unset key }
    plot for [c = 3:6] data skip 1 using (x(q)):(upto(c)):(x(q) - 0.36):(x(q) + 0.36):(upto(c - 1)):(upto(c)) \
             with boxxyerror fc rgb colour[c - 2], \
         for [c = 3:6] data skip 1 using (loss_of(strcol(1))):((upto(c - 1) + upto(c)) / 2):(x(q) == x(q) ? percent(c) : '') \
             with labels font small tc rgb letters[c - 2], \
         for [c = 3:6] keyentry with boxes fc rgb colour[c - 2] title word('easy hard easy hard', c - 2).' '.word('negatives negatives positives positives', c - 2)
    unset label; unset ylabel
    set format y ''
}
unset multiplot
