/* The numbers as files, made here: no server, no request. */

const NUMBER_FIELDS = [
  "n_llm", "n_human", "n_gold", "effective_sample_size", "change", "change_low", "change_high",
];
/* As lib/csv_cells.py, which says why: what may be run as a formula gets an apostrophe, also inside of a cell. */
const SEPARATOR = ",;|\\t\\r\\n\\v\\f\\x85\\u2028\\u2029";
const UNSEEN =
  "\"\\ufffd \\xa0\\u3000\\u2000-\\u200f\\u202a-\\u202f\\u205f-\\u206f\\u00ad\\u180e\\ufeff\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f";
const SIGN = "=+@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u207a\\u207b\\u207c\\u2212\\-";
const BEGINNING = `'*[${UNSEEN}]*[${SIGN}]`;
const RISKY = new RegExp(`^(?:'|[${SEPARATOR}]|${BEGINNING})`);
const RISKY_INSIDE = new RegExp(`(?<=[${SEPARATOR}])(?=${BEGINNING})`, "g");

/** A row as a record of plain values. */
function recordOf(row) {
  const value = (name) => row[FIELD[name]] ?? null;
  const period = page.periods[value("period")];
  const [segment, segmentValue] = page.wheres[value("where")];
  const component = page.components[value("component")].id;
  const trust = page.trusts[value("trust")];
  const change = value("change_verdict");
  return {
    period: period.kind,
    period_start: period.first,
    period_end: period.last,
    n_days: period.n_days,
    policy: page.policies[value("policy")].id,
    measure: page.measures[value("measure")],
    segment,
    segment_value: segmentValue,
    component,
    estimator: page.estimators[value("estimator")],
    status: value("prevalence") === null ? trust.state : "released",
    trust: trust.title,
    remark: trust.text,
    quantity: component === "unit" ? "prevalence" : "share_of_violating",
    value: value("prevalence"),
    ci_low: value("ci_low"),
    ci_high: value("ci_high"),
    ...Object.fromEntries(NUMBER_FIELDS.map((name) => [name, value(name)])),
    change_verdict: change === null ? null : page.changes[change].title,
    change_remark: change === null ? null : page.changes[change].text,
  };
}

/** Whether a row belongs to what is looked at: the chosen period, or the series of the chosen place. */
function isChosen(row, state) {
  const at = (name) => row[FIELD[name]];
  if (state.policy !== undefined && at("policy") !== state.policy) return false;
  if (at("measure") !== state.measure || at("estimator") !== state.estimator) return false;
  return at("period") === state.period || (at("where") === state.where && at("component") === UNIT);
}

function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const inside = value.replaceAll("\0", "\ufffd").replace(RISKY_INSIDE, "'");
  const text = RISKY.test(inside) ? `'${inside}` : inside;
  return `"${text.replaceAll('"', '""')}"`;
}

function csvOf(records) {
  const names = Object.keys(records[0] ?? { period: null });
  const lines = [names, ...records.map((record) => names.map((name) => record[name]))];
  return `\ufeff${lines.map((line) => line.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

function jsonOf(records) {
  return JSON.stringify({ confidence_level: page.level, numbers: records }, null, 1);
}

function download(kind, extent, state) {
  const rows = extent === "all" ? page.rows : page.rows.filter((row) => isChosen(row, state));
  const records = rows.map(recordOf);
  const type = kind === "csv" ? "text/csv" : "application/json";
  const blob = new Blob([kind === "csv" ? csvOf(records) : jsonOf(records)], { type: `${type};charset=utf-8` });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `plumbline-${extent === "all" ? "numbers" : "choice"}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return `${count(records.length)} numbers saved as ${link.download}.`;
}
