import {useExternalListener} from "@odoo/owl";

import {useService} from "@web/core/utils/hooks";

const COMPOSER = ".o-mail-Composer";
const EDITABLE = "[contenteditable=true]";
const INPUT = `${COMPOSER}-input, ${EDITABLE}`;
const DESK = ".o-social-Desk";
const WITHOUT_TEXT = [
    "button",
    "checkbox",
    "color",
    "file",
    "radio",
    "range",
    "submit",
];

let lastUsed; // the composer's input that had the focus last

/** Whether letters mean something to what has the focus. */
export function isTyping(target) {
    const field = target.closest?.(`input, textarea, select, ${EDITABLE}`);
    return Boolean(field) && !WITHOUT_TEXT.includes(field.type);
}

/** An input method is at work: none of its keys is meant for the page. */
export function isComposing(ev) {
    return ev.isComposing || ev.keyCode === 229;
}

/**
 * Where somebody is writing: the input of a composer that is open beside the list, or of
 * any other on the page, like a chat window's, that has text in it. Of several the one
 * that was used last; undefined: nobody is writing.
 */
export function draftInput() {
    const inputs = [...document.querySelectorAll(COMPOSER)]
        .filter((composer) => composer.checkVisibility())
        .map((composer) => composer.querySelector(INPUT))
        .filter((input) => input && (input.closest(DESK) || textOf(input)));
    return inputs.find((input) => input === lastUsed) || inputs[0];
}

function textOf(input) {
    return (input.value ?? input.textContent).trim();
}

/** A key that writes or deletes a letter. AltGr, that looks like Ctrl+Alt, writes too. */
function isLetter(ev) {
    const isCommand = (ev.ctrlKey || ev.altKey) && !ev.getModifierState("AltGraph");
    if (isCommand || ev.metaKey || !ev.key) {
        return false;
    }
    return [...ev.key].length === 1 || ["Backspace", "Delete"].includes(ev.key);
}

/** Space presses the button that the keyboard has come to. */
function isPress({key, target}) {
    return key === " " && target !== document.body && target.matches(":focus-visible");
}

/** The choices beside a draft are made by mouse or arrows: letters are the draft's. */
function isElsewhere(target) {
    return isTyping(target) && !target.closest(`${COMPOSER} select`);
}

/** As the browser itself would, so that Ctrl+Z takes it back; whether it could. */
function write(key) {
    const command = {Backspace: "delete", Delete: "forwardDelete"}[key];
    return command
        ? document.execCommand(command)
        : document.execCommand("insertText", false, key);
}

/** Menus beside the draft take no letters: what was typed there would be lost. */
function isLettered(active) {
    return active !== document && !active.querySelector(".o-social-AnswerSuggestions");
}

function putFocus(input) {
    input.focus({preventScroll: true});
}

/**
 * While a draft is open no single key acts, wherever the focus went: letters go on where
 * they were typed before. A click on what stands around a draft leaves it the focus.
 */
export function useDraftFirst() {
    const ui = useService("ui");
    useExternalListener(window, "focusin", ({target}) => {
        if (target.matches(INPUT) && target.closest(COMPOSER)) {
            lastUsed = target;
        }
    });
    const onKeydown = (ev) => {
        const isOthers =
            isComposing(ev) ||
            isElsewhere(ev.target) ||
            isLettered(ui.activeElement) ||
            !isLetter(ev) ||
            isPress(ev);
        const input = !isOthers && draftInput();
        if (input) {
            putFocus(input);
            ev.stopImmediatePropagation();
            if (write(ev.key)) {
                ev.preventDefault();
            }
        }
    };
    useExternalListener(window, "keydown", onKeydown, {capture: true});
    useExternalListener(window, "click", ({target, detail}) => {
        const composer = target.closest?.(`${DESK} ${COMPOSER}`);
        // Who came by keyboard, where `detail` is 0, goes on from there.
        if (!composer || !detail || target.closest("select, a") || isTyping(target)) {
            return;
        }
        const isLeft = [null, document.body].includes(document.activeElement);
        const input = composer.querySelector(INPUT);
        const isSelecting = document.getSelection()?.isCollapsed === false;
        if (
            input &&
            !isSelecting &&
            (isLeft || composer.contains(document.activeElement))
        ) {
            putFocus(input);
        }
    });
}
