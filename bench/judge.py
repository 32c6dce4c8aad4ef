"""From audio to label: features and prediction, in batches and one by one, beside the way one would write first."""

from dataclasses import dataclass
from typing import Final

import librosa
import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from bench.material import calls
from bench.registry import Benchmark
from bench.result import BenchError, Figure, Findings
from bench.timing import Contender, Effort, compare, each
from features.spectrum import HOP, N_FFT
from features.tones import detect_tones
from models.classifier import ChunkClassifier
from models.evidence import Evidence, evidence_from_pcm
from models.rules import judge_by_rule
from streams.audio import ChunkAudio, chunk_audio

BATCH: Final = 32
ALONE: Final = 8  # of the same chunks, for the ways that take them one by one
TREES: Final = 100  # as in the dead-air paper
WORTH: Final = 0.999  # cosine between its first basis and ours


@dataclass(frozen=True, slots=True)
class _Way:
    """What one would write first: librosa, NumPy's SVD, scikit-learn's forest asked for a row at a time."""

    forest: RandomForestClassifier

    @staticmethod
    def row(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
        samples = pcm.astype(np.float32) / np.float32(32768)
        magnitude = np.abs(librosa.stft(samples, n_fft=N_FFT, hop_length=HOP, center=False))
        left = np.linalg.svd(magnitude, full_matrices=False)[0]
        return np.asarray(left[:, :3].T.ravel(), np.float32)

    def judge(self, audio: ChunkAudio) -> str:
        chances = self.forest.predict_proba([self.row(audio.pcm[audio.lead_in :])])
        return str(self.forest.classes_[int(chances[0].argmax())])


def _evidence(audio: ChunkAudio, *, tones: bool = False) -> Evidence:
    return evidence_from_pcm(
        audio.pcm[audio.lead_in :],
        audio.codes,
        audio.law,
        received=audio.received[audio.lead_in :],
        comfort_noise_share=audio.comfort_noise_share,
        tones=detect_tones(audio.pcm, audio.lead_in) if tones else (),
    )


def _chosen(seed: int) -> list[ChunkAudio]:
    """Chunks that rules leave to the model, so that every one costs a prediction."""
    found = [audio for chunk in calls(seed).chunks if (audio := chunk_audio(chunk)).pcm.any()]
    heard = [audio for audio in found if judge_by_rule(_evidence(audio, tones=True)) is None]
    if len(heard) < BATCH:
        raise BenchError(f"only {len(heard)} chunks are left to the model")
    return heard[:: len(heard) // BATCH][:BATCH]


def measure(effort: Effort) -> Findings:
    """Compare the whole way of one chunk; decoding of the coded audio is part of none."""
    batch = _chosen(effort.seed)
    classifier = ChunkClassifier.load()
    labels = [one.label for one in classifier.classify([_evidence(audio, tones=True) for audio in batch])]
    first = _first_way(batch, labels, effort.seed)
    known = [_evidence(audio) for audio in batch]

    def together() -> int:
        return len(classifier.classify([_evidence(audio) for audio in batch]))

    def with_tones() -> int:
        return len(classifier.classify([_evidence(audio, tones=True) for audio in batch]))

    def asked() -> int:
        return len(classifier.classify(known))

    few = batch[:: BATCH // ALONE]
    found = compare(
        "chunks",
        [
            Contender("callsieve", f"features and prediction, {BATCH} chunks at a time", together),
            Contender(
                "one by one",
                "the same, one chunk at a time",
                each(few, lambda audio: classifier.classify([_evidence(audio)])),
            ),
            Contender("with tones", f"with the tone detector, {BATCH} chunks at a time", with_tones),
            Contender("prediction alone", f"the model asked once for {BATCH} chunks whose features are known", asked),
            Contender(
                "librosa + svd + forest",
                f"librosa.stft, numpy.linalg.svd, a scikit-learn forest of {TREES} trees; one chunk at a time",
                each(few, first.judge),
            ),
        ],
        effort,
    )
    return msgspec.structs.replace(
        found,
        figures=[
            Figure(name=f"{case.name}, a chunk", value=float(f"{1000 / case.rate.median:.4g}"), unit="ms of one core")
            for case in found.cases
        ],
        parameters={"model": classifier.version, "distinct_chunks": len(batch), "batch": BATCH},
        notes=[
            "Features are bases, levels, sound and blocks; prediction is rules, the chunk model and passages. The tone "
            "detector is a part of its own in the pipeline and stands apart here: only one way includes it.",
            "The first way has the dead-air paper's features only: three bases, and no levels, sound or tones.",
        ],
    )


def _first_way(batch: list[ChunkAudio], labels: list[str], seed: int) -> _Way:
    """Fit its forest on noisy copies of the chunks: it has to be of usual size, not good."""
    rng = np.random.default_rng(seed)
    rows, names = [], []
    for audio, label in zip(batch, labels, strict=True):
        pcm = audio.pcm[audio.lead_in :]
        row = _Way.row(pcm)
        ours = _evidence(audio).bases[0]
        if audio.received.all() and abs(float(row[: ours.size] @ ours)) < WORTH:
            raise BenchError("the first bases of the two ways disagree")
        rows += [row, *(row + np.float32(0.02) * rng.standard_normal(row.size).astype(np.float32) for _ in range(49))]
        names += [label] * 50
    forest = RandomForestClassifier(n_estimators=TREES, random_state=seed, n_jobs=1)
    return _Way(forest.fit(np.array(rows), np.array(names)))


BENCHMARK: Final = Benchmark(
    title="Chunks judged, from audio to label",
    about="How many two-second chunks a CPU second turns from decoded audio into a label with its probabilities.",
    measure=measure,
)
