/**
 * Where the links of a text begin and end. Mirrors networks/links.py: what closes a
 * sentence, a bracket or a quote is no part of a link.
 */

const ENDS = '\\s<>"“”„«»‹›「」『』《》〈〉【】（）［］｛｝。、，；：！？｡､…';
const EAST = "\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af";
const HOST = `[a-z0-9.-]+\\.[a-z]{2,}(?=[${EAST}])(?![^${ENDS}/]*\\.)`;
const LINK = new RegExp(`(?<![a-z0-9_/@])https?://(?:${HOST}|[^${ENDS}]+)`, "gi");
const CLOSING = ".,;:!?'’‘*";
const BRACKETS = {")": "(", "]": "[", "}": "{"};

function trimmed(link) {
    const left = {};
    for (const bracket of "()[]{}") {
        left[bracket] = link.split(bracket).length - 1;
    }
    let end = link.length;
    for (; end; end--) {
        const last = link[end - 1];
        const opening = BRACKETS[last];
        if (!CLOSING.includes(last) && !(left[opening] < left[last])) {
            break;
        }
        left[last]--;
    }
    return link.slice(0, end);
}

/** A text with something else in place of each link. */
export function withoutLinks(text, put) {
    return text.replace(LINK, (match) => {
        const link = trimmed(match);
        return link.endsWith("//") ? match : put + match.slice(link.length);
    });
}
