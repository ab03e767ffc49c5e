import {Composer} from "@mail/core/common/composer";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

import "../answer/composer_patch";

patch(Composer.prototype, {
    /** Said before it is pressed: this doesn't go out at once. */
    get SEND_TEXT() {
        return this.isSocialAnswer && this.social?.needs_approval
            ? _t("Ask for approval")
            : super.SEND_TEXT;
    },
});
