#!/bin/sh
# check_reference.sh BUILD: makes one run of plots/reference/ again. Its weights must come out bit for
# bit, on the same instruction set: of these sources or, where their arithmetic has changed since, of
# the commit that made what is kept (plots/reference/commit). Then these sources' AP must be as near
# to that commit's as two seeds are to one another.
set -eu
report=plots/reference/report.md out=$1/reference run='| prior\_init: ce pi .01;'
commit=$(cat plots/reference/commit)
seeds_differ=5 # AP; over ten seeds this run has a standard deviation of 1.0
row=$(grep -F "$run" "$report" | grep -F '</code> | 0 | <code>') ||
    { echo "$report: expected a run \"$run\" with seed 0"; exit 1; }
want=$(echo "$row" | sed 's/.*<code>\([0-9a-f]*\)<\/code> | <code>[0-9a-f]*<\/code> |$/\1/')

make_run() { rm -rf "$2"; "$1/prior_init" --budget quick --only 'ce pi .01' --out "$2"; } # BUILD OUT
text() { sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$1"/runs/*/result.json; }
ap() { sed -n '/"test":/,$ s/^[[:space:]]*"AP":[[:space:]]*\([0-9.]*\).*/\1/p' "$1"/runs/*/result.json; }

make_run "$1" "$out"
grep -qF "| instruction set | $(text "$out" isa) |" "$report" ||
    { echo "reference: skipped, made with another instruction set than $(text "$out" isa)"; exit 0; }
if [ "$(text "$out" weights)" = "$want" ]; then
    echo "reference: the weights of a run are $want, as kept"
    exit 0
fi
echo "reference: these sources add up in another order than $commit, which is built now"
git cat-file -e "$commit" 2>/dev/null ||
    { echo "reference: this clone does not have $commit; git fetch --unshallow may bring it"; exit 1; }
made=$1/reference-commit
rm -rf "$made"
mkdir -p "$made"
git archive -o "$made/sources.tar" "$commit"
tar xf "$made/sources.tar" -C "$made"
env -u MAKEFLAGS -u MAKELEVEL -u VARIANT make --no-print-directory -j2 -C "$made" all
make_run "$made/build/release" "$made/out"
kept=$(text "$made/out" weights)
[ "$kept" = "$want" ] || { echo "reference: weights $kept of $commit, want $want"; exit 1; }
echo "reference: the weights of a run are $want at $commit, as kept"
awk -v now="$(ap "$out")" -v there="$(ap "$made/out")" -v most="$seeds_differ" 'BEGIN {
    difference = now > there ? now - there : there - now
    printf "reference: AP %.1f there and %.1f by these sources\n", there, now
    exit !(now > 0 && there > 0 && difference <= most)
}' || { echo "reference: they differ by more than $seeds_differ"; exit 1; }
