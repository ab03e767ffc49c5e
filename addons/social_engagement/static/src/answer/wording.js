import {_t} from "@web/core/l10n/translation";

/** Who can read a post. The hint is what an agent reads before answering. */
export const VISIBILITIES = {
    public: {
        label: _t("public"),
        icon: "fa-globe",
        hint: _t("Public: everybody can read this answer."),
    },
    unlisted: {
        label: _t("unlisted"),
        icon: "fa-unlock",
        hint: _t("Unlisted: everybody can read this answer, but it is not promoted."),
    },
    followers: {
        label: _t("followers only"),
        icon: "fa-users",
        hint: _t("Followers only: it is not public, but others can read this answer."),
    },
    direct: {
        label: _t("private"),
        icon: "fa-lock",
        hint: _t("Private: only who is mentioned can read this answer."),
    },
};

/** A handle as people write it. Networks differ in whether they deliver it with the @. */
export function atHandle(handle) {
    return !handle || handle.startsWith("@") || /\s/.test(handle)
        ? handle
        : `@${handle}`;
}

/** An address only if it leads to a web page: what a network delivers is not trusted. */
export function webAddress(url) {
    return /^https?:\/\//i.test(url ?? "") ? url : undefined;
}
