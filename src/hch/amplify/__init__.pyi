from .amplify import HCH as HCH
from .amplify import Amplify as Amplify
from .amplify import Otherwise as Otherwise
from .amplify import nobody as nobody
from .waiting import Finished as Finished
from .waiting import Waiting as Waiting
