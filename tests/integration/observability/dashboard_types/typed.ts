// The types of Grafana's own schema, as JSON has them: an enum of strings is any of these strings. `Dashboard` leaves
// what belongs to a kind of panel open; here it is closed, so that an unknown or misspelt option is an error.
import type { DataSourceRef, Dashboard, FieldConfig, FieldConfigSource, Panel } from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as Stretches,
  Options as StateTimeline,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type {
  FieldConfig as Cells,
  Options as Table,
} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type {
  FieldConfig as Lines,
  Options as TimeSeries,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

type AsJson<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Item)[]
    ? AsJson<Item>[]
    : T extends object
      ? { [Key in keyof T]: AsJson<T[Key]> }
      : T;

interface PrometheusQuery {
  refId: string;
  datasource: DataSourceRef;
  expr: string;
  legendFormat: string;
  instant?: boolean;
  range?: boolean;
  exemplar?: boolean;
  interval?: string;
}

interface SqlQuery {
  refId: string;
  datasource: DataSourceRef;
  format: "table" | "time_series";
  rawQuery: true;
  rawSql: string;
}

type Fields<Custom> = Omit<FieldConfigSource, "defaults"> & {
  defaults: Omit<FieldConfig, "custom"> & { custom?: Partial<Custom> };
};
type Drawn<Kind extends string, Options, Custom, Query> = AsJson<
  Omit<Panel, "type" | "options" | "fieldConfig" | "targets"> & {
    type: Kind;
    options?: Partial<Options>;
    fieldConfig: Fields<Custom>;
    targets: Query[];
  }
>;
type Nothing = Record<string, never>;
type AnyPanel =
  | Drawn<"stat", Stat, Nothing, PrometheusQuery>
  | Drawn<"bargauge", BarGauge, Nothing, PrometheusQuery>
  | Drawn<"timeseries", TimeSeries, Lines, PrometheusQuery>
  | Drawn<"state-timeline", StateTimeline, Stretches, PrometheusQuery>
  | Drawn<"table", Table, Cells, SqlQuery>;

type Note = NonNullable<NonNullable<Dashboard["annotations"]>["list"]>[number];
interface PrometheusNote {
  builtIn: number;
  expr: string;
  step: string;
  titleFormat: string;
  target: { expr: string; legendFormat: string; refId: string };
}

export type Typed = AsJson<Omit<Dashboard, "panels" | "annotations">> & {
  annotations: { list: (AsJson<Omit<Note, "target" | "builtIn">> & PrometheusNote)[] };
  panels: AnyPanel[];
};
