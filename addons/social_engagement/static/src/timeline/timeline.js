import {
    Component,
    onWillStart,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";

import {MoodCurve} from "./mood_curve";
import {TimelineEntry} from "./timeline_entry";

const {DateTime} = luxon;
const UNFILTERED = {
    kind: "",
    channel: "",
    period: "",
    since: "",
    until: "",
    text: "",
    company: false,
};
const MOOD_FILTERS = ["company", "period", "since", "until"];

/**
 * Everything that was ever said to, by and about a contact, newest first: a page at a
 * time, the next when the reader comes near the end.
 */
export class Timeline extends Component {
    static template = "social_engagement.Timeline";
    static components = {MoodCurve, TimelineEntry};
    static props = {partnerId: Number};

    setup() {
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.feed = useRef("feed");
        this.last = new KeepLast();
        this.lastMood = new KeepLast();
        this.state = useState({
            options: null,
            mood: [],
            entries: [],
            cursor: undefined,
            filters: {...UNFILTERED},
            loading: false,
            failed: false,
        });
        this.searchSoon = useDebounced(() => this.restart(), 400);
        this.watchEnd();
        onWillStart(() => this.open(this.props.partnerId));
        onWillUpdateProps(({partnerId}) => {
            if (partnerId !== this.props.partnerId) {
                return this.open(partnerId);
            }
        });
    }

    /** Looks anew after each page: the end may still be in sight. */
    watchEnd() {
        const end = useRef("end");
        const observer = new IntersectionObserver((seen) => {
            if (seen.at(-1).isIntersecting) {
                this.more();
            }
        });
        useEffect(
            (el, idle) => {
                if (el && idle) {
                    observer.observe(el);
                    return () => observer.unobserve(el);
                }
            },
            () => [end.el, !this.state.loading && !this.state.failed]
        );
    }

    /** Another contact: nothing of the one before is left, not even for a moment. */
    async open(partnerId) {
        this.partnerId = partnerId;
        this.state.filters = {...UNFILTERED};
        this.state.options = null;
        this.state.mood = [];
        const options = this.orm.silent.call("res.partner", "social_timeline_options", [
            partnerId,
        ]);
        await Promise.all([
            options.then(
                (found) => partnerId === this.partnerId && (this.state.options = found),
                () => (this.state.failed = true)
            ),
            this.followMood(),
            this.restart(),
        ]);
    }

    /** Of the same people and the same time as the entries. */
    async followMood() {
        const {company, since, until} = this.wanted;
        try {
            this.state.mood = await this.lastMood.add(
                this.orm.silent.call("res.partner", "social_timeline_mood", [
                    this.partnerId,
                    {company, since, until},
                ])
            );
        } catch {
            this.state.mood = [];
            this.state.failed = true;
        }
    }

    retry() {
        this.state.failed = false;
        this.followMood();
        return this.more();
    }

    restart() {
        this.state.entries = [];
        this.state.cursor = undefined;
        this.state.loading = false;
        return this.more();
    }

    /** The next page. It may have nothing to show and still not be the last. */
    async more() {
        if (this.state.loading || this.state.cursor === null) {
            return;
        }
        this.state.loading = true;
        try {
            const found = await this.last.add(
                this.orm.silent.call("res.partner", "social_timeline", [
                    this.partnerId,
                    this.wanted,
                    this.state.cursor || null,
                ])
            );
            this.store.insert(found.store);
            this.state.entries.push(...found.entries);
            this.state.cursor = found.cursor;
            this.state.failed = false;
        } catch {
            this.state.failed = true;
        }
        this.state.loading = false;
    }

    get wanted() {
        const {kind, channel, text, company} = this.state.filters;
        const wanted = {kind, channel, text: text.trim(), company, ...this.span};
        return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
    }

    get span() {
        const {period, since, until} = this.state.filters;
        if (period === "dates") {
            return {
                since: since && serializeDateTime(DateTime.fromISO(since)),
                until:
                    until && serializeDateTime(DateTime.fromISO(until).plus({days: 1})),
            };
        }
        return period
            ? {since: serializeDateTime(DateTime.now().minus({days: Number(period)}))}
            : {};
    }

    get periods() {
        return [
            ["", _t("Any time")],
            ["7", _t("Last 7 days")],
            ["30", _t("Last 30 days")],
            ["365", _t("Last 12 months")],
            ["dates", _t("From … to …")],
        ];
    }

    get isFiltered() {
        return Object.keys(this.wanted).some((name) => name !== "company");
    }

    /** Entries under the month they are of. */
    get months() {
        const months = [];
        for (const entry of this.state.entries) {
            const date = DateTime.fromSQL(entry.date, {zone: "utc"}).toLocal();
            const name = date.toFormat("LLLL yyyy");
            if (months.at(-1)?.name !== name) {
                months.push({name, entries: []});
            }
            months.at(-1).entries.push(entry);
        }
        return months;
    }

    kindLabel(entry) {
        return this.label(this.state.options?.kinds, entry.kind);
    }

    channelLabel(entry) {
        return this.label(this.state.options?.channels, entry.channel);
    }

    label(choices, value) {
        return choices?.find(([key]) => key === value)?.[1] || value;
    }

    filter(name, value) {
        this.state.filters[name] = value;
        if (name === "text") {
            this.searchSoon();
        } else {
            this.restart();
        }
        if (MOOD_FILTERS.includes(name)) {
            this.followMood();
        }
    }

    clear() {
        this.state.filters = {...UNFILTERED, company: this.state.filters.company};
        this.followMood();
        this.restart();
    }

    /** Page up and down go from entry to entry, as in any feed (WAI-ARIA). */
    onKeydown(event) {
        const step = {PageDown: 1, PageUp: -1}[event.key];
        const here = event.target.closest("[role=article]");
        if (!step || !here) {
            return;
        }
        event.preventDefault();
        const all = [...this.feed.el.querySelectorAll("[role=article]")];
        all[all.indexOf(here) + step]?.focus();
        if (step > 0 && all.at(-1) === here) {
            browser.setTimeout(() => this.more());
        }
    }
}
