# What all pictures have in common; comes before every script.
# canvas(w, h) is the command that opens a picture of that many pixels: eval canvas(900, 500)
terminal = strstrt(GPVAL_TERMINALS, 'pngcairo') ? 'pngcairo' : 'png'
canvas(w, h) = sprintf("set terminal %s size %d,%d noenhanced font 'sans,11' background '#ffffff'", terminal, w, h)

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
set datafile separator comma
set datafile missing 'n/a'
set key noautotitle
