"""The model card: what the model is for, what it was trained on, how well it does, what it can't."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.artifact import ModelInfo
from models.dataset.store import Dataset, Entry
from models.evaluation.labels import label_figures, macro_f1, mistakes
from models.evaluation.words import APART

_ROUNDS = 300  # draws of recordings behind each interval


def card(
    info: ModelInfo, dataset: Dataset, held: Sequence[Entry], truth: NDArray[np.str_], given: NDArray[np.str_]
) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    info : ModelInfo
    dataset : Dataset
    held : sequence of Entry
        What was held out.
    truth, given : ndarray of str, shape (len(held),)

    Returns
    -------
    str
    """
    groups = [one.group for one in held]
    all_of_it = macro_f1(truth, given, groups, info.seed, rounds=_ROUNDS)
    parts = [
        f"# {info.version}",
        _PURPOSE,
        "## Made of",
        _made_of(info),
        _thresholds(info),
        "## Trained on",
        f"Data set `{dataset.sha256[:12]}` of seed {dataset.seed}: {info.trained_on.chunks} chunks to train on"
        + (f" and {info.trained_on.reviewed} that people have labelled" if info.trained_on.reviewed else "")
        + f", {len(held)} held out: {APART}.",
        _sources(info, dataset, held),
        "Channels: " + ", ".join(f"{name} {count}" for name, count in info.trained_on.conditions.items()) + ".",
        "## On what was held out",
        f"Macro F1 {all_of_it.value:.3f} ({_range(all_of_it.interval)}) over {all_of_it.labels} labels, "
        f"{len(held)} chunks of {all_of_it.groups} groups; {np.mean(truth == given):.3f} of the chunks were given "
        f"their own label, {np.mean(given == 'undecided'):.3f} left undecided, which counts as wrong. Intervals are of "
        "95 %: chunk by chunk in tables, over groups drawn with replacement for F1.",
        _labels(truth, given, [one.recording for one in held]),
        _conditions(info, held, truth, given),
        "Most frequent mistakes (source, truth, given, chunks):",
        _mistakes(truth, given, [f"{one.set}, {one.condition}" for one in held]),
        _LIMITS,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _made_of(info: ModelInfo) -> str:
    made = ", ".join(f"{name} {version}" for name, version in info.made_with.items())
    text = (
        f"{info.chunk.estimator} over {len(info.chunk.features)} features of two seconds of audio (three spectral "
        f"shapes and their strengths, levels, modulation, voicing, tones), for the classes "
        f"{', '.join(info.chunk.classes)}. Seed {info.seed}; made with {made}; what is served differs by at most "
        f"{info.chunk.largest_difference:.1g} from what was trained. Probabilities are calibrated by a temperature of "
        f"{info.chunk.temperature:.3g} and an offset for each class."
    )
    if info.blocks is not None:
        text += f" The passages of a mixed chunk come from {info.blocks.estimator}, over blocks of 200 ms."
    return text[0].upper() + text[1:]


def _thresholds(info: ModelInfo) -> str:
    lines = ["Below its threshold, chosen on chunks of unseen folds, a label isn't given and the chunk is undecided:"]
    lines += ["", "| label | threshold |", "|---|---:|"]
    lines += [f"| {label} | {value:.4f} |" for label, value in sorted(info.chunk.thresholds.items())]
    return "\n".join(lines)


def _sources(info: ModelInfo, dataset: Dataset, held: Sequence[Entry]) -> str:
    origins = {source.name: source.origin for source in dataset.head.sources}
    out = Counter(one.set for one in held)
    recordings = Counter({name: len(found) for name, found in _recordings(held).items()})
    lines = ["| source | chunks trained on | chunks held out | recordings held out |", "|---|---:|---:|---:|"]
    for name in sorted({*info.trained_on.sources, *out}):
        about = f"{name}: {origins[name]}" if origins.get(name) else name
        lines.append(f"| {about} | {info.trained_on.sources.get(name, 0)} | {out[name]} | {recordings[name]} |")
    return "\n".join(lines)


def _recordings(held: Iterable[Entry]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in held:
        found.setdefault(one.set, set()).add(one.recording)
    return found


def _labels(truth: NDArray[np.str_], given: NDArray[np.str_], recordings: Sequence[str]) -> str:
    lines = ["| label | precision | recall | chunks | recordings |", "|---|---|---|---:|---:|"]
    lines += [
        f"| {one.label} | {one.precision:.3f} ({_range(one.precision_interval)}) "
        f"| {one.recall:.3f} ({_range(one.recall_interval)}) | {one.chunks} | {one.recordings} |"
        for one in label_figures(truth, given, recordings)
    ]
    return "\n".join(lines)


def _conditions(info: ModelInfo, held: Sequence[Entry], truth: NDArray[np.str_], given: NDArray[np.str_]) -> str:
    lines = ["| channel | macro F1 | labels | chunks |", "|---|---|---:|---:|"]
    conditions = np.array([one.condition for one in held])
    for name in sorted(set(conditions.tolist())):
        here = conditions == name
        groups = [one.group for one in held if one.condition == name]
        found = macro_f1(truth[here], given[here], groups, info.seed, rounds=_ROUNDS)
        lines.append(f"| {name} | {found.value:.3f} ({_range(found.interval)}) | {found.labels} | {found.chunks} |")
    return "\n".join(lines)


def _mistakes(truth: NDArray[np.str_], given: NDArray[np.str_], sources: Sequence[str]) -> str:
    found = mistakes(truth, given, sources)[:12]
    return "\n".join(f"- {source}: {has} as {says}, {count}" for source, has, says, count in found) or "None."


def _range(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


_PURPOSE = """
Tells what is heard in two seconds of one direction of a telephone call. Made for screening calls: its verdicts feed a
policy that must be able to fail open, and no call should be blocked on one chunk of it.

Digital silence, comfort noise, missing media and call-progress, fax and information tones are told by rules before
the model; dead air and noise are one class of it, parted by their level (-55 dBFS RMS after coding). A recording that
is played is told by replay, not here.
"""

_LIMITS = """
## What it can't

- Music on hold was learnt from few recordings; music with somebody who sings lies between speech and music.
- Singing, crying, animals and loud television lie between speech and noise.
- Labels of real recordings were set by levels and activity, not by listening; doubtful chunks were left out, so the
  figures hold for chunks that are clear.
- Speech below -66 dBFS RMS wasn't learnt.
- Fax pages and modem data sound alike in two seconds: both are `modem` until a fax tone has been heard.
- Dial tone has no label of its own: it is undecided.
- The channels are imitated, not taken from a network; wide-band codecs and echo cancellers weren't learnt.
"""
