import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Shares as bars, each with its name and number, and a sentence where there is one. The
 * field is a list of {name, label, value: 0–1 or null for unknown, sentence}.
 */
export class BarsField extends Component {
    static template = "social_engagement.BarsField";
    static props = {...standardFieldProps};

    get bars() {
        return (this.props.record.data[this.props.name] || []).map((bar) => {
            const known = bar.value !== null && bar.value !== undefined;
            const percent = known ? Math.round(100 * bar.value) : 0;
            return {...bar, percent, text: known ? `${percent} %` : _t("unknown")};
        });
    }
}

registry.category("fields").add("social_bars", {
    component: BarsField,
    displayName: _t("Bars"),
    supportedTypes: ["json"],
});
