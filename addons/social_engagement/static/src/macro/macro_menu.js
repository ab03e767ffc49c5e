import {Chatter} from "@mail/chatter/web_portal/chatter";

import {Component, useEffect, useState} from "@odoo/owl";

import {Dialog} from "@web/core/dialog/dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {uuid} from "@web/core/utils/strings";

import {offerUndo} from "../undo/undo";

/** What a macro will do; nothing is done before the agent agrees. */
export class MacroDialog extends Component {
    static template = "social_engagement.MacroDialog";
    static components = {Dialog};
    static props = ["macro", "thread", "preview", "onApplied", "close"];

    setup() {
        this.orm = useService("orm");
        this.key = uuid() + uuid();
        this.state = useState({
            preview: this.props.preview,
            isBusy: false,
            failure: "",
        });
    }

    async apply() {
        const {macro, thread, onApplied} = this.props;
        let done;
        Object.assign(this.state, {isBusy: true, failure: ""});
        try {
            done = await this.orm.call("social.macro", "apply_on", [
                [macro.id],
                thread.model,
                thread.id,
                this.state.preview.token,
                this.key,
            ]);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            // Nothing was done. What would be done now may be something else.
            this.state.failure = error.data?.message || error.message;
            this.state.preview = await preview(this.orm, macro, thread);
            return;
        } finally {
            this.state.isBusy = false;
        }
        this.props.close();
        await onApplied();
        offerUndo(this.env, done, onApplied);
    }
}

function preview(orm, macro, thread) {
    return orm.call("social.macro", "preview_on", [
        [macro.id],
        thread.model,
        thread.id,
    ]);
}

/** The macros for this conversation, in a menu, as commands and with their keys. */
export class MacroMenu extends Component {
    static template = "social_engagement.MacroMenu";
    static components = {Dropdown, DropdownItem};
    static props = ["thread", "onApplied"];

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.commands = useService("command");
        this.hotkeys = useService("hotkey");
        useEffect(
            (macros) => {
                const removals = macros.flatMap((macro) => this.register(macro));
                return () => removals.forEach((remove) => remove());
            },
            () => [this.macros]
        );
    }

    /** A command, and a key that works while one types; functions that remove them. */
    register(macro) {
        const open = () => this.open(macro);
        const name = _t("Macro: %(name)s", {name: macro.name});
        const removals = [this.commands.add(name, open, {category: "smart_action"})];
        if (macro.hotkey) {
            const options = {bypassEditableProtection: true};
            const keys = `alt+shift+${macro.hotkey}`;
            removals.push(this.hotkeys.add(keys, open, options));
        }
        return removals;
    }

    get macros() {
        return this.props.thread.social.macros;
    }

    async open(macro) {
        const {thread, onApplied} = this.props;
        this.dialog.add(MacroDialog, {
            macro,
            thread,
            onApplied,
            preview: await preview(this.orm, macro, thread),
        });
    }
}

Object.assign(Chatter.components, {MacroMenu});

patch(Chatter.prototype, {
    /** Something was done to the conversation: show what is so now. */
    async onSocialChanged() {
        await this.load(this.state.thread, [...this.requestList, "messages"]);
        await this.reloadParentView();
    },
});
