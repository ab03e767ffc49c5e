from . import answer, deletion, sign_in, webhook
