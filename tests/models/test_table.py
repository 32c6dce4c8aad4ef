import numpy as np
import pytest

from models.table import class_of, label_chances


@pytest.mark.parametrize(
    ("label", "level", "name"),
    [
        ("dead_air", -70.0, "nobody"),
        ("noise", -40.0, "nobody"),
        ("noise", -65.0, "tone"),  # dead air has no tone: what is as faint and is no dead air, is one
        ("speech", -65.0, "speech"),
    ],
)
def test_the_class_to_learn_follows_from_label_and_level(label: str, level: float, name: str):
    assert class_of(label, level) == name


def test_nobody_is_dead_air_or_noise_by_its_level_and_a_tone_is_noise():
    chances = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
    labels, given = label_chances(("nobody", "speech", "tone"), chances, np.array([True, False]))
    assert labels == ("dead_air", "noise", "speech")
    assert given == pytest.approx(np.array([[0.6, 0.1, 0.3], [0.0, 0.7, 0.3]]))
