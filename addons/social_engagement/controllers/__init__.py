from . import answer, deletion, presence, sign_in, webhook
