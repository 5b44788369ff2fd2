from .files import RunError as RunError
from .files import read_rows as read_rows
from .judgements import (
    Judged as Judged,
)
from .judgements import (
    judgement_question as judgement_question,
)
from .judgements import (
    rating as rating,
)
from .judgements import (
    read_judgement_question as read_judgement_question,
)
from .judgements import (
    verdict as verdict,
)
from .quotes import check as check
from .render import action_text as action_text
from .render import read_action as read_action
from .render import workspace_text as workspace_text
from .transcripts import write_transcripts as write_transcripts
from .views import View as View
from .views import visible_facts as visible_facts
from .words import spell as spell
from .words import words as words
