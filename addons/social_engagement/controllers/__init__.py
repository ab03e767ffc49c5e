from . import answer
