"""Other ways to tell dead air, measured on the same chunks: one file each, all of one shape (`protocol.Baseline`)."""

from typing import Final

from models.evaluation.baselines.boosting import Boosting
from models.evaluation.baselines.energy import Energy
from models.evaluation.baselines.mfcc import Mfcc
from models.evaluation.baselines.paper_bases import PaperBases
from models.evaluation.baselines.protocol import Baseline
from models.evaluation.baselines.silero import Silero
from models.evaluation.baselines.webrtc import Webrtc

BASELINES: Final[tuple[Baseline, ...]] = (Energy(), Webrtc(), Silero(), Mfcc(), PaperBases(), Boosting())
