import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {CharField, charField} from "@web/views/fields/char/char_field";

/** The name of a language in the reader's own; the code where the browser knows none. */
export function languageName(code) {
    try {
        return new Intl.DisplayNames([user.lang], {type: "language"}).of(code);
    } catch {
        return code;
    }
}

/** An ISO 639-1 code, read as the language it stands for. */
export class LanguageField extends CharField {
    get formattedValue() {
        const code = super.formattedValue;
        return code && languageName(code);
    }
}

registry.category("fields").add("social_language", {
    ...charField,
    component: LanguageField,
    displayName: _t("Language"),
});
