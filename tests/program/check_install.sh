#!/bin/sh
# check_install.sh: `make install` into an empty folder, then build and run the README's C program
# against it, dynamically and statically, as somebody else's project would.
set -eu
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
make --no-print-directory install PREFIX="$root" >/dev/null
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md > "$root/focal.c"
lines=$(grep -c . "$root/focal.c")
[ "$lines" -ge 10 ] && [ "$lines" -le 20 ] || { echo "the README's program has $lines lines, want 10 to 20"; exit 1; }
export PKG_CONFIG_PATH="$root/lib/pkgconfig"
cc -Wall -Wextra -Werror "$root/focal.c" $(pkg-config --cflags --libs retinanet) -o "$root/shared"
cc -Wall -Wextra -Werror "$root/focal.c" $(pkg-config --cflags retinanet) \
   "$root/lib/libretinanet.a" $(pkg-config --libs --static retinanet | sed 's/-lretinanet//') -o "$root/static"
LD_LIBRARY_PATH="$root/lib" "$root/shared" > "$root/out"; cat "$root/out"
"$root/static" | cmp - "$root/out"
grep -q '0\.[0-9]' "$root/out"
# every public header stands alone
for header in $(cd "$root/include/retinanet" && find . -name '*.h' | cut -c3-); do
    echo "#include <$header>" | cc -std=c11 -Wall -Werror -fsyntax-only $(pkg-config --cflags retinanet) -x c - ||
        { echo "$header does not stand alone"; exit 1; }
done
"$root/bin/retinanet" --help >/dev/null
echo "install: ok"
