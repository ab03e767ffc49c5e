import {MessagingMenu} from "@mail/core/public_web/messaging_menu";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(MessagingMenu.prototype, {
    getFailureNotificationName(failure) {
        if (!failure.isSocial) {
            return super.getFailureNotificationName(...arguments);
        }
        return _t("Answer not sent: %(modelName)s", {modelName: failure.modelName});
    },

    // Not openFailureView: add-ons that patch it take whatever isn't an e-mail for theirs.
    onClickFailure(failure) {
        if (!failure.isSocial || failure.resIds.size === 1) {
            return super.onClickFailure(...arguments);
        }
        this.action.doAction({
            name: _t("Answers not sent"),
            type: "ir.actions.act_window",
            res_model: failure.resModel,
            domain: [["id", "in", [...failure.resIds]]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
            context: {create: false},
        });
        this.dropdown.close();
    },
});
