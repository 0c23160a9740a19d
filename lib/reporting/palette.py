"""The colours of the charts, and how they follow the page's light and dark themes."""

from typing import Final

PALETTE: Final = {
    "ink": "#1b2530",
    "muted": "#5b6876",
    "grid": "#dfe4ea",
    "accent": "#0b5cad",
    "accent-soft": "#9cc3ea",
    "held": "#f0e6d2",
    "held-ink": "#7a5200",
}
"""Name of a CSS variable to its colour in a chart's SVG, which is its value in the light theme."""


def theme_rules() -> str:
    """CSS that makes every palette colour of an inline SVG follow the variable of its name."""
    return "\n".join(
        f'.chart [{attribute}="{colour}"] {{ {attribute}: var(--{name}); }}'
        for name, colour in PALETTE.items()
        for attribute in ("fill", "stroke")
    )
