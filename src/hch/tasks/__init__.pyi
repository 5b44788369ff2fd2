from .arithmetic import Arithmetic as Arithmetic
from .assignments import Assignments as Assignments
from .facts import NOT_PRIMITIVE as NOT_PRIMITIVE, TaskError as TaskError, lookup_answer as lookup_answer
from .fixed import Fixed as Fixed, Guessing as Guessing
from .lists import Lists as Lists
from .paths import Paths as Paths
from .permutation import Permutation as Permutation
from .questions import Questions as Questions
from .reading import Reading as Reading
from .task import Task as Task
from .union_find import UnionFind as UnionFind
from .wildcard import Wildcard as Wildcard
from .words import WordLists as WordLists
from .wordy import WithoutPhrases as WithoutPhrases, Wordy as Wordy
