import {registry} from "@web/core/registry";

import {countX} from "./length_x";
import {withoutLinks} from "./links";

/**
 * How long an answer is for a network, and what will stand there. Mirrors length() and
 * compose() of the adapters in networks/, so that agents see while they type what the
 * server checks when they send. By what an adapter says of its counting; a network may
 * also have an entry of its own, by its technical name.
 */
export const answerLengths = registry.category("social_engagement.answer_lengths");

const MAX_BYTES = 3000; // of a Bluesky post, beside its 300 graphemes
const WORD = "[\\p{L}\\p{M}\\p{N}_]";
const LINK_LENGTH = 23; // on Mastodon, unless the server says otherwise
const MENTION = new RegExp(
    `(?<![=/\\p{L}\\p{M}\\p{N}_])@(${WORD}[\\p{L}\\p{M}\\p{N}_.-]*)` +
        `@[\\p{L}\\p{M}\\p{N}_.-]+${WORD}(?::\\d+)?`,
    "gu"
);

export function countCharacters(text) {
    return [...text].length;
}

/** Characters as people see them: a flag or a family is one. */
export function countGraphemes(text) {
    if (!Intl.Segmenter) {
        return countCharacters(text);
    }
    const segmenter = new Intl.Segmenter(undefined, {granularity: "grapheme"});
    return [...segmenter.segment(text)].length;
}

export function countBytes(text) {
    return new TextEncoder().encode(text).length;
}

/**
 * A link counts what the server says, a mention counts without its server. Servers that
 * count links as they are written do so with mentions.
 *
 * @param {string} text
 * @param {number} [linkLength] 0: 23, as Mastodon itself; -1: as it is written
 */
export function countMastodon(text, linkLength = 0) {
    if (linkLength < 0) {
        return countGraphemes(text);
    }
    const link = "x".repeat(linkLength || LINK_LENGTH);
    return countGraphemes(withoutLinks(text, link).replace(MENTION, "@$1"));
}

/** A text over the bytes allowed counts a tenth of its bytes. */
export function countBluesky(text) {
    const bytes = countBytes(text);
    const graphemes = countGraphemes(text);
    return bytes > MAX_BYTES ? Math.max(graphemes, Math.ceil(bytes / 10)) : graphemes;
}

export const COUNTINGS = {
    characters: countCharacters,
    graphemes: countGraphemes,
    utf16: (text) => text.length,
    bytes: countBytes,
    mastodon: countMastodon,
    x: countX,
};

answerLengths.add("bluesky", countBluesky);

/**
 * @param {string} text as typed
 * @param {string} prefix what the network wants in front, unless it is in the text
 */
export function composeAnswer(text, prefix) {
    const mention = prefix.trim().toLowerCase();
    return !mention || text.toLowerCase().includes(mention) ? text : prefix + text;
}

/**
 * @param {string} text as typed
 * @param {string} [signature] what stands at the end, unless it is in the text
 */
export function signAnswer(text, signature = "") {
    return !text || text.endsWith(signature.trim()) ? text : text + signature;
}

/**
 * @param {string} text as typed
 * @param {{network: string, counting: string, prefix: string, signature?: string,
 *  link_length?: number}} social what the thread knows of its network
 */
export function answerLength(text, social) {
    const {network, counting, prefix, signature, link_length: linkLength} = social;
    const count = answerLengths.get(network, COUNTINGS[counting] ?? countCharacters);
    return count(composeAnswer(signAnswer(text.trim(), signature), prefix), linkLength);
}
