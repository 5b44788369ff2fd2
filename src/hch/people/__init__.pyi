from .human import Person as Person, Recorded as Recorded, prepare_project as prepare_project
from .settings import People as People
from .store.acting import submit as submit
from .store.agreement import agreement as agreement
from .store.database import Database as Database, open_store as open_store
from .store.desk import take as take
from .store.items import load_item as load_item
from .store.judging import Verdict as Verdict, give_verdict as give_verdict
from .store.people import make_person as make_person
from .store.posting import post_roots as post_roots
from .store.projects import Rules as Rules, find_project as find_project, make_project as make_project
