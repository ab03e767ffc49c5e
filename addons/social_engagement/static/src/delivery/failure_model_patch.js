import {Failure} from "@mail/core/common/failure_model";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(Failure.prototype, {
    get isSocial() {
        return this.type === "social";
    },

    get iconSrc() {
        return this.isSocial
            ? "/social_engagement/static/img/answer_failure.svg"
            : super.iconSrc;
    },

    get body() {
        if (!this.isSocial) {
            return super.body;
        }
        if (this.notifications.length > 1) {
            return _t("Answers were not sent");
        }
        return _t("%(record)s: %(reason)s", {
            record: this.lastMessage?.thread?.display_name ?? "",
            reason: this.notifications[0]?.failureMessage ?? "",
        });
    },
});
