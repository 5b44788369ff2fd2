from .endpoint.endpoint import Endpoint as Endpoint, EndpointSettings as EndpointSettings
from .endpoint.ledger import Ledger as Ledger, Prices as Prices
from .excerpts import Excerpts as Excerpts
from .language.frozen import FrozenLanguageModel as FrozenLanguageModel
from .language.model import LanguagePolicy as LanguagePolicy, load_language as load_language
from .reader.policy import ReaderPolicy as ReaderPolicy
from .settings import Generation as Generation, LanguageLearnerSettings as LanguageLearnerSettings, LanguageSettings as LanguageSettings, LearnerSettings as LearnerSettings, ReaderSettings as ReaderSettings
from .table import Table as Table
