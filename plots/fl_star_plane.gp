# Figure 7: which (gamma, beta) of FL* work; our AP as colour and number beside the paper's verdict.
#
# Columns of `data`: gamma, beta, ours (or "diverged ..."), effective (1, 0: the paper's; n/a: not
# in it), ours effective (1, 0; n/a). Texts: title, note, threshold (words for the legend: what
# "effective" means for ours, as "AP above 37.5").
result(c) = diverged(c) ? NaN : num(c)
eval each('see(result(3))')
ours_low = low; ours_high = high; results = count
eval forget
eval each('see(num(1))')
x_low = low - 0.5; x_high = high + 0.5
eval forget
eval each('see(num(2))')
y_low = low - 0.7; y_high = high + 0.7

eval canvas(760, 700)
eval heading
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xlabel 'γ'
set ylabel 'β'
set xtics 1; set ytics 1
set bmargin 7.5
set key at screen 0.5, screen 0.05 center maxrows 2 Left reverse samplen 2
good(c) = valid(c) && column(c) > 0
bad(c) = valid(c) && column(c) == 0
text(c) = diverged(c) ? 'div.' : valid(c) ? sprintf('%.1f', column(c)) : 'n/a'
where(yes) = yes ? num(2) : NaN
plot data skip 1 using 1:(where(good(4))) with points pt 7 ps 2.9 lc rgb vermilion, \
     data skip 1 using 1:(where(bad(4))) with points pt 7 ps 2.6 lc rgb '#999999', \
     data skip 1 using 1:(where(!good(5))) with points pt 7 ps 2.2 lc rgb '#ffffff', \
     data skip 1 using 1:(where(good(5))) with points pt 7 ps 2.2 lc rgb blue, \
     data skip 1 using 1:2:(good(5) ? '' : text(3)) with labels font tiny tc rgb ink, \
     data skip 1 using 1:2:(good(5) ? text(3) : '') with labels font tiny tc rgb '#ffffff', \
     keyentry with points pt 7 ps 1.3 lc rgb blue title 'ours: effective'.(strlen(threshold) ? ' ('.threshold.')' : ''), \
     keyentry with points pt 6 ps 1.3 lc rgb pale title 'ours: not effective', \
     keyentry with points pt 6 ps 1.3 lw 3 lc rgb vermilion title 'ring: effective in the paper', \
     keyentry with points pt 6 ps 1.3 lw 2 lc rgb '#999999' title 'ring: not effective in the paper'
