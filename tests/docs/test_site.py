"""The site: what is made from the code holds all of it; the whole builds without a warning and without a network."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from pages import commands, decisions, markdown, metrics, offline, results, settings, store, topics

from schemas.records import Verdict
from streams.cli.main import app
from streams.settings import Settings
from streams.store.queries import named_queries
from streams.topics import TOPICS

ROOT = Path(__file__).parents[2]


def test_every_topic_and_every_field_of_a_verdict_is_on_the_page() -> None:
    page = topics.page()
    for spec in TOPICS:
        assert f"`{spec.name.removesuffix('.dlq')}`" in page
    section = page.partition("## Verdict\n")[2].partition("\n## ")[0]
    for name in Verdict.__struct_fields__:
        assert f"| `{name}` |" in section
    assert "[Facts](#facts)" in section


def test_every_setting_is_on_the_page_and_no_secret_has_a_default() -> None:
    page = settings.page()
    for name in Settings.model_fields:
        assert f"| `CALLSIEVE_{name.upper()}` |" in page
    assert "| `CALLSIEVE_HMAC_KEY` | secret |" in page


def test_every_command_is_on_the_page_with_its_options() -> None:
    page = commands.page()
    for name in typer.main.get_command(app).commands:
        assert f"## callsieve {name}" in page
    assert "| `--speed NUMBER` | `1.0` |" in page
    assert "| `--format table|jsonl` | `table` |" in page
    assert "`CALLSIEVE_BROKER`" in page


def test_every_question_is_on_the_page_and_tables_have_columns_in_a_current_servers_types() -> None:
    page = store.page()
    for name in named_queries():
        assert f"### {name}\n" in page
    assert "| `label` | `LowCardinality(String)` |" in page
    assert "{{word}}" not in page
    assert "CREATE TABLE IF NOT EXISTS shadow_verdicts AS verdicts" in page
    assert "`Nested(label LowCardinality(String), probability Float64)`" in page


def test_metrics_have_their_endings_and_labels() -> None:
    page = metrics.page()
    assert "| `callsieve_dead_letters_total` | counter | `role` |" in page
    assert page.count("| histogram |") == 3


def test_decisions_are_listed_by_number() -> None:
    assert "| 1 | [A record is acknowledged when nothing needs it any more](0001-records-and-holds.md) |" in (
        decisions.page()
    )


def test_results_without_any_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert "Nothing has been measured yet." in results.page()


def test_what_would_break_a_table_is_escaped() -> None:
    assert markdown.cell("a|b\n <c>") == r"a\|b &lt;c>"
    assert markdown.table(("x",), []) == ""


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<a href="http://example.org">there</a>',
        "<style>a { background: url(//cdn.example/a.png) }</style>",
        '<pre class="mermaid">graph</pre>',
    ],
)
def test_an_address_of_another_host_is_found(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.html").write_text(f"<p>https://as.text is no link</p>{text}")
    assert len(offline.foreign_addresses(tmp_path)) == 1


def test_a_page_that_stays_here_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<a href="../x.html#y">x</a> <img src="a.svg"> <svg xmlns="http://www.w3.org/x">'
    )
    assert offline.foreign_addresses(tmp_path) == []


@pytest.mark.slow
def test_the_site_builds_strictly_and_leads_nowhere_else(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="MkDocs is not installed (extra docs)")
    pytest.importorskip("material", reason="Material for MkDocs is not installed (extra docs)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stderr
    index = (tmp_path / "site" / "index.html").read_text()
    assert "reference/topics.html" in index
    assert "pictures/flow.svg" in index
    assert not list((tmp_path / "site").rglob("hooks.py"))
    assert (tmp_path / "site" / "adr" / "0001-records-and-holds.html").exists()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[the readme](../../README.md#measured)", "[the readme](../index.md#measured)"),
        ("[changes](../../CHANGELOG.md)", "changes"),
        ("[decisions](../adr/)", "[decisions](../adr/index.md)"),
        ("[schemas](../../schemas/avro/)", "schemas"),
        ("[design](../design.md)", "[design](../design.md)"),
        ("[here](#here)", "[here](#here)"),
        ("`list[str](x)` and [far](mailto:a)", "`list[str](x)` and [far](mailto:a)"),
    ],
)
def test_links_out_of_the_site_lead_to_what_it_has_or_are_plain_words(written: str, shown: str) -> None:
    hooks = pytest.importorskip("hooks", reason="MkDocs is not installed (extra docs)")
    there = {"index.md", "adr/index.md", "design.md"}
    page = SimpleNamespace(file=SimpleNamespace(src_uri="guides/one.md"))
    files = SimpleNamespace(get_file_from_path=lambda path: path if path in there else None)
    assert hooks.on_page_markdown(written, page, None, files) == shown


def test_pages_about_models_are_listed_by_their_titles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "silence.md").write_text("# Dead air against everything else\n\nMade by …")
    assert "- [Dead air against everything else](evaluation/silence.md)" in results.page()
