"""Pages and folders beside the dashboard, named after it, and what the dashboard says of a page that it links to."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class NeighbouringPage:
    """Where a page lies beside the dashboard, of what day it is, and what it found."""

    href: str
    day: str
    verdict: str
    has_failed: bool


def beside(dashboard_path: str, name: str) -> Path:
    """The path of what is named after the dashboard: `dashboard_NAME` beside `dashboard.html`."""
    path = Path(dashboard_path)
    return path.with_name(f"{path.stem}_{name}")


def href_to(path: str | Path) -> str:
    """The link to a file from a page beside it."""
    return f"./{quote(Path(path).name)}"
