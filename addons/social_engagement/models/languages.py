"""Languages by their ISO 639-1 codes, with names people read."""

from babel import Locale, UnknownLocaleError

from ..analysis.language import known_languages

SURE = 0.7  # from here on a language counts as recognised


def language_name(env, code):
    """The name of a language in the reader's language; the code where there is none."""
    try:
        reader = Locale.parse((env.lang or "en_US").split("@")[0])
    except (UnknownLocaleError, ValueError):
        reader = Locale("en")
    return (reader.languages.get(code) or code).capitalize() if code else ""


def language_selection(env):
    """All languages that can be told apart, (code, name), sorted by name."""
    named = [(code, language_name(env, code)) for code in known_languages() | {"zh"}]
    return sorted(named, key=lambda entry: entry[1])
