from . import answer, deletion, presence, rating, sign_in, webhook
