# A result over two settings as a map, with the numbers in the cells.
#
# Columns of `data`: y (a text or number: a row of the map; they go up from the bottom in order of
# appearance), x (likewise, to the right), ours ("diverged ..." and n/a are cells of their own kind),
# spread (the standard deviation over seeds, written small; n/a: none), best (1: framed, as the best
# of a row; 2: framed twice, as the best of all; 0). Cells that no row names stay empty. Texts: title,
# note, xlabel, ylabel, zlabel ("AP (points)").
array row[100]; array col[100]
rows = 0; cols = 0
row_of(t) = rows ? sum [i = 1:rows] (row[i] eq t ? i : 0) : 0
col_of(t) = cols ? sum [i = 1:cols] (col[i] eq t ? i : 0) : 0
see_row(t) = row_of(t) ? 0 : (rows = rows + 1, row[rows] = t)
see_col(t) = col_of(t) ? 0 : (cols = cols + 1, col[cols] = t)
spreads = 0; bests = 0
eval each('see_row(strcol(1)), see_col(strcol(2)), see(num(3)), spreads = spreads + valid(4), '.\
          'bests = bests + (num(5) > 0)')
# Results far below the best would take the colours from the others.
light = low < 0.5 * high ? 0.5 * high : low
dark = high > light ? high : light + 1

cell_w = 82.0; cell_h = 46.0
width = cols * cell_w + 200; height = rows * cell_h + 150
width = width < 480 ? 480 : width
eval canvas(width, height)
eval heading
set lmargin at screen 80.0 / width
set rmargin at screen (80 + cols * cell_w) / width
set tmargin at screen 1 - 66.0 / height
set bmargin at screen 84.0 / height
set xrange [0.5:cols + 0.5]
set yrange [0.5:rows + 0.5]
unset grid
set border 0
set xlabel xlabel
set ylabel ylabel
set xtics scale 0 ('' 0); set ytics scale 0 ('' 0)
do for [i = 1:cols] { set xtics add (col[i] i) }
do for [i = 1:rows] { set ytics add (row[i] i) }
set palette defined (0 '#ffffe5', 1 '#d9f0a3', 2 '#78c679', 3 '#238f7a', 4 '#225ea8', 5 '#0b2f66')
set cbrange [light:dark]
set cblabel zlabel offset 0.5
set colorbox user origin graph 1.04, graph 0.05 size 0.022 * 600 / width, graph 0.9 noborder
if (rows < 4) { unset colorbox } # too low for its numbers, which are in the cells
if (bests) { set label 'framed: best of its row (twice: of all)' at screen 80.0 / width, screen 14.0 / height tc rgb vermilion }
x(w) = col_of(strcol(2)) + w; y(w) = row_of(strcol(1)) + w
written(c) = diverged(c) ? 'diverged' : valid(c) ? sprintf('%.1f', column(c)) : 'n/a'
on_dark(c) = num(c) > light + 0.55 * (dark - light)
lift = spreads ? (svg ? 0.3 : 0.35) : 0; drop = svg ? -0.5 : -0.7
spread(c) = valid(c) ? sprintf('±%.1f', column(c)) : ''
frame = 0.46
plot data skip 1 using (x(0)):(valid(3) ? NaN : y(0)):(x(-0.49)):(x(0.49)):(y(-0.49)):(y(0.49)) with boxxyerror fs solid noborder fc rgb '#e6e6e6', \
     data skip 1 using (x(0)):(valid(3) ? y(0) : NaN):(x(-0.49)):(x(0.49)):(y(-0.49)):(y(0.49)):(num(3)) with boxxyerror fs solid noborder fc palette, \
     data skip 1 using (x(0)):(num(5) > 0 ? y(0) : NaN):(x(-frame)):(x(frame)):(y(-frame)):(y(frame)) with boxxyerror lc rgb vermilion lw 2.5 fs empty border, \
     data skip 1 using (x(0)):(num(5) > 1 ? y(0) : NaN):(x(-0.40)):(x(0.40)):(y(-0.37)):(y(0.37)) with boxxyerror lc rgb vermilion lw 2.5 fs empty border, \
     data skip 1 using (x(0)):(y(0)):(on_dark(3) ? '' : written(3)) with labels offset 0, lift tc rgb ink, \
     data skip 1 using (x(0)):(y(0)):(on_dark(3) ? written(3) : '') with labels offset 0, lift tc rgb '#ffffff', \
     data skip 1 using (x(0)):(y(0)):(on_dark(3) ? '' : spread(4)) with labels offset 0, drop font tiny tc rgb ink, \
     data skip 1 using (x(0)):(y(0)):(on_dark(3) ? spread(4) : '') with labels offset 0, drop font tiny tc rgb '#ffffff'
