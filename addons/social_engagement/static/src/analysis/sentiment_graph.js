import {registry} from "@web/core/registry";
import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {graphView} from "@web/views/graph/graph_view";

const FIELD = "sentiment_label";
const COLORS = {negative: "#dc3545", neutral: "#adb5bd", positive: "#198754"};
const UNKNOWN = "#dee2e6"; // posts without a sentiment

/** Sentiment has its own colors: red, gray and green, in every kind of chart. */
export class SentimentGraphRenderer extends GraphRenderer {
    /** Label as it is shown → color. */
    get sentimentColors() {
        const {selection = []} = this.model.metaData.fields[FIELD] || {};
        return Object.fromEntries(
            selection.map(([value, label]) => [label, COLORS[value]])
        );
    }

    /** Whether the parts of the chart, not its axis, are sentiments. */
    get isBySentiment() {
        const names = this.model.metaData.groupBy.map(({fieldName}) => fieldName);
        return names.at(-1) === FIELD;
    }

    colorOf(label) {
        const last = String(label).split(" / ").at(-1);
        return this.sentimentColors[last] || UNKNOWN;
    }

    getBarChartData() {
        const data = super.getBarChartData();
        if (this.isBySentiment) {
            this.colorDatasets(data, ["backgroundColor"]);
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        if (this.isBySentiment) {
            this.colorDatasets(data, [
                "backgroundColor",
                "borderColor",
                "pointBackgroundColor",
            ]);
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        if (this.isBySentiment) {
            for (const dataset of data.datasets) {
                dataset.backgroundColor = data.labels.map((label) =>
                    this.colorOf(label)
                );
            }
        }
        return data;
    }

    /** One group alone has its values on the axis: then each bar has its own color. */
    colorDatasets(data, names) {
        const isAxis = this.model.metaData.groupBy.length === 1;
        for (const dataset of data.datasets.filter(({type}) => type !== "line")) {
            const color = isAxis
                ? data.labels.map((label) => this.colorOf(label))
                : this.colorOf(dataset.label);
            for (const name of names) {
                dataset[name] = color;
            }
        }
    }
}

registry.category("views").add("social_sentiment_graph", {
    ...graphView,
    Renderer: SentimentGraphRenderer,
});
