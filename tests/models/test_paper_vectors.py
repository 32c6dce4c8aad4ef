"""The paper's vectors: against numpy's decomposition, at any size, with any rule for the sign."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from features.spectrum import stft_magnitude
from models.evaluation.paper.vectors import SIGNS, base_vectors, lapack_vectors, left_bases, with_sign


def _sound(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 300.0, 16000).astype(np.int16)


@pytest.mark.parametrize(("n_fft", "hop"), [(128, 64), (256, 256), (1024, 512)])
def test_the_vectors_span_what_numpys_decomposition_spans_whichever_side_is_longer(n_fft: int, hop: int) -> None:
    magnitude = stft_magnitude(_sound(), n_fft=n_fft, hop=hop)

    ours = left_bases(magnitude)

    theirs = np.linalg.svd(magnitude.astype(np.float64), full_matrices=False)[0][:, :3]
    assert np.abs(np.sum(ours * theirs.T, axis=1)) == pytest.approx(np.ones(3), abs=1e-3)
    assert subspace_angles(ours.T, theirs).max() < 0.05
    assert (np.sum(ours.astype(np.float64) ** 3, axis=1) >= 0.0).all()


def test_zeros_have_no_direction_but_numpy_gives_them_one() -> None:
    zeros = np.zeros(16000, dtype=np.int16)

    assert not base_vectors([zeros]).any()
    assert np.flatnonzero(lapack_vectors([zeros])[0]).tolist() == [0, 130, 260]


def test_louder_is_the_same_vector() -> None:
    quiet = _sound()

    assert base_vectors([(quiet * 16).astype(np.int16)]) == pytest.approx(base_vectors([quiet]), abs=1e-4)


def test_every_rule_but_chance_gives_a_vector_and_its_opposite_one_answer() -> None:
    vectors = base_vectors([_sound(seed) for seed in range(3)])

    for rule in SIGNS:
        if rule != "random":
            assert np.array_equal(with_sign(vectors, rule, 1), with_sign(-vectors, rule, 1)), rule
    assert not np.array_equal(with_sign(vectors, "random", 1), with_sign(-vectors, "random", 1))
    with pytest.raises(ValueError, match="rule"):
        with_sign(vectors, "by taste", 1)  # type: ignore[arg-type]
