from .losses.approval import Approval as Approval
from .losses.closeness import Closeness as Closeness
from .losses.debate import Debate as Debate
from .losses.imitation import Imitation as Imitation
from .losses.supervised import Supervised as Supervised
from .verdict import Verdict as Verdict
from .world.tree import Leaf as Leaf
from .world.world import Entry as Entry, World as World
from .world.worldfile import read_world as read_world
