from .curriculum import Curriculum as Curriculum
from .experiment import Allowance as Allowance, Evaluation as Evaluation, Experiment as Experiment
from .loop import Moment as Moment, run as run
from .prioritized_sampling import PrioritizedSampling as PrioritizedSampling
from .questions import Batches as Batches, sample_questions as sample_questions
from .replay_buffer import Replay as Replay
from .run_folder import RunFolder as RunFolder
from .schemes import SCHEMES as SCHEMES
from .trained import Trained as Trained, load_trained as load_trained
