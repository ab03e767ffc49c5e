import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;
const WIDTH = 600;
const HEIGHT = 60;
const MARGIN = 4;

/** How the mood of somebody's posts went: a curve, and the same in words. */
export class MoodCurve extends Component {
    static template = "social_engagement.MoodCurve";
    static props = {points: Array}; // {at, mood: −1…1, count}, oldest first

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get line() {
        const times = this.props.points.map((point) => this.time(point).toMillis());
        const [first, last] = [times[0], times.at(-1)];
        return this.props.points
            .map(({mood}, index) => {
                const part = (times[index] - first) / (last - first || 1);
                const x = MARGIN + part * (WIDTH - 2 * MARGIN);
                const y = MARGIN + ((1 - mood) / 2) * (HEIGHT - 2 * MARGIN);
                return `${x.toFixed(1)},${y.toFixed(1)}`;
            })
            .join(" ");
    }

    get middle() {
        return HEIGHT / 2;
    }

    get width() {
        return WIDTH;
    }

    get words() {
        const {points} = this.props;
        return _t(
            "Mood of %(count)s posts: %(first)s in %(begin)s, %(last)s in %(end)s.",
            {
                count: points.reduce((sum, {count}) => sum + count, 0),
                first: this.word(points[0].mood),
                begin: this.month(points[0]),
                last: this.word(points.at(-1).mood),
                end: this.month(points.at(-1)),
            }
        );
    }

    time(point) {
        return DateTime.fromSQL(point.at, {zone: "utc"}).toLocal();
    }

    month(point) {
        return this.time(point).toLocaleString({month: "short", year: "numeric"});
    }

    word(mood) {
        if (Math.abs(mood) < 0.2) {
            return _t("neutral");
        }
        return mood > 0 ? _t("positive") : _t("negative");
    }
}
