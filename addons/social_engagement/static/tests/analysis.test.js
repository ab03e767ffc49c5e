import {click, queryAllTexts} from "@odoo/hoot-dom";
import {describe, expect, test} from "@odoo/hoot";
import {
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

import {SentimentGraphRenderer} from "@social_engagement/analysis/sentiment_graph";

describe.current.tags("desktop");
defineMailModels();

const CHOICES = [
    ["negative", "Negative"],
    ["positive", "Positive"],
];
const TOPICS = [
    ["3", "Delivery"],
    ["5", "Price"],
];

class Post extends models.Model {
    _name = "post";

    parts = fields.Json();
    corrections = fields.Json();

    _records = [
        {
            id: 1,
            parts: [
                {name: "reach", label: "Reach", value: 0.42, sentence: "Some follow."},
                {name: "standing", label: "Standing", value: null},
            ],
            corrections: [
                {
                    task: "sentiment",
                    label: "Mood",
                    value: "negative",
                    text: "Negative",
                    corrected: true,
                    choices: CHOICES,
                },
                {
                    task: "topic",
                    label: "Topics",
                    value: "3",
                    text: "Delivery",
                    corrected: false,
                    choices: TOPICS,
                },
            ],
        },
    ];
}
defineModels([Post]);

function open(field, widget) {
    return mountView({
        type: "form",
        resModel: "post",
        resId: 1,
        arch: `<form edit="0"><field name="${field}" widget="${widget}"/></form>`,
    });
}

test("bars have names, numbers and sentences", async () => {
    await open("parts", "social_bars");
    expect(queryAllTexts(".o-social-Bars li")).toEqual([
        "Reach\n42 %\nSome follow.",
        "Standing\nunknown",
    ]);
    expect(".o-social-Bars li:first .progress-bar").toHaveStyle({width: /px$/});
    expect(".o-social-Bars .progress[aria-hidden=true]").toHaveCount(2);
});

test("one click corrects", async () => {
    onRpc("post", "action_correct", ({args}) => {
        expect.step(args);
        return true;
    });
    await open("corrections", "social_corrections");
    expect("button[data-task=sentiment]").toHaveText("Mood: Negative");
    expect("button[data-task=sentiment] .fa-check").toHaveCount(1);
    expect("button[data-task=topic] .fa-check").toHaveCount(0);
    await click("button[data-task=sentiment]");
    await animationFrame();
    expect(".o-dropdown-item.selected").toHaveText("Negative");
    await click(".o-dropdown-item:contains(Positive)");
    await animationFrame();
    expect.verifySteps([[[1], "sentiment", "positive"]]);
});

test("of topics several may be chosen", async () => {
    onRpc("post", "action_correct", ({args}) => {
        expect.step(args[2]);
        return true;
    });
    await open("corrections", "social_corrections");
    for (const name of ["Price", "Delivery"]) {
        await click("button[data-task=topic]");
        await animationFrame();
        await click(`.o-dropdown-item:contains(${name})`);
        await animationFrame();
    }
    expect.verifySteps(["3,5", ""]);
});

test("in charts each sentiment has its own color", () => {
    const renderer = Object.create(SentimentGraphRenderer.prototype);
    const selection = [
        ["negative", "Sad"],
        ["neutral", "So so"],
        ["positive", "Glad"],
    ];
    const draw = (groupBy, data) => {
        renderer.model = {
            metaData: {
                fields: {sentiment_label: {selection}},
                groupBy: groupBy.map((fieldName) => ({fieldName})),
            },
        };
        renderer.colorDatasets(data, ["backgroundColor"]);
        return data.datasets.map(({backgroundColor}) => backgroundColor);
    };
    const [red, grey, green] = ["#dc3545", "#adb5bd", "#198754"];
    const byDay = draw(["day", "sentiment_label"], {
        labels: ["Monday"],
        datasets: [{label: "Glad"}, {label: "Sad"}, {label: "So so"}],
    });
    expect(byDay).toEqual([green, red, grey]);
    const alone = draw(["sentiment_label"], {
        labels: ["Sad", "Glad"],
        datasets: [{label: "Count"}],
    });
    expect(alone).toEqual([[red, green]]);
    expect(renderer.colorOf("Monday / Sad")).toBe(red);
});
