"""The audio of a chunk."""

import numpy as np
import pytest
from chunk_world import chunk, run, sine

from features.g711 import decode_pcma, decode_pcmu
from schemas.records import Run, RunEncoding
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES, chunk_audio

TONE = sine(440.0)


def test_samples_lie_where_their_run_says_and_the_rest_is_zero() -> None:
    audio = chunk_audio(chunk(run(TONE[:800], 1_600)))
    assert audio.lead_in == 0
    assert np.flatnonzero(audio.received).tolist() == list(range(1_600, 2_400))
    assert np.array_equal(audio.pcm[1_600:2_400], decode_pcmu(audio.codes))
    assert not audio.pcm[:1_600].any()
    assert not audio.pcm[2_400:].any()


def test_the_lead_in_stands_before_the_chunk_and_adds_no_codes() -> None:
    audio = chunk_audio(chunk(run(TONE), lead_in=[run(TONE[:LEAD_IN_SAMPLES], -LEAD_IN_SAMPLES)]))
    assert audio.lead_in == LEAD_IN_SAMPLES
    assert len(audio.pcm) == len(audio.received) == LEAD_IN_SAMPLES + CHUNK_SAMPLES
    assert len(audio.codes) == CHUNK_SAMPLES
    assert np.array_equal(audio.pcm[:LEAD_IN_SAMPLES], audio.pcm[LEAD_IN_SAMPLES : 2 * LEAD_IN_SAMPLES])


def test_a_lead_in_of_comfort_noise_is_none() -> None:
    noise = Run(start=-1_024, length=1_024, encoding="comfort_noise", data=b"\x46")
    assert chunk_audio(chunk(run(TONE), lead_in=[noise])).lead_in == 0


@pytest.mark.parametrize(
    ("encodings", "law"),
    [
        (["pcmu"], "pcmu"),
        (["pcma"], "pcma"),
        (["l16"], "l16"),
        (["pcmu", "pcma"], "mixed"),
        (["pcmu", "l16"], "mixed"),
        ([], "none"),
    ],
)
def test_the_law_is_that_of_all_samples_or_mixed(encodings: list[RunEncoding], law: str) -> None:
    runs = [run(TONE[:800], 800 * place, encoding) for place, encoding in enumerate(encodings)]
    audio = chunk_audio(chunk(*runs))
    assert audio.law == law
    assert len(audio.codes) == 800 * sum(encoding != "l16" for encoding in encodings)


def test_each_law_is_decoded_by_itself() -> None:
    audio = chunk_audio(chunk(run(TONE[:8], 0, "pcma"), run(TONE[:8], 8, "l16")))
    assert np.array_equal(audio.pcm[:8], decode_pcma(audio.codes))
    assert np.array_equal(audio.pcm[8:16], TONE[:8])


def test_comfort_noise_is_counted_and_not_received() -> None:
    noise = Run(start=8_000, length=4_000, encoding="comfort_noise", data=b"\x46")
    audio = chunk_audio(chunk(run(TONE[:8_000]), noise))
    assert audio.comfort_noise_share == 0.25
    assert np.count_nonzero(audio.received) == 8_000


def test_an_unsupported_codec_is_not_received() -> None:
    audio = chunk_audio(chunk(Run(start=0, length=CHUNK_SAMPLES, encoding="unsupported", data=b"")))
    assert not audio.received.any()
    assert audio.law == "none"


@pytest.mark.parametrize(
    ("start", "length", "size"),
    [(0, 10, 9), (0, 9, 10), (-1, 10, 10), (15_999, 2, 2), (0, -1, 0), (2**31 - 1, 1, 1), (0, 16_001, 16_001)],
)
@pytest.mark.parametrize("encoding", ["pcmu", "l16"])
def test_a_run_that_contradicts_itself_is_refused(start: int, length: int, size: int, encoding: RunEncoding) -> None:
    data = bytes(size * (2 if encoding == "l16" else 1))
    with pytest.raises(ValueError, match="run of"):
        chunk_audio(chunk(Run(start=start, length=length, encoding=encoding, data=data)))


def test_half_a_linear_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="buffer size"):
        chunk_audio(chunk(Run(start=0, length=1, encoding="l16", data=b"abc")))


def test_a_lead_in_that_reaches_too_far_back_is_refused() -> None:
    with pytest.raises(ValueError, match="reaches out"):
        chunk_audio(chunk(run(TONE), lead_in=[run(TONE[:1_025], -1_025)]))
