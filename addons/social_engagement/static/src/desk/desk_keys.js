import {Component, useExternalListener, useState} from "@odoo/owl";

import {useCommand} from "@web/core/commands/command_hook";
import {Dialog} from "@web/core/dialog/dialog";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

import {draftInput, isComposing, isTyping, useDraftFirst} from "./draft_first";

const SETTING = "social_desk_keys";

/** What the keyboard does; a key names a method of the desk. */
export const KEYS = {
    j: {label: _t("Next conversation"), method: "moveDown", repeats: true},
    k: {label: _t("Previous conversation"), method: "moveUp", repeats: true},
    o: {label: _t("Open"), method: "openCursor"},
    r: {label: _t("Reply"), method: "answer"},
    s: {label: _t("Resolve and open the next"), method: "solveAndNext"},
    a: {label: _t("Assign to me"), method: "assignToMe"},
    z: {label: _t("Snooze"), method: "openSnooze"},
};

/** Other keys: they are always there. */
const MORE_KEYS = [
    ["Enter", _t("Open the selected conversation")],
    ["/", _t("Search")],
    ["Esc", _t("Close an empty reply or note")],
    ["?", _t("Show this help")],
    ["Ctrl+K", _t("All commands")],
];

export function areLettersOn() {
    return user.settings[SETTING] !== false;
}

/** Binds the keys and commands of the desk; only single letters can be switched off. */
export function useDeskKeys(desk) {
    const dialog = useService("dialog");
    const ui = useService("ui");
    const showHelp = () => dialog.add(DeskHelp, {});
    useDraftFirst();
    for (const [key, {label, method, repeats}] of Object.entries(KEYS)) {
        useHotkey(key, () => desk[method](), {
            allowRepeat: repeats,
            isAvailable: (target) =>
                areLettersOn() && !isTyping(target) && !draftInput(),
        });
        useCommand(label, () => desk[method](), {category: "app"});
    }
    useCommand(_t("Keyboard Shortcuts"), showHelp, {category: "app"});
    // These two stand on other keys in each country: Odoo knows no hotkeys for them.
    useExternalListener(window, "keydown", (ev) => {
        const act = {"?": showHelp, "/": () => desk.focusSearch()}[ev.key];
        const isBusy =
            ev.ctrlKey ||
            ev.altKey ||
            ev.metaKey ||
            isComposing(ev) ||
            isTyping(ev.target) ||
            draftInput();
        if (act && !isBusy && ui.activeElement === document) {
            ev.preventDefault();
            act();
        }
    });
    return showHelp;
}

/** All keys in one place, and the switch for the letters. */
export class DeskHelp extends Component {
    static template = "social_engagement.DeskHelp";
    static components = {Dialog};
    static props = ["close"];

    setup() {
        this.title = _t("Keyboard Shortcuts");
        this.state = useState({isOn: areLettersOn()});
        this.letters = Object.entries(KEYS);
        this.others = MORE_KEYS;
    }

    async toggle() {
        this.state.isOn = !this.state.isOn;
        await user.setUserSettings(SETTING, this.state.isOn);
    }
}
