import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;

/** Who can read a post. The hint is what an agent reads before answering. */
export const VISIBILITIES = {
    public: {
        label: _t("public"),
        icon: "fa-globe",
        hint: _t("Public: everyone can read this reply."),
    },
    unlisted: {
        label: _t("unlisted"),
        icon: "fa-unlock",
        hint: _t("Unlisted: everyone can read this reply, but it is not promoted."),
    },
    followers: {
        label: _t("followers only"),
        icon: "fa-users",
        hint: _t("Followers only: followers can read this reply."),
    },
    direct: {
        label: _t("private"),
        icon: "fa-lock",
        hint: _t("Private: only the people mentioned can read this reply."),
    },
};

/** When an answer can be sent; what that means is settled when the agent sends it. */
export const SEND_TIMES = {
    now: {label: _t("Send Now"), moment: () => null},
    hour: {label: _t("In 1 Hour"), moment: (now) => now.plus({hours: 1})},
    tomorrow: {
        label: _t("Tomorrow, 9:00"),
        moment: (now) => now.plus({days: 1}).startOf("day").set({hour: 9}),
    },
    at: {label: _t("Schedule…"), moment: (now, at) => DateTime.fromISO(at)},
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
