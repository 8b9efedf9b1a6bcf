# How fast the tasks that consist of convolutions run: effective GFLOP/s, counting the multiplications
# of a direct convolution, beside what the machine can multiply and add at most.
#
# Columns of `data`: task, threads, ours, peer (n/a where there is none), limit (GFLOP/s), our time,
# peer's time (texts), times faster. Texts: cpu, peer (its name and version, or '').
race = strlen(peer) > 0
stats data skip 1 using 3 nooutput
rows = STATS_records
width = 180 + 125 * rows < 760 ? 760 : 180 + 125 * rows
eval canvas(width, 540)
set title 'Effective speed of whole tasks ('.cpu.')' offset 0, 0.5
set ylabel 'GFLOP/s, as direct convolutions count' offset 1
set yrange [0:*]
set offsets 0, 0, graph 0.1, 0
set xrange [-0.55:rows - 0.45]
set xtics scale 0 ('' 0)
unset grid
set grid y lc rgb '#dddddd' lt 1 lw 1
set tmargin 3.5
set bmargin 7.5
set key at screen 0.5, screen 0.03 center bottom horizontal Left reverse samplen 1.6 width 1
set style fill solid 1 noborder
half = race ? 0.19 : 0.25
at = race ? 0.2 : 0
threads(n) = sprintf('%d thread%s', n, n == 1 ? '' : 's')
times(ratio) = race && ratio > 0 ? sprintf("\n%.3g times", ratio) : ''
label(task, n, ratio) = sprintf("%s\n%s", task, threads(n)).times(ratio)
other = race ? data : '/dev/null'
plot data skip 1 using ($0 - at):(num(3)):(2 * half) with boxes lc rgb '#0072b2' title 'retinanet.c', \
     other skip 1 using ($0 + at):(num(4)):(2 * half) with boxes lc rgb '#e69f00' title race ? peer : '', \
     data skip 1 using ($0 - 0.45):(num(5)):(0.9):(0) with vectors nohead lw 2.5 lc rgb '#444444' title 'limit of multiply-adds', \
     data skip 1 using 0:(NaN):xtic(label(strcol(1), num(2), num(8))) with points title '', \
     data skip 1 using ($0 - at):3:6 with labels offset 0, 0.7 font small tc rgb '#333333', \
     other skip 1 using ($0 + at):4:7 with labels offset 0, 0.7 font small tc rgb '#333333'
