#!/usr/bin/env python3
"""Writes images.json: small JPEG and PNG files (hex) and the RGB pixels they mean (hex).

JPEG files are made and read by Pillow, an independent reader on top of libjpeg-turbo; PNG files are
put together here chunk by chunk, and their pixels computed from the definition of the format.
usage: make_images.py > images.json
"""
import io, json, random, struct, zlib
from PIL import Image, ImageOps

rng = random.Random(7)
W, H = 13, 9
cases = []


def add(name, data, width, height, rgb):
    assert len(rgb) == 3 * width * height, name
    cases.append({"name": name, "file": data.hex(), "width": width, "height": height, "rgb": bytes(rgb).hex()})


# ---- JPEG
def smooth(mode):
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (W, H), bytes((17 * x + 11 * y * (c + 1) + 60 * c) % 256
                                              for y in range(H) for x in range(W) for c in range(bands)))


def add_jpeg(name, image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    got = ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue()))).convert("RGB")
    add(name, out.getvalue(), *got.size, got.tobytes())


add_jpeg("jpeg rgb 4:4:4", smooth("RGB"), quality=90, subsampling=0)
add_jpeg("jpeg rgb 4:2:0", smooth("RGB"), quality=90, subsampling=2)
add_jpeg("jpeg progressive", smooth("RGB"), quality=90, progressive=True)
add_jpeg("jpeg grey", smooth("L"), quality=90)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    add_jpeg(f"jpeg orientation {orientation}", smooth("RGB"), quality=90, subsampling=0, exif=exif)

# ---- PNG
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(samples, depth):
    bits = "".join(format(s, f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png(colour, depth, pixels, extra=b"", interlaced=False):
    """pixels[y][x] is a tuple of samples."""
    header = struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, interlaced)
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    raw = b""
    for x0, y0, dx, dy in passes:
        for row in pixels[y0::dy]:
            if row[x0::dx]:
                raw += b"\0" + pack_row([s for p in row[x0::dx] for s in p], depth)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def to_byte(sample, depth):
    most = 2 ** depth - 1
    return (sample * 255 + most // 2) // most


def over_black(value, alpha):
    return (value * alpha + 127) // 255


def add_png(name, colour, depth, extra=b"", palette=None, transparent=None, interlaced=False):
    count = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    most = (len(palette) if palette else 2 ** depth) - 1
    pixels = [[tuple(rng.randint(0, most) for _ in range(count)) for _ in range(W)] for _ in range(H)]
    if transparent and not palette:
        pixels[0][0] = pixels[H - 1][W - 1] = transparent
    rgb = []
    for row in pixels:
        for p in row:
            if palette:
                alpha = transparent[p[0]] if transparent and p[0] < len(transparent) else 255
                colours = palette[p[0]]
            else:
                b = [to_byte(s, depth) for s in p]
                colours = b[:3] if count >= 3 else b[:1] * 3
                alpha = b[-1] if count in (2, 4) else 0 if p == transparent else 255
            rgb += [over_black(c, alpha) for c in colours]
    add(name, png(colour, depth, pixels, extra, interlaced), W, H, rgb)


for interlaced in (False, True):
    suffix = " interlaced" if interlaced else ""
    for depth in (1, 2, 4, 8, 16):
        add_png(f"png grey {depth}{suffix}", 0, depth, interlaced=interlaced)
    for depth in (8, 16):
        add_png(f"png rgb {depth}{suffix}", 2, depth, interlaced=interlaced)
        add_png(f"png grey alpha {depth}{suffix}", 4, depth, interlaced=interlaced)
        add_png(f"png rgba {depth}{suffix}", 6, depth, interlaced=interlaced)
    for depth in (1, 2, 4, 8):
        palette = [tuple(rng.randint(0, 255) for _ in range(3)) for _ in range(min(2 ** depth, 200))]
        plte = chunk(b"PLTE", bytes(c for p in palette for c in p))
        add_png(f"png palette {depth}{suffix}", 3, depth, plte, palette, interlaced=interlaced)
        alpha = [rng.randint(0, 255) for _ in range(len(palette) // 2)]
        add_png(f"png palette {depth} with transparency{suffix}", 3, depth, plte + chunk(b"tRNS", bytes(alpha)),
                palette, alpha, interlaced)
add_png("png grey 8 with a transparent level", 0, 8, chunk(b"tRNS", struct.pack(">H", 77)), transparent=(77,))
add_png("png rgb 8 with a transparent colour", 2, 8, chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)), transparent=(1, 2, 3))
add_png("png rgb 8 with gAMA", 2, 8, chunk(b"gAMA", struct.pack(">I", 100000)))

print("[" + ",\n ".join(json.dumps(c) for c in cases) + "]")
