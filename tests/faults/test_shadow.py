"""A shadow model's verdicts are delivered as surely as the live one's, whatever its workers suffer."""

from pathlib import Path
from typing import Any

import pytest
from ledger_world import read
from model_world import make_model
from scenario_world import Scenario

from models.library import Library
from schemas.records import Verdict
from streams.topics import SHADOW_VERDICTS

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(400)]


def test_every_verdict_has_its_shadow_after_every_fault(stage: Any, scenario: Scenario, tmp_path: Path) -> None:
    version = make_model(tmp_path / "trained")  # the live model under another name: it says the same of everything
    library = Library(tmp_path / "library")
    library.add(tmp_path / "trained", actor="person:me")
    library.set_shadow(version, actor="person:me")
    stage.settings = stage.settings.model_copy(update={"models": str(library.folder)})
    stage.crew("window", "spectrum", "tones", "fingerprint", "sink")
    crew = stage.crew("classify")
    stage.play(scenario, crew.suffer)
    stage.settle("faults/shadow", scenario)
    shadow = [each.record for each in read(stage.settings, SHADOW_VERDICTS, Verdict) if each.record is not None]
    audio = {name: (v.scope, v.chunk, v.label, v.action) for name, v in scenario.verdicts.items() if v.cause == "audio"}
    assert {v.id: (v.scope, v.chunk, v.label, v.action) for v in shadow} == audio
    assert {(v.model, v.dry_run) for v in shadow} == {(version, True)}
    stored = stage.store.query("SELECT uniqExact(id) AS ids, uniqExact(model) AS models FROM shadow_verdicts")
    assert stored == [{"ids": len(audio), "models": 1}]
