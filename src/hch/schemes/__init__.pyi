from .advantages import SampledAnswer as SampledAnswer, advantages as advantages, sample_answers as sample_answers, weigh_samples as weigh_samples
from .approval import Approval as Approval
from .closeness import Closeness as Closeness
from .counterfactual import Counterfactual as Counterfactual
from .debate import Debate as Debate
from .debate_protocol import Library as Library, Protocol as Protocol, Quoted as Quoted
from .imitation import Imitation as Imitation
from .needs import Headroom as Headroom, Needs as Needs
from .reward import Reward as Reward
from .supervised import Supervised as Supervised
