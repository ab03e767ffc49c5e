import {deserializeDateTime, formatDate, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;
const SOON = 60; // minutes
const DAY = 24 * 60;
const MOST_DAYS = 99; // what is farther away is a date

/** What the list can be of. */
export const BOXES = {
    todo: {label: _t("To Do")},
    mine: {label: _t("Mine")},
    unassigned: {label: _t("Unassigned")},
    waiting: {label: _t("Waiting on Customer")},
    snoozed: {label: _t("Snoozed")},
    done: {label: _t("Closed")},
};

export const MOODS = {
    negative: {label: _t("Negative"), colour: "text-bg-danger"},
    positive: {label: _t("Positive"), colour: "text-bg-success"},
};

/** How many, as the server counts them: no further than a hundred. */
export function countText(count) {
    return count > 100 ? "100+" : String(count ?? "");
}

/** When it is due, in words, and how it looks; undefined: it is not. */
export function dueWords(due, now = DateTime.now()) {
    if (!due) {
        return undefined;
    }
    const moment = deserializeDateTime(due);
    const minutes = moment.diff(now, "minutes").minutes;
    const time = span(Math.abs(minutes));
    return {
        title: formatDateTime(moment),
        text:
            minutes < 0
                ? _t("Overdue by %(time)s", {time})
                : _t("Due in %(time)s", {time}),
        colour:
            minutes < 0
                ? "text-bg-danger"
                : minutes < SOON
                  ? "text-bg-warning"
                  : "text-bg-light",
    };
}

/** How long ago, short. */
export function ago(moment, now = DateTime.now()) {
    return moment ? span(now.diff(deserializeDateTime(moment), "minutes").minutes) : "";
}

export function momentText(moment) {
    return moment ? formatDateTime(deserializeDateTime(moment)) : "";
}

/**
 * When something is or was, as one says it: "in 11 h", "tomorrow", "in 5 days", "2 h ago".
 * Never more time than there is.
 */
export function relativeWords(moment, now = DateTime.now()) {
    const minutes = moment.diff(now, "minutes").minutes;
    const days = moment.startOf("day").diff(now.startOf("day"), "days").days;
    if (Math.abs(minutes) < DAY) {
        const time = span(Math.abs(minutes));
        return minutes < 0 ? _t("%(time)s ago", {time}) : _t("in %(time)s", {time});
    }
    if (Math.abs(days) > MOST_DAYS) {
        return formatDate(moment);
    }
    const count = Math.abs(Math.round(days));
    if (count === 1) {
        return days < 0 ? _t("yesterday") : _t("tomorrow");
    }
    return days < 0
        ? _t("%(count)s days ago", {count})
        : _t("in %(count)s days", {count});
}

function span(exactly) {
    const minutes = Math.round(exactly);
    if (minutes < 1) {
        return _t("moments");
    }
    if (minutes < SOON) {
        return _t("%(count)s min", {count: minutes});
    }
    const hours = Math.floor(minutes / 60);
    return hours < 48
        ? _t("%(count)s h", {count: hours})
        : _t("%(count)s days", {count: Math.floor(hours / 24)});
}
