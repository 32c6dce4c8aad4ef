"""A call's label by a rule over its last chunks."""

from collections.abc import Sequence
from typing import Final

from models.call_state.labels import CallLabel, ChunkLabel, in_a_row

# labels of a line on which nothing happens: any of the others outranks them once it is there often enough
QUIET: Final = frozenset({"no_media", "digital_silence", "comfort_noise", "dead_air", "undecided"})
ACTIVE_SHARE: Final = 0.25  # of the chunks seen: ring-back sounds in one chunk of two or three
SPEECH_PROBABILITY: Final = 0.7  # of one chunk: who spoke once is a speaker; turning one away costs most


def call_label(history: Sequence[ChunkLabel]) -> CallLabel:
    """Judge a call by its last chunks, oldest first.

    A chunk of certain speech makes it speech. Else what happens on the line (noise, tones, music) in a quarter of the
    chunks or more outranks silence; else the commonest kind of silence.

    Raises
    ------
    ValueError
        If there are no chunks.
    """
    if not history:
        raise ValueError("a call without chunks can't be judged")
    weights: dict[str, float] = {}
    for chunk in history:
        weights[chunk.label] = weights.get(chunk.label, 0.0) + chunk.probability
    shares = {label: weight / len(history) for label, weight in weights.items()}
    active = {label: share for label, share in shares.items() if label not in QUIET and share >= ACTIVE_SHARE}
    spoken = max((c.probability for c in history if c.label == "speech"), default=0.0)
    if spoken >= SPEECH_PROBABILITY:
        label, probability, reasons = "speech", spoken, ["spoke"]
    elif active:
        label = max(active, key=lambda each: (active[each], each))
        probability = max(c.probability for c in history if c.label == label)
        reasons = ["active"]
    else:
        quiet = {label: share for label, share in shares.items() if label in QUIET and label != "undecided"}
        label = max(quiet, key=lambda each: (quiet[each], each)) if quiet else "undecided"
        alike = [c.probability for c in history if c.label == label]
        probability = sum(alike) / len(alike) if alike else 0.0
        reasons = ["quiet"] if quiet else ["nothing_certain"]
    return CallLabel(label, probability, shares, in_a_row([chunk.label for chunk in history], label), reasons)
