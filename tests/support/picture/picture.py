#!/usr/bin/env python3
"""A captured terminal screen (text and SGR) as a picture.

    tmux capture-pane -e -p | tests/support/picture/picture.py > screen.svg
    tests/support/picture/picture.py --title "letterbox setup" --light < captured > screen.svg

Reads what `tmux capture-pane -e -p` writes: a line per row, with SGR sequences for
colours and weight.  Writes SVG with one <text> per run of equal look, each cell in its
place, so that no font can move a column.  Only Python's own library is needed.
`rsvg-convert -z 2` or ImageMagick makes a PNG of it.
"""
import argparse
import html
import re
import sys
import unicodedata

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 8.4, 17, 14, 14
DARK = {"ground": "#16181d", "text": "#d7dae0", "frame": "#2a2e37"}
LIGHT = {"ground": "#ffffff", "text": "#24292f", "frame": "#d0d7de"}
DARK_COLOURS = ["#16181d", "#f0716e", "#7fc98a", "#e3b95d", "#79a8f0", "#c792ea", "#5cc7d6",
                "#d7dae0"]
LIGHT_COLOURS = ["#24292f", "#c0302c", "#2a7d38", "#8a6100", "#1f5fbf", "#8a3ab0", "#0b7285",
                 "#57606a"]
SGR = re.compile(r"\x1b\[([0-9;:]*)m")
OTHER = re.compile(r"\x1b(\[[0-9;?]*[@-l n-~]|[()][A-Za-z0-9]|[=>])|[\x0e\x0f\r]")
PLAIN = (None, False, False, False, False)  # colour, bold, dim, underline, reverse


def look_after(look, parameters):
    colour, bold, dim, underline, reverse = look
    numbers = [int(p or 0) for p in re.split("[;:]", parameters)]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            colour, bold, dim, underline, reverse = PLAIN
        elif number == 1:
            bold = True
        elif number == 2:
            dim = True
        elif number == 4:
            underline = True
        elif number == 7:
            reverse = True
        elif number == 22:
            bold = dim = False
        elif number == 24:
            underline = False
        elif number == 27:
            reverse = False
        elif 30 <= number <= 37:
            colour = number - 30
        elif 90 <= number <= 97:
            colour = number - 90
        elif number == 39:
            colour = None
        elif number in (38, 48):  # 38;5;n: the first eight are the ones above
            value = numbers[1] if len(numbers) > 1 and numbers[0] == 5 else None
            del numbers[:2]
            if number == 38 and value is not None:
                colour = value % 8
    return colour, bold, dim, underline, reverse


def columns_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def runs_of(line, look=PLAIN):
    """(column, width, look, text) for each stretch of equal look, the columns used, and the
    look that the next line begins with."""
    column, runs = 0, []
    for i, part in enumerate(SGR.split(line)):
        if i % 2:
            look = look_after(look, part)
            continue
        text = OTHER.sub("", part)
        width = sum(columns_of(c) for c in text)
        if text:
            runs.append((column, width, look, text))
        column += width
    return runs, column, look


def draw_run(out, row, run, palette, colours):
    column, width, (colour, bold, dim, underline, reverse), text = run
    x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
    fill = palette["text"] if colour is None else colours[colour]
    if reverse:
        out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * CELL_WIDTH:.1f}" '
                   f'height="{CELL_HEIGHT}" fill="{fill}"/>')
        fill = palette["ground"]
    if not text.strip() and not underline:
        return
    style = f'fill="{fill}"'
    style += ' font-weight="bold"' if bold else ""
    style += ' opacity="0.55"' if dim else ""
    style += ' text-decoration="underline"' if underline else ""
    out.append(f'<text x="{x:.1f}" y="{y + 13:.1f}" textLength="{width * CELL_WIDTH:.1f}" '
               f'{style}>{html.escape(text)}</text>')


def picture(lines, title, light):
    palette, colours = (LIGHT, LIGHT_COLOURS) if light else (DARK, DARK_COLOURS)
    rows, look = [], PLAIN
    for line in lines:
        runs, width, look = runs_of(line, look)
        rows.append((runs, width))
    columns = max([width for _, width in rows] + [1])
    width = columns * CELL_WIDTH + 2 * MARGIN
    height = len(rows) * CELL_HEIGHT + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
           f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
           f"<title>{html.escape(title)}</title>",
           f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8" '
           f'fill="{palette["ground"]}" stroke="{palette["frame"]}"/>',
           f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
           f'font-size="{FONT_SIZE}" xml:space="preserve" lengthAdjust="spacingAndGlyphs">']
    for row, (runs, _) in enumerate(rows):
        for run in runs:
            draw_run(out, row, run, palette, colours)
    out.append("</g></svg>")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--title", default="letterbox")
    parser.add_argument("--light", action="store_true", help="on a light background")
    parser.add_argument("--columns", type=int, default=0, help="at least so wide")
    arguments = parser.parse_args()
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n").split("\n")
    lines[0] += " " * max(0, arguments.columns - runs_of(lines[0])[1])
    sys.stdout.write(picture(lines, arguments.title, arguments.light))


if __name__ == "__main__":
    main()
