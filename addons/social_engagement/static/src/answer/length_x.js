import {COUNTRIES, GENERIC} from "./top_level_domains";

/**
 * The length of a text as X counts it. Mirrors networks/x_text.py: links 23, emoji 2
 * however many parts they are made of, letters of Europe's scripts 1, others 2.
 */

const LINK_LENGTH = 23;
const LIGHT = [
    [0, 4351],
    [8192, 8205],
    [8208, 8223],
    [8242, 8247],
];
const PART =
    "\\p{Extended_Pictographic}(?!\\uFE0E)\\p{Emoji_Modifier}?\\uFE0F?" +
    "[\\u{E0020}-\\u{E007F}]*";
const EMOJI = new RegExp(
    "[0-9#*]\\uFE0F?\\u20E3" +
        "|\\p{Regional_Indicator}{2}" +
        "|[©®™♟]\\uFE0F" +
        `|(?![©®™♟])${PART}(?:\\u200D${PART})*`,
    "gu"
);
const choice = (names) => names.trim().split(/\s+/).join("|");
const GENERIC_ENDING = `(?:${choice(GENERIC)}|co|tv|xn--[a-z0-9\\-]+)`; // co, tv: used by all
const COUNTRY = `(?:${choice(COUNTRIES)})`;
const LETTER = "[\\p{L}\\p{M}\\p{N}]";
const LABEL = "[a-z0-9](?:[a-z0-9\\-]*[a-z0-9])?\\.";
const PATH = "[a-z0-9_À-ɏЀ-ӿ!*';:=+,.$\\/%#~@|&()?\\[\\]–\\-]";
const TAIL = `(?::\\d+)?(?:[\\/?#](?:${PATH}*[a-z0-9_À-ɏЀ-ӿ=#\\/+\\-])?)?`;
const NO_MORE = "(?![a-z0-9_@\\-]|\\.[a-z0-9])";
const LINK = new RegExp(
    "(?<![@a-z0-9_$#.\\-])(?:" +
        `https?:\\/\\/(?:${LETTER}(?:[\\p{L}\\p{M}\\p{N}_\\-]*${LETTER})?\\.)+` +
        `(?:[a-z]{2,}|(?:(?![a-z\\d_])[\\p{L}\\p{M}]){2,})${TAIL}` +
        `|(?:${LABEL})+${GENERIC_ENDING}${NO_MORE}${TAIL}` +
        `|(?:${LABEL}){2,}${COUNTRY}${NO_MORE}${TAIL}` +
        `|(?:${LABEL})${COUNTRY}\\/${PATH}+)`,
    "giu"
);

function weight(character) {
    const code = character.codePointAt(0);
    return LIGHT.some(([first, last]) => first <= code && code <= last) ? 1 : 2;
}

export function countX(text) {
    let length = 0;
    const rest = text
        .normalize("NFC")
        .replace(LINK, () => {
            length += LINK_LENGTH;
            return "";
        })
        .replace(EMOJI, () => {
            length += 2;
            return "";
        });
    return [...rest].reduce((sum, character) => sum + weight(character), length);
}
