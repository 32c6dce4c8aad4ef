"""The model card: what the model is for, what it was trained on, how well it does, what it can't."""

from pathlib import Path

from models.artifact import ModelInfo
from models.evaluation.labels import Evaluation

# folder: how its makers name the set
_ORIGINS = {
    "speech_calls": "AEC Challenge, real recordings, double talk (microphone side)",
    "dead_air": "AEC Challenge, real recordings, far end only",
    "speech_in_noise_p835": "P.835 sample clips: speech in street, car and café noise",
    "speech_in_noise_p808_en": "P.808 sample clips: read and spoken English in noise",
    "noise_esc10": "ESC-10, folds 1 to 3, CC BY",
    "fax": "fax calls made with spandsp",
    "hold_music": "music on hold of Debian's asterisk-moh-opsound-wav, CC BY-SA 3.0",
    "prompts": "spoken prompts of Debian's asterisk-core-sounds-en-wav, -es-wav and -it-wav, CC BY-SA 3.0",
}


def write_card(
    path: Path,
    info: ModelInfo,
    trained_on: dict[str, int],
    made: Evaluation,
    faint: Evaluation,
    real: Evaluation | None,
) -> None:
    """Write the card as Markdown.

    Parameters
    ----------
    path : Path
    info : ModelInfo
    trained_on : dict of str to int
        Source to number of chunks.
    made, faint, real : Evaluation
        On held-out simulated calls, speech at -60 dBFS RMS, and, when there were any, recordings.
    """
    path.write_text(
        f"# {info.version}\n\n{_PURPOSE}\n"
        f"## Made of\n\n"
        f"A random forest of scikit-learn {info.sklearn} over {len(info.features)} features of two seconds of audio "
        f"(three spectral shapes, their strengths, levels), for the classes {', '.join(info.classes)}; "
        f"below a probability of {info.threshold} a chunk is undecided. Seed {info.seed}, SHA-256 "
        f"`{info.sha256}`.\n\n"
        f"{_sources(trained_on)}\n"
        f"## Held-out simulated calls: other seeds, other voices\n\n{_table(made)}\n"
        f"## Faint speech: -60 dBFS RMS, held-out voices, both laws\n\n{_faint(faint)}\n"
        + (f"## Held-out recordings: other files and talkers\n\n{_table(real)}\n" if real else "")
        + _LIMITS
    )


def _sources(trained_on: dict[str, int]) -> str:
    lines = ["| trained on | chunks of 2 s |", "|---|---|"]
    for source in sorted(trained_on):
        name = f"{source}: {_ORIGINS[source]}" if source in _ORIGINS else source
        lines.append(f"| {name} | {trained_on[source]} |")
    return "\n".join(lines) + "\n"


def _table(figures: Evaluation) -> str:
    lines = ["| label | precision | recall | chunks |", "|---|---|---|---|"]
    lines += [f"| {one.label} | {one.precision:.3f} | {one.recall:.3f} | {one.chunks} |" for one in figures.labels]
    lines += [
        "",
        f"{figures.chunks} chunks, {figures.accuracy:.3f} of them given their own label, "
        f"{figures.undecided:.3f} left undecided (counted as wrong).",
    ]
    if figures.mistakes:
        lines += ["", "Most frequent mistakes (source, truth, given, chunks):", ""]
        lines += [f"- {source}: {truth} as {given}, {count}" for source, truth, given, count in figures.mistakes[:8]]
    return "\n".join(lines) + "\n"


def _faint(figures: Evaluation) -> str:
    lost = sum(count for _, _, given, count in figures.mistakes if given in {"dead_air", "digital_silence"})
    return (
        f"{figures.chunks} chunks, {figures.accuracy:.3f} of them given as speech, {figures.undecided:.3f} left "
        f"undecided, {lost / max(figures.chunks, 1):.3f} taken for dead air or digital silence.\n"
    )


_PURPOSE = """Tells what is heard in two seconds of one direction of a telephone call. Made for screening calls: its
verdicts feed a policy that must be able to fail open, and no call should be blocked on one chunk of it.

Digital silence, comfort noise, missing media and call-progress, fax and information tones are told by rules before
the forest; dead air and noise are one class of it, parted by their level (-55 dBFS RMS after coding).
"""

_LIMITS = """
## What it can't

- Music was learnt from a synthesised band and a few recordings: much real music on hold is taken for speech,
  the more so when somebody sings.
- Singing, crying, animals and loud television lie between speech and noise.
- Labels of real recordings were set chunk by chunk from levels (a talker's pauses are found, doubtful chunks left
  out), not by listening; the figures on them hold for chunks that are clear.
- Speech was learnt down to -60 dBFS RMS in both laws of G.711; other codecs were not learnt.
- Fax pages and modem data sound alike in two seconds: both are `modem` until a fax tone has been heard.
"""
