# C sources without comments and white space: what a fingerprint of their meaning is made of.
#     awk -f sources.awk FILE... | sha256sum
{
    text = $0
    while (text != "") {
        if (inside) { # a comment
            if (!(at = index(text, "*/"))) break
            text = substr(text, at + 2)
            inside = 0
        } else if (match(text, /"([^"\\]|\\.)*"|'([^'\\]|\\.)+'|\/\*/)) {
            token = substr(text, RSTART, RLENGTH)
            before = substr(text, 1, RSTART - 1)
            text = substr(text, RSTART + RLENGTH)
            gsub(/[ \t]/, "", before)
            printf "%s%s", before, token == "/*" ? "" : token
            if (token == "/*") inside = 1
        } else {
            gsub(/[ \t]/, "", text)
            printf "%s", text
            text = ""
        }
    }
}
END { print "" }
