# Figure 4: how the loss is spread over the examples, from the easiest to the hardest.
#
# Columns of `data`: source ("ours" or "paper"), side ("positive" or "negative"), gamma (.5 and 0.5
# are the same), fraction (of the examples, 0 to 1, lowest loss first), share (of the whole loss, 0 to
# 1). The rows of a curve follow one another. Up to 400 points a curve are plenty; negatives want
# theirs close to 1. Texts: title, note.
array gamma[12]; gammas = 0
known(g) = gammas ? sum [i = 1:gammas] (gamma[i] == g) : 0
see_gamma(g) = known(g) ? 0 : (gammas = gammas + 1, gamma[gammas] = g)
papers = 0
eval each('(valid(3) ? see_gamma(column(3)) : 0), papers = papers + (strcol(1) eq "paper")')
share(source, side, g) = strcol(1) eq source && strcol(2) eq side && num(3) == g ? num(5) : NaN

eval canvas(820, 430)
eval heading
set multiplot layout 1, 2 margins 0.08, 0.98, 0.14, 0.8 spacing 0.055
set xrange [0:1]
set yrange [0:1]
set xtics 0.2; set ytics 0.2
set key top left Left reverse samplen 2.5
set ylabel 'share of the loss, summed' offset 1
do for [side in 'positive negative'] {
    set title side.'s' offset 0, -0.7
    set xlabel 'fraction of '.side.'s, lowest loss first'
    plot for [i = 1:gammas] data skip 1 using 4:(share('paper', side, gamma[i])) with lines dt '-' lw 1.5 lc i, \
         for [i = 1:gammas] data skip 1 using 4:(share('ours', side, gamma[i])) with lines lc i, \
         for [i = 1:gammas] keyentry with lines lc i title side eq 'positive' ? sprintf('γ = %g', gamma[i]) : '', \
         keyentry with lines lt 8 lw 1.5 dt '-' title side eq 'positive' && papers ? 'the paper (COCO)' : ''
    unset label 101; unset label 102; unset ylabel
    set format y ''
}
unset multiplot
