const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
    js.configs.recommended,
    {
        files: ["addons/**/*.js"],
        languageOptions: {
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            curly: "error",
            eqeqeq: "error",
            "no-console": "error",
            "no-var": "error",
            "prefer-const": "error",
            "prefer-template": "error",
        },
    },
    {
        files: ["**/*.mjs"],
        languageOptions: {globals: {...globals.node}},
    },
];
