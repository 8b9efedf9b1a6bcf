# awk -f layers.awk lib/LAYERS lib/*/*.[ch]: every #include "folder/..." must be allowed by LAYERS.
FILENAME ~ /LAYERS$/ {
    if ($0 ~ /^#/ || NF == 0) next
    from = $1; sub(/:.*/, "", from); known[from] = 1; allowed[from, from] = 1
    for (i = 2; i <= NF; i++) allowed[from, $i] = 1
    next
}
FNR == 1 { split(FILENAME, part, "/"); folder = part[2]
           if (!(folder in known)) { print FILENAME ": folder " folder " is not in lib/LAYERS"; bad++ } }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\""); split(quoted[2], to, "/"); count++
    if (!((folder, to[1]) in allowed)) { print FILENAME ":" FNR ": " folder " may not include " quoted[2]; bad++ }
}
END { if (bad) exit 1; print "layers: " count " includes, all downward" }
