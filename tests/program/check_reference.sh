#!/bin/sh
# check_reference.sh BUILD: makes one run of plots/reference/ again and compares the weights, bit for
# bit: do the results that are kept still come out of these sources? On the same instruction set.
set -eu
report=plots/reference/report.md out=$1/reference run='| prior\_init: ce pi .01;'
row=$(grep -F "$run" "$report" | grep -F '</code> | 0 | <code>') ||
    { echo "$report: expected a run \"$run\" with seed 0"; exit 1; }
want=$(echo "$row" | sed 's/.*<code>\([0-9a-f]*\)<\/code> | <code>[0-9a-f]*<\/code> |$/\1/')
rm -rf "$out"
"$1/prior_init" --budget quick --only 'ce pi .01' --out "$out"
value() { sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$out"/runs/*/result.json; }
grep -qF "| instruction set | $(value isa) |" "$report" ||
    { echo "reference: skipped, made with another instruction set than $(value isa)"; exit 0; }
[ "$(value weights)" = "$want" ] ||
    { echo "reference: weights $(value weights), want $want"; exit 1; }
echo "reference: the weights of a run are $want, as kept"
