/**
 * Vega-Lite charts as SVG.
 *
 * @module
 */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** How all pictures look: plain, dark on white, one typeface. */
const LOOK: NonNullable<TopLevelSpec["config"]> = {
  background: "white",
  font: "Helvetica, Arial, sans-serif",
  padding: 14,
  title: {
    fontSize: 13,
    anchor: "start",
    frame: "group",
    offset: 8,
    subtitleFontSize: 11,
    subtitleColor: "#555",
  },
  axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", labelColor: "#333" },
  legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", labelColor: "#333" },
  view: { stroke: "#999" },
};

/** A colour for each R, of equal weight to the eye and told apart by colour-blind people (Okabe and Ito). */
export const LINE_COLORS: readonly string[] = ["#D55E00", "#009E73", "#0072B2"];

/**
 * The text of an SVG file.
 *
 * @param spec the chart
 */
export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const { spec: vegaSpec } = compile({ ...spec, config: LOOK });
  using view = new DisposableView(parse(vegaSpec));
  return await view.svg();
}

/** A view without a renderer, finalized when it is disposed. */
class DisposableView implements Disposable {
  readonly #view: View;

  constructor(runtime: ReturnType<typeof parse>) {
    this.#view = new View(runtime, { renderer: "none" });
  }

  svg(): Promise<string> {
    return this.#view.toSVG();
  }

  [Symbol.dispose](): void {
    this.#view.finalize();
  }
}
