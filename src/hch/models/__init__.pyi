from .endpoint.endpoint import Endpoint as Endpoint, EndpointSettings as EndpointSettings
from .endpoint.ledger import Ledger as Ledger, Prices as Prices
from .excerpts import Excerpts as Excerpts
from .language.frozen import FrozenLanguageModel as FrozenLanguageModel
from .language.generation import Generation as Generation
from .language.learner import LanguageLearnerSettings as LanguageLearnerSettings
from .language.model import (
    LanguagePolicy as LanguagePolicy,
    LanguageSettings as LanguageSettings,
    load_language as load_language,
)
from .reader.learner import LearnerSettings as LearnerSettings
from .reader.network import ReaderSettings as ReaderSettings
from .reader.policy import ReaderPolicy as ReaderPolicy
from .table import Table as Table
