# awk -f embed.awk plots/*.gp: the scripts as a C table, which lib/report/plot_scripts.h declares.
BEGIN { print "#include \"report/plot_scripts.h\"\n\nconst rn_plot_script rn_plot_scripts[] = {" }
FNR == 1 {
    if (NR > 1) print "    },"
    name = FILENAME; sub(/.*\//, "", name); sub(/\.gp$/, "", name)
    print "    {\"" name "\","
}
{ gsub(/\\/, "&&"); gsub(/"/, "\\\\&"); print "     \"" $0 "\\n\"" }
END { print (NR ? "    },\n" : "") "    {0, 0}};" }
