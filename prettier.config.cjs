module.exports = {
    // by its path: pre-commit keeps it apart from this folder
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    tabWidth: 4,
    trailingComma: "es5",
    xmlSelfClosingSpace: true,
    xmlWhitespaceSensitivity: "preserve",
    overrides: [{files: ["*.yaml", "*.yml"], options: {tabWidth: 2}}],
};
