"""The evaluations as commands: what they say when something is missing, and what they take from the policy."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from models.errors import ModelError
from streams.cli.evaluate import options
from streams.cli.evaluate.silence import _acted_on
from streams.cli.main import app
from streams.policy import Policy


def test_without_a_data_set_the_way_to_one_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "silence", "--dataset", str(tmp_path), "--out", str(tmp_path / "o")])
    assert isinstance(result.exception, ModelError)
    assert "callsieve dataset build" in str(result.exception)
    assert not (tmp_path / "o").exists()
    assert result.stderr == ""  # the error alone, and no bars


def test_what_the_policy_does_more_about_than_tag_follows_from_the_policy() -> None:
    acted_on = _acted_on(Policy.load())
    assert "dead_air" in acted_on["challenge"]
    assert {"fax", "modem"} <= set(acted_on["divert"])
    assert not any("speech" in labels for labels in acted_on.values())


def test_a_policy_that_does_nothing_acts_on_nothing(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text('version: "1"\nrules:\n  - {label: dead_air, action: tag}\n')
    assert _acted_on(Policy.load(tmp_path / "p.yaml")) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "callsieve evaluate labels"),
        (["--seed", "1", "--out", "elsewhere"], "callsieve evaluate labels"),
        (["--seed", "2", "--model", "my model"], "callsieve evaluate labels --model 'my model' --seed 2"),
    ],
)
def test_a_page_says_which_options_made_it(given: list[str], said: str) -> None:
    small = typer.Typer()

    @small.command("labels")
    def _labels(
        context: typer.Context,
        model: options.Model = None,
        out: options.Out = Path("o"),
        seed: options.Seed = 1,
    ) -> None:
        typer.echo(options.as_typed(context))

    assert CliRunner().invoke(small, given, prog_name="labels").output.strip() == said
