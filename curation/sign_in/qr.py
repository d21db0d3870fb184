"""A QR code as SVG that may stand inside a page: shapes and attributes, no style, nothing to load."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks for


def qr_svg(text: str) -> SafeString:
    """One path on white ground, a unit a module. Made of numbers alone: nothing of `text` can get into it."""
    import qrcode

    code = qrcode.QRCode(border=0)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    size = len(rows) + 2 * QUIET
    dark = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, filled in enumerate(row)
        if filled
    )
    return mark_safe(
        f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-labelledby="qr-title" '
        f'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{dark}" fill="#000"/></svg>'
    )
