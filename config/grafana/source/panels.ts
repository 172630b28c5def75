import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueColorMode, BigValueGraphMode, GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode, LegendDisplayMode, LegendPlacement, LogsSortOrder, StackingConfigBuilder, StackingMode, VizLegendOptionsBuilder, type DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, ThresholdsConfigBuilder, ThresholdsMode, type Panel, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapPanel } from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TextPanel, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bucketQuery, instantQuery, JAEGER, logQuery, LOKI, PROMETHEUS, rangeQuery, tableQuery, traceQuery, type Line } from './queries.js';

/** Colours by value: the first holds from the bottom up to the next one's value. */
export type Colours = readonly [bottom: string, ...steps: readonly (readonly [from: number, colour: string])[]];

/** Nothing to judge. */
export const PLAIN: Colours = ['blue'];

interface About {
  readonly title: string;
  /** What it means, and what is bad. */
  readonly description: string;
  /** Columns of 24. */
  readonly width: number;
}

interface Measured extends About {
  /** An id of a Grafana unit. */
  readonly unit: string;
  readonly lines: readonly Line[];
}

interface Graph extends Measured {
  /** Limits that are drawn as lines, with the colour of what is beyond them. */
  readonly limits?: Colours;
  readonly stacked?: true;
  /** Dots that lead to traces; only a histogram of seconds has any. */
  readonly exemplars?: true;
  readonly max?: number;
  readonly mayBeNegative?: true;
}

interface Stat extends Measured {
  readonly colours: Colours;
  /** What stands there while the query has no result. */
  readonly whenEmpty: string;
}

/** Lines over time. */
export function graph({ unit, lines, limits, stacked, exemplars, max, mayBeNegative, ...about }: Graph): Builder<Panel> {
  const panel = described(new TimeseriesPanel(), about, 8, PROMETHEUS).unit(unit).lineWidth(1).fillOpacity(stacked ? 40 : 8)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Bottom).showLegend(true).calcs(['lastNotNull', 'max']))
    .targets(lines.map((each, index) => rangeQuery(each, index, exemplars === true)));
  if (limits) panel.thresholds(coloured(limits)).thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (max !== undefined) panel.max(max);
  if (!mayBeNegative) panel.min(0);
  return panel;
}

/** One number, as it is now: not the last one that there was, which would hide that nobody measures any more. */
export function stat({ unit, lines, colours, whenEmpty, ...about }: Stat): Builder<Panel> {
  return described(new StatPanel(), about, 4, PROMETHEUS).unit(unit).noValue(whenEmpty)
    .thresholds(coloured(colours)).colorMode(BigValueColorMode.Value).graphMode(BigValueGraphMode.None)
    .targets(lines.map(instantQuery));
}

/** How many observations fell into which bucket, over time. */
export function heatmap({ unit, lines: [buckets], ...about }: Omit<Measured, 'lines'> & { readonly lines: readonly [Line] }): Builder<Panel> {
  return described(new HeatmapPanel(), about, 8, PROMETHEUS).unit(unit).targets([bucketQuery(buckets)]);
}

/** Rows of labels with one value each, as they are now. */
export function table({ unit, lines, ...about }: Measured): Builder<Panel> {
  const withoutTime = { id: 'organize', options: { excludeByName: { Time: true } } };
  return described(new TablePanel(), about, 8, PROMETHEUS).unit(unit).targets(lines.map(tableQuery)).transformations([{ id: 'merge', options: {} }, withoutTime]);
}

/** Which of two states something was in, over time: 0 is good, anything else is not. */
export function timeline({ lines, good, bad, ...about }: Omit<Measured, 'unit'> & Record<'good' | 'bad', string>): Builder<Panel> {
  const mapping: ValueMapping = { type: MappingType.ValueToText, options: { 0: { text: good, color: 'green', index: 0 }, 1: { text: bad, color: 'red', index: 1 } } };
  return described(new TimelinePanel(), about, 8, PROMETHEUS).unit('none').mappings([mapping]).thresholds(coloured(['green', [1, 'red']])).mergeValues(true)
    .targets(lines.map((each, index) => rangeQuery(each, index, false)));
}

/** Log lines, oldest first, each of which opens to its fields. */
export function logs({ expr, ...about }: About & { readonly expr: string }): Builder<Panel> {
  return described(new LogsPanel(), about, 14, LOKI).targets([logQuery(expr)])
    .showTime(true).wrapLogMessage(true).enableLogDetails(true).sortOrder(LogsSortOrder.Ascending);
}

/** Traces that were found, each of which opens. */
export function traces({ service, tags, ...about }: About & Record<'service' | 'tags', string>): Builder<Panel> {
  return described(new TablePanel(), about, 11, JAEGER).targets([traceQuery(service, tags)]);
}

/** Markdown. */
export function text({ content, ...about }: About & { readonly content: string }): Builder<Panel> {
  return shaped(new TextPanel(), about, 11).mode(TextMode.Markdown).content(content);
}

interface Shapeable {
  title(title: string): this;
  description(description: string): this;
  span(width: number): this;
  height(height: number): this;
}

function shaped<T extends Shapeable>(panel: T, { title, description, width }: About, height: number): T {
  return panel.title(title).description(description).span(width).height(height);
}

function described<T extends Shapeable & { datasource(datasource: DataSourceRef): T }>(panel: T, about: About, height: number, datasource: DataSourceRef): T {
  return shaped(panel, about, height).datasource(datasource);
}

function coloured([bottom, ...steps]: Colours): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: bottom }, ...steps.map(([value, color]) => ({ value, color }))]);
}
