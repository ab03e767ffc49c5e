import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

/**
 * Says what was done, and offers for some seconds to undo it.
 *
 * @param {Object} env
 * @param {Object|false} done what the server answered: see _undoable() there
 * @param {() => Promise} [onUndone]
 */
export function offerUndo(env, done, onUndone) {
    if (!done?.params?.token) {
        return;
    }
    const {token, text, seconds} = done.params;
    const {notification, orm} = env.services;
    const undo = async () => {
        close();
        try {
            await orm.call("social.conversation", "undo", [token]);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            notification.add(error.data?.message || error.message, {type: "warning"});
            return;
        }
        notification.add(_t("Undone: %(what)s", {what: text}), {type: "info"});
        await onUndone?.();
    };
    const close = notification.add(text, {
        type: "success",
        className: "o-social-undo-action",
        autocloseDelay: seconds * 1000,
        buttons: [{name: _t("Undo"), primary: true, onClick: undo}],
    });
}

/** What a button of a form or a list answers: the view shows what is so now. */
function showUndo(env, action) {
    // What was opened after it, like a new ticket, is not there any more.
    const here = action.params?.back || {type: "ir.actions.client", tag: "soft_reload"};
    const reload = () => env.services.action.doAction(here);
    offerUndo(env, action, reload);
    return action.params?.next || {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("social_engagement.undo", showUndo);
