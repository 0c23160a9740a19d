"""The machine's own Chromium, which prints a page to PDF without a window and without a network."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
# It is to ask nobody for anything.
_QUIET: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# No name has an address, and whatever has one is asked of a proxy that is not there.
_OFFLINE: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)
_MOST_SECONDS: Final = 120
_NOTHING: Final = subprocess.DEVNULL
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True)
class PrintedPage:
    """A page as PDF; None, and in `problem` why, if the browser did not print it."""

    pdf: bytes | None
    problem: str = ""

    @property
    def n_sheets(self) -> int:
        """Sheets of paper that it takes; 0 if it was not printed."""
        return 0 if self.pdf is None else len(_PAGE.findall(self.pdf))


def find_browser(program: str | None = None) -> str | None:
    """Return the path of `program`, by default of the first of NAMES on the PATH; None if there is none."""
    names = NAMES if program is None else (program,)
    return next((path for name in names if (path := shutil.which(name))), None)


def launch_flags() -> list[str]:
    """Return the flags of every run: it asks nobody for anything; root needs one more."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Chromium's sandbox refuses to run as root.
    return [*_QUIET, *(["--no-sandbox"] if is_root else [])]


def printed(html: str, *, browser: str) -> PrintedPage:
    """Print a page that needs no script and no other file; what the browser writes beside it goes with it.

    It sees nothing of the environment but where programs are: no credentials.
    """
    with tempfile.TemporaryDirectory(prefix="plumbline-print-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            browser, "--headless", *launch_flags(), *_OFFLINE, f"--user-data-dir={folder / 'profile'}",
            "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri(),
        ]  # fmt: skip
        surroundings = {"HOME": name, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
        try:
            subprocess.run(  # noqa: S603 - the browser that the settings name, and a file of our own
                command,
                env=surroundings,
                stdin=_NOTHING,
                stdout=_NOTHING,
                stderr=_NOTHING,
                timeout=_MOST_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            return PrintedPage(None, f"{browser} did not end within {_MOST_SECONDS} seconds")
        except (OSError, subprocess.CalledProcessError) as error:
            return PrintedPage(None, f"{browser} failed: {type(error).__name__}, {_code_of(error)}")
        content = pdf.read_bytes() if pdf.is_file() else b""
    if not _PAGE.search(content):
        return PrintedPage(None, f"{browser} left no PDF")
    return PrintedPage(content)


def _code_of(error: OSError | subprocess.CalledProcessError) -> str:
    return f"code {error.returncode}" if isinstance(error, subprocess.CalledProcessError) else str(error.strerror)
