"""Pages: the same figures are the same bytes, and they say how they were made."""

from pathlib import Path

import numpy as np
import pytest

from models.evaluation import extras
from models.evaluation.page import Page
from models.evaluation.plots import lines, roc


def _page(folder: Path) -> Path:
    page = Page("few", "A few figures", "callsieve evaluate few --seed 1")
    page.facts({"seed": 1, "chunks": 12})
    page.table(("what", "share"), [("a|b", "**0.5**"), ("001_file", "12 of 13")])
    curve = ([0.001, 0.1, 1.0], [0.2, 0.5, 1.0])
    page.plot(
        "curve", lines({"ours": curve, "theirs": curve}, x="rate", y="recall", ours="ours", log_x=True), "A curve"
    )
    return page.write(folder)


def test_a_page_begins_with_its_command_and_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra train)")
    first, again = _page(tmp_path / "a"), _page(tmp_path / "b")
    text = first.read_text()
    assert text.startswith("# A few figures\n\nMade by `callsieve evaluate few --seed 1`")
    assert "| what | share |\n| --- | ---: |\n| a\\|b | **0.5** |" in text
    assert "![A curve](few-curve.svg)" in text
    assert first.read_bytes() == again.read_bytes()
    picture = (tmp_path / "a" / "few-curve.svg").read_bytes()
    assert picture == (tmp_path / "b" / "few-curve.svg").read_bytes()
    assert b"<svg" in picture


def test_pictures_of_an_earlier_page_go_and_other_pages_stay(tmp_path: Path) -> None:
    for name in ("few-old.svg", "fewer-old.svg", "few.md"):
        (tmp_path / name).write_text("before")
    Page("few", "A few figures", "callsieve evaluate few").write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.md", "fewer-old.svg"]


def test_a_curve_has_a_point_for_each_score_and_ties_count_together() -> None:
    truth = np.array([True, False, True, True, False])
    rates, recall, threshold = roc(truth, np.array([0.9, 0.5, 0.5, 0.8, 0.1]))
    assert list(threshold) == [0.9, 0.8, 0.5, 0.1]
    assert list(rates) == [0.0, 0.0, 0.5, 1.0]
    assert list(recall) == pytest.approx([1 / 3, 2 / 3, 1.0, 1.0])
    with pytest.raises(ValueError, match="both"):
        roc(truth | True, np.zeros(5))


def test_what_is_not_installed_is_named_with_its_extra() -> None:
    with pytest.raises(extras.ModelError, match=r"no_such_library .* callsieve\[train\]"):
        extras.needed("no_such_library.part")
