# What all pictures have in common; comes before every script, after `data` (the name of the table's
# data block: a line of headings, then the rows, cells apart by tabs) and `picture` (png or svg).
set encoding utf8
set datafile separator "\t"
set datafile missing 'n/a'
set datafile commentschars ''

# canvas(w, h) is the command that opens a picture of that many pixels: eval canvas(900, 500)
svg = picture eq 'svg'
cairo = strstrt(GPVAL_TERMINALS, 'pngcairo') ? 'pngcairo pointscale 1.54' : 'png'
# (pointscale: points as large as in an SVG)
terminal = svg ? "svg font 'sans-serif,13'" : cairo." font 'sans,10'"
canvas(w, h) = sprintf("set terminal %s size %d,%d noenhanced background '#ffffff'", terminal, w, h)
# gnuplot's lines of text are wider apart in an SVG.
set key spacing svg ? 1 : 1.25
set xlabel offset 0, svg ? 0.5 : 0
# Other sizes of letters: points in a PNG, pixels in an SVG.
large = svg ? ',16' : ',12'; small = svg ? ',11.5' : ',9'; tiny = svg ? ',10' : ',7.5'

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
blue = '#0072b2'; vermilion = '#d55e00'
ink = '#222222'; faint = '#666666'; pale = '#bbbbbb'

# eval heading: the title and, below it, the note, from the left edge of the picture.
heading = "set label 101 title at character 1.2, screen 1 offset 0, -1.1 left font large tc rgb ink;".\
          "set label 102 note at character 1.2, screen 1 offset 0, -2.4 left font small tc rgb faint;".\
          "set tmargin strlen(note) ? 4.2 : 3"

# gnuplot 5.4 falls over a plot of labels none of which has a place: give every row its place, and
# an empty text where there is nothing to say.

# Cells, by column(3) and not by $3, which would skip a row without it: a number, or no point in the
# picture where there is none ("n/a", "diverged at step 212").
num(c) = valid(c) ? column(c) : NaN
num_or(c, other) = valid(c) ? column(c) : other
diverged(c) = strstrt(strcol(c), 'diverged') == 1

# An interval from low to high: plot ... using x:low:(0):(high - low) with @interval. (gnuplot 5.4
# draws white spots on the bars of `with yerrorbars`.)
interval = 'vectors heads size screen 0.004, 90 lw 1.3'

# short(x): a number for a tick, three digits and no exponent.
short(x) = abs(x) >= 100 ? sprintf('%.0f', x) : sprintf('%.3g', x)

# eval each('f(3)') calls a function for every row of the table. see(x) widens the range low .. high
# to x and counts it, but for NaN; eval forget starts with an empty range.
each(call) = "set table $scratch; plot data skip 1 using (".call.", 0):(0) with table; unset table"
see(x) = x != x ? 0 : (low = count && low < x ? low : x, high = count && high > x ? high : x, count = count + 1)
forget = "low = 0; high = 1; count = 0"
eval forget

# The axis of results that holds low .. high: from zero when that is near, else from a little below.
bottom(lo, hi) = lo < 0.4 * hi ? 0 : lo - 0.12 * (hi - lo) - 0.1
top(lo, hi) = hi > 0 ? hi + 0.08 * (hi - bottom(lo, hi)) + 0.1 : 1
