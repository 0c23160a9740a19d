"""Pictures of the dashboard: each is what its screen shows, and what is missing is said in a sentence."""

import struct
from pathlib import Path

import pytest

from lib.reporting.dashboard import render_dashboard
from scripts import picture_dashboard
from scripts.headless_browser import find_browser
from tests.reporting.examples import dashboard_data


@pytest.mark.skipif(find_browser() is None, reason="no browser is on the PATH")
def test_every_picture_has_the_size_of_its_screen(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_dashboard(dashboard_data()), encoding="utf-8")
    (tmp_path / "page_summary_2026-W10.html").write_text("<!doctype html><p>A summary</p>", encoding="utf-8")
    assert picture_dashboard.main(["--page", str(page), "--output", str(tmp_path / "pictures")]) == 0
    sizes = {path.name: _size(path) for path in (tmp_path / "pictures").iterdir()}
    assert sizes == {picture.name: (picture.width, picture.height) for picture in picture_dashboard.PICTURES}


def test_a_page_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert picture_dashboard.main(["--page", str(tmp_path / "absent.html")]) == 2
    assert "absent.html; run `make demo`" in capsys.readouterr().err


def test_a_machine_without_a_browser_is_told_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("page.html", "page_summary_2026-W10.html"):
        (tmp_path / name).touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture_dashboard.main(["--page", str(tmp_path / "page.html")]) == 2
    assert "install Chromium" in capsys.readouterr().err


def _size(path: Path) -> tuple[int, int]:
    """Width and height as the header of a PNG says."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height
