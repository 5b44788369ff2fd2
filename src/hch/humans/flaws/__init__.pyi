from .anchored import Anchored as Anchored
from .charmed import Charmed as Charmed
from .corruptible import Corruptible as Corruptible
from .flaw import Flaw as Flaw, list_flaws as list_flaws, remove_flaws as remove_flaws
from .length_biased import LengthBiased as LengthBiased
from .noisy import Noisy as Noisy
from .outargued import Outargued as Outargued
from .persuadable import Persuadable as Persuadable
