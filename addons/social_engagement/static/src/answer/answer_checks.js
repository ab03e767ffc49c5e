import {Component, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

const LEVELS = {
    ok: {icon: "fa-check", color: "text-success", label: _t("Fine")},
    warn: {icon: "fa-exclamation-triangle", color: "text-warning", label: _t("Look")},
    block: {icon: "fa-ban", color: "text-danger", label: _t("Must be fixed")},
};

/** Each rule for an answer before it is sent; what is fine only when asked for. */
export class AnswerChecks extends Component {
    static template = "social_engagement.AnswerChecks";
    static props = ["checks"];

    setup() {
        super.setup();
        this.state = useState({isOpen: false});
    }

    get shown() {
        const {checks} = this.props;
        return this.state.isOpen ? checks : checks.filter(({level}) => level !== "ok");
    }

    get worst() {
        const levels = this.props.checks.map(({level}) => level);
        return ["block", "warn"].find((level) => levels.includes(level)) ?? "ok";
    }

    get summary() {
        const {worst} = this;
        const count = this.props.checks.filter(({level}) => level === worst).length;
        if (worst === "ok") {
            return _t("All checks passed");
        }
        if (worst === "block") {
            return count === 1
                ? _t("1 issue to fix")
                : _t("%(count)s issues to fix", {count});
        }
        return count === 1 ? _t("1 warning") : _t("%(count)s warnings", {count});
    }

    levelOf({level}) {
        return LEVELS[level] ?? LEVELS.ok;
    }

    get level() {
        return LEVELS[this.worst];
    }
}
