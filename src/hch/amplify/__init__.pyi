from .amplify import Amplify as Amplify, HCH as HCH, Otherwise as Otherwise, nobody as nobody
from .waiting import Finished as Finished, Waiting as Waiting
