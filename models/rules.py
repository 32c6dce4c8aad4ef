"""What needs no learning: labels that follow from their definitions, and tones that are certain."""

from typing import Final

from models.evidence import Evidence

# Definitions: the table of labels in docs/design.md
SILENCE_CODES: Final = 0.95  # of the received samples: digital silence
DEAD_AIR_DBFS: Final = -55.0  # RMS after coding: below is dead air, above is noise, when nobody speaks

MIN_COVERAGE: Final = 0.25  # half a second received is the least that anything is judged on

# Tones are found by a detector that says when each sounds; what matters here is how much of the chunk they take.
# The shares were tuned on simulated calls and real recordings before the data set of models.dataset was there.
_CADENCE_SHARE: Final = 0.04  # a tenth of a second: an edge of busy or ring-back reaching into the chunk
_KEYS_ALONE: Final = 0.9  # digits and silence codes together leave no room for a talker
_LONE_SHARE: Final = 0.04
_LONE_CONTRAST_DB: Final = 30.0
_QUIET_DBFS: Final = -50.0
_FILLED: Final = 0.8  # of what came coded: besides the tone there is nothing


def judge_by_rule(evidence: Evidence) -> tuple[str, float, list[str]] | None:
    """Label what can be told without a model.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    tuple of label, probability and reasons, or None
        None means that the sound itself has to be judged. Reasons: ``no_media``, ``fax_tone``, ``modem_tone``,
        ``sit_tone``, ``busy_tone``, ``ringback_tone``, ``lone_tone``, ``dial_tone``, ``events_only``,
        ``comfort_noise``, ``low_coverage``, ``keys_in_silence``, ``keys_told``, ``silence_codes``.
    """
    return _by_tone(evidence) or _by_silence(evidence)


def _by_tone(evidence: Evidence) -> tuple[str, float, list[str]] | None:
    share = evidence.tone_shares.get
    if share("fax", 0.0) > 0.0:
        return "fax", 1.0, ["fax_tone"]
    if share("modem", 0.0) > 0.0:  # after fax: a fax of ITU-T V.34 answers as a modem does, and then shows what it is
        return "modem", 1.0, ["modem_tone"]
    if share("sit", 0.0) > 0.0:
        return "sit", 1.0, ["sit_tone"]
    if share("dtmf", 0.0) > 0.0 and evidence.coverage < MIN_COVERAGE:
        return "dtmf", 1.0, ["events_only"]
    return _by_progress(evidence)


def _by_progress(evidence: Evidence) -> tuple[str, float, list[str]] | None:
    share = evidence.tone_shares.get
    busy, ringback = share("busy", 0.0), share("ringback", 0.0)
    if max(busy, ringback) >= _CADENCE_SHARE:
        return ("busy", 0.98, ["busy_tone"]) if busy >= ringback else ("ringback", 0.98, ["ringback_tone"])
    if share("dial", 0.0) >= 0.5:
        return "undecided", 1.0, ["dial_tone"]
    if share("tone", 0.0) >= _LONE_SHARE and _alone(evidence):
        # one burst of 400 to 450 Hz in two seconds: busy would show two, so it is most likely a ring
        return "ringback", 0.6, ["lone_tone"]
    return None


def _alone(evidence: Evidence) -> bool:
    """Whether the chunk is quiet but for its loud frames, as music and speech never are."""
    contrast = evidence.loudest_frame_dbfs - evidence.quietest_frame_dbfs
    return contrast >= _LONE_CONTRAST_DB and evidence.quietest_frame_dbfs <= _QUIET_DBFS


def _by_silence(evidence: Evidence) -> tuple[str, float, list[str]] | None:
    if evidence.coverage <= 0.0:
        return "no_media", 1.0, ["no_media"]
    if evidence.comfort_noise_share > 0.5 * evidence.coverage:
        return _by_comfort_noise(evidence)
    if evidence.coverage < MIN_COVERAGE:
        return "undecided", 1.0, ["low_coverage"]
    if (keys := _by_keys(evidence)) is not None:
        return keys
    if evidence.silence_code_share >= SILENCE_CODES:
        return "digital_silence", 1.0, ["silence_codes"]
    return None


def _by_comfort_noise(evidence: Evidence) -> tuple[str, float, list[str]]:
    """Mostly comfort noise: the sender is silent, but for the end of a ring (keys are told by the passages)."""
    coded = evidence.coverage - evidence.comfort_noise_share
    if evidence.tone_shares.get("tone", 0.0) >= _FILLED * coded > 0.0:
        return "ringback", 0.6, ["lone_tone"]
    return "comfort_noise", 1.0, ["comfort_noise"]


def _by_keys(evidence: Evidence) -> tuple[str, float, list[str]] | None:
    keys = evidence.tone_shares.get("dtmf", 0.0)
    if keys > 0.0 and evidence.silence_code_share + keys >= _KEYS_ALONE:
        return "dtmf", 0.99, ["keys_in_silence"]
    if keys > 0.0 and evidence.rms_dbfs < DEAD_AIR_DBFS:
        return "dtmf", 0.95, ["keys_told"]  # by events: keys heard would be louder, and so would most talkers
    return None
