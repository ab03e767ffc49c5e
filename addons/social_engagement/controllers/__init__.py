from . import answer, deletion, rating, sign_in, webhook
