#!/usr/bin/env python3
"""math.woff2: the letters and signs of the notebooks' formulas from Debian's fonts-stix, so that every
browser typesets them alike. Needs fonttools and brotli; run again only to add signs."""
import sys
from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/opentype/stix-word/STIXMath-Regular.otf"
SIGNS = ("−∗∘·×÷±∓≤≥≠≈∼≡∝≪≫∞∂∇∑∏∫√∈∉⊂⊆∩∪∖∅∀∃¬∧∨→←↔⇒⇐⇔⟹⟺↦⋅⋯…⋮′″∥∣⌊⌋⌈⌉⟨⟩⊙⊗⊕⊤⊥ℝℕℤℓ𝔼ˆ˜¯˙⃗⏞⏟‖\u2061\u2062"
         "\u0302\u0303\u0304\u0305\u0307\u20d7")
RANGES = [(0x20, 0x7e), (0xa0, 0xa0), (0x391, 0x3a9), (0x3b1, 0x3c9), (0x3d1, 0x3d1), (0x3d5, 0x3d6), (0x3f5, 0x3f5),
          (0x210e, 0x210e), (0x1d400, 0x1d467), (0x1d6e2, 0x1d71b)]

font = TTFont(SOURCE)
for record in font["name"].names:
    if record.nameID in (1, 3, 4, 6, 16):
        record.string = "NotebookMath"
options = subset.Options()
options.layout_features = ["ssty"]  # letters for small places
options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
options.notdef_outline = True
options.desubroutinize = False
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[u for a, b in RANGES for u in range(a, b + 1)] + [ord(c) for c in SIGNS])
subsetter.subset(font)
font.flavor = "woff2"
font.save(sys.argv[1])
