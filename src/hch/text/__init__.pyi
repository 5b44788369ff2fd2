from .files import RunError as RunError, read_rows as read_rows
from .judgements import Judged as Judged, judgement_question as judgement_question, rating as rating, read_judgement_question as read_judgement_question, verdict as verdict
from .quotes import check as check
from .render import action_text as action_text, read_action as read_action, workspace_text as workspace_text
from .transcripts import write_transcripts as write_transcripts
from .views import View as View, visible_facts as visible_facts
from .words import spell as spell, words as words
