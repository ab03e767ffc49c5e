import {Component, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

import {offerUndo} from "../undo/undo";

/**
 * What the analysis says of a post, each with a list of what it may be instead: a click
 * there corrects it at once. Of topics several may be chosen.
 */
export class CorrectionsField extends Component {
    static template = "social_engagement.CorrectionsField";
    static components = {Dropdown, DropdownItem};
    static props = {...standardFieldProps};

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({isBusy: false});
    }

    get tasks() {
        return this.props.record.data[this.props.name] || [];
    }

    chosen(task) {
        return task.value ? task.value.split(",") : [];
    }

    isChosen(task, value) {
        return this.chosen(task).includes(value);
    }

    /** The value of a task after a click on one of its choices. */
    after(task, value) {
        if (task.task !== "topic") {
            return value;
        }
        const others = this.chosen(task).filter((id) => id !== value);
        return [...others, ...(this.isChosen(task, value) ? [] : [value])].join(",");
    }

    async correct(task, value) {
        const {record} = this.props;
        this.state.isBusy = true;
        try {
            if (await record.save()) {
                const done = await this.orm.call(record.resModel, "action_correct", [
                    [record.resId],
                    task.task,
                    this.after(task, value),
                ]);
                await record.load();
                offerUndo(this.env, done, () => record.load());
            }
        } finally {
            this.state.isBusy = false;
        }
    }
}

registry.category("fields").add("social_corrections", {
    component: CorrectionsField,
    displayName: _t("Corrections"),
    supportedTypes: ["json"],
});
