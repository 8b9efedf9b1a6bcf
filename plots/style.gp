# What all pictures have in common; comes before every script, after `data` (the name of the table's
# data block: a line of headings, then the rows, cells apart by tabs) and `picture` (png or svg).
set encoding utf8
set datafile separator "\t"
set datafile missing 'n/a'
set datafile commentschars ''

# canvas(w, h) is the command that opens a picture of that many pixels: eval canvas(900, 500)
cairo = strstrt(GPVAL_TERMINALS, 'pngcairo') ? 'pngcairo' : 'png'
terminal = picture eq 'svg' ? "svg font 'sans-serif,13'" : cairo." font 'sans,10'"
canvas(w, h) = sprintf("set terminal %s size %d,%d noenhanced background '#ffffff'", terminal, w, h)

# Colours that stay apart for the colour-blind (Okabe and Ito), then dashes.
set linetype 1 lc rgb '#0072b2' lw 2
set linetype 2 lc rgb '#e69f00' lw 2
set linetype 3 lc rgb '#009e73' lw 2
set linetype 4 lc rgb '#cc79a7' lw 2
set linetype 5 lc rgb '#56b4e9' lw 2
set linetype 6 lc rgb '#d55e00' lw 2
set linetype 7 lc rgb '#b8a800' lw 2
set linetype 8 lc rgb '#7f7f7f' lw 2
set border 3 lc rgb '#444444'
set grid lc rgb '#dddddd' lt 1 lw 1
set tics nomirror
set key noautotitle
title = ''; note = ''

# Cells. A number, or no point in the picture where there is none ("n/a", "diverged at step 212").
num(c) = valid(c) ? column(c) : NaN
num_or(c, other) = valid(c) ? column(c) : other
diverged(c) = strstrt(strcol(c), 'diverged') == 1

# eval each('f(3)') calls a function once for every row of the table; eval of a column's range leaves
# low, high and count, which a column of no number leaves as 1, 0 and 0.
each(call) = "set table $scratch; plot data skip 1 using (".call.", 0):(0) with table; unset table"
see(x) = x != x ? 0 : (count = count + 1, low = count == 1 || x < low ? x : low, high = count == 1 || x > high ? x : high)
forget = "low = 1; high = 0; count = 0"
