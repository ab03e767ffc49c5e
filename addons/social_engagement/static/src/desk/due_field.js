import {Component} from "@odoo/owl";

import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {relativeWords} from "./wording";

/** A moment as one says it, exactly on hovering; `is_due`: what has passed is late. */
export class DueField extends Component {
    static template = "social_engagement.DueField";
    static props = {...standardFieldProps, isDue: {type: Boolean, optional: true}};

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return relativeWords(this.moment);
    }

    get title() {
        return formatDateTime(this.moment);
    }

    get isLate() {
        return this.props.isDue && this.moment < luxon.DateTime.now();
    }
}

registry.category("fields").add("social_due", {
    component: DueField,
    displayName: _t("Time Until or Since"),
    supportedTypes: ["datetime"],
    extractProps: ({options}) => ({isDue: Boolean(options.is_due)}),
});
