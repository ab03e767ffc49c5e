from . import answer, sign_in, webhook
