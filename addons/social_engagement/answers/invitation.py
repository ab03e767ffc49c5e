"""The words that invite a customer to go on in private."""

_WORDS = {
    "de": "Schreiben Sie uns bitte privat, dann klären wir das: {way}",
    "en": "Please write to us in private, so that we can sort this out: {way}",
    "es": "Escríbanos por mensaje privado, por favor, para resolverlo: {way}",
    "fr": "Écrivez-nous en message privé, s’il vous plaît, pour régler cela : {way}",
    "zh": "请私信我们，以便为您处理：{way}",
}


def invitation(way, language=None):
    """An answer that asks the customer to write in private.

    :param way: where: an address, or a mention to write to
    :param language: the customer's, ISO 639-1; English where it has no words
    """
    return _WORDS.get(language, _WORDS["en"]).format(way=way)
