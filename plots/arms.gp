# A row for each way to train: ours with its interval, and the paper's number.
#
# Columns of `data`: group (a text; the rows of a group follow one another and share a colour and a
# heading, '' for none), label, ours ("diverged ..." is a mark at the left), low, high (n/a with one
# seed), paper (n/a: none). Texts: title, note, xlabel ("AP (points)"), reference (the label of the
# row that gets a line from top to bottom, '' for none).
# From the top: a line for each heading and each row.
lines = 0; group = ''; reference_at = NaN; papers = 0
array words_of[120]; array is_heading[120]
add_line(t, h) = (lines = lines + 1, words_of[lines] = t, is_heading[lines] = h)
see_group(g) = g eq group ? 0 : (group = g, strlen(g) ? add_line(g.':', 1) : 0)
result(c) = diverged(c) ? 0 : num(c)
see_row(g, label) = (see_group(g), add_line(label, 0), \
    reference_at = strlen(reference) && label eq reference ? result(3) : reference_at)
eval each('see_row(strcol(1), strcol(2)), papers = papers + valid(6), '.\
          'see(result(3)), see(num(4)), see(num(5)), see(num(6))')
x_low = bottom(low, high); x_high = top(low, high)
longest = 0
do for [k = 1:lines] { longest = strlen(words_of[k]) > longest ? strlen(words_of[k]) : longest }

height = 150 + 25 * lines
width = 820
eval canvas(width, height)
eval heading
set tmargin at screen 1 - 66.0 / height
set bmargin at screen 82.0 / height
left = (longest * 7.2 + 34.0) / width
set lmargin at screen left < 0.42 ? left : 0.42
set rmargin at screen 1 - (papers ? 142.0 : 82.0) / width
set xrange [x_low:x_high]
set yrange [lines + 0.6:0.4]
set border 1
unset grid
set grid x lc rgb '#dddddd' lt 1 lw 1
set xlabel xlabel
set ytics scale 0 ('' 0)
do for [k = 1:lines] {
    if (is_heading[k]) {
        set label words_of[k] at graph 0, first k right offset -1, 0 tc rgb faint
    } else {
        set ytics add (words_of[k] k)
    }
}
# Numbers stand in columns at the right.
set label 'ours' at graph 1.01, first 0.35 left offset 1.2, 0.4 font small tc rgb faint
if (papers) { set label 'paper' at graph 1.01, first 0.35 left offset 9.8, 0.4 font small tc rgb faint }
if (reference_at == reference_at) {
    set arrow from reference_at, graph 0 to reference_at, graph 1 nohead dt 3 lw 1.5 lc rgb faint back
}
number(c) = diverged(c) ? 'diverged' : valid(c) ? sprintf('%.1f', column(c)) : 'n/a'
array numbers[120]; array paper_numbers[120]
set key at screen 0.5, 13.0 / height center vertical maxrows 1 Left reverse samplen 2
set errorbars 0.6
# The line that each row stands on.
line = 0; rows = 0; group = ''
array at[120]
next_line(g) = (line = line + (g ne group && strlen(g) ? 2 : 1), group = g, line)
see_numbers(k) = (rows = rows + 1, at[rows] = k, numbers[k] = number(3), paper_numbers[k] = papers && valid(6) ? number(6) : '')
eval each('see_numbers(next_line(strcol(1)))')
do for [i = 1:rows] {
    set label numbers[at[i]] at graph 1.01, first at[i] left offset 1.2, 0 tc rgb blue
    set label paper_numbers[at[i]] at graph 1.01, first at[i] left offset 9.8, 0 tc rgb vermilion
}
y(i) = at[int(i) + 1]
plot data skip 1 using (num(6)):(y(column(0))) with points pt 13 ps 0.75 lc rgb vermilion, \
     data skip 1 using (num(3)):(y(column(0))):(num_or(4, num(3))):(num_or(5, num(3))) with xerrorbars pt 7 ps 0.65 lw 1.5 lc rgb blue, \
     data skip 1 using (num(3)):(y(column(0))) with points pt 7 ps 0.65 lc rgb blue, \
     data skip 1 using (diverged(3) ? x_low : NaN):(y(column(0))) with points pt 11 ps 0.9 lc rgb blue, \
     keyentry with linespoints pt 7 ps 0.65 lc rgb blue title 'ours', \
     keyentry with points pt 13 ps 0.75 lc rgb vermilion title papers ? 'the paper (COCO)' : '', \
     keyentry with lines dt 3 lw 1.5 lc rgb faint title reference_at == reference_at ? reference.', ours' : ''
