from .imitated import Imitated as Imitated, ImitatedSettings as ImitatedSettings
from .language import Prompted as Prompted, examples_from as examples_from
from .overseeing import Overseeing as Overseeing
from .scripted import Script as Script, Scripted as Scripted, Steps as Steps, ask as ask, give_up as give_up, reply as reply
