/* Fills the parts of the page anew for a choice of the filters, from the templates that the page itself is made of. */

const WHOLE = "Overall";

/** A copy of the one element in a template. */
function part(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function setText(element, field, text) {
  element.querySelector(`[data-field="${field}"]`).textContent = text;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function svgText(x, y, text, className) {
  const made = part("mark").querySelector("text");
  if (className) made.setAttribute("class", className);
  made.setAttribute("x", x);
  made.setAttribute("y", y);
  made.textContent = text;
  return made;
}

const chosenPolicies = (state) => page.policies.map((_, policy) => policy).filter(
  (policy) => state.policy === undefined || state.policy === policy,
);

const viewed = (state, policy, changes = {}) => numberOf(rowAt({ ...state, policy, component: UNIT, ...changes }));

const breaksOf = (policy) => page.breaks
  .filter((known) => known.policy === null || known.policy === page.policies[policy].id)
  .map((known) => ({ ...known, day: dayNumber(known.ds) }));

/** The periods of a kind with a number of any policy in the choice, in time order. */
function periodsOf(state, kind) {
  return page.periods
    .map((period, position) => ({ ...period, position, first: dayNumber(period.first), last: dayNumber(period.last) }))
    .filter((period) => period.kind === kind)
    .filter((period) => page.policies.some((_, policy) => rowAt({ ...state, policy, component: UNIT, period: period.position })))
    .sort((a, b) => a.first - b.first);
}

/** Days are there for the whole population only. */
const trendKind = (state) => (periodsOf(state, state.by).length ? state.by : "week");

function seriesOf(state, policy, periods) {
  return periods
    .map((period) => ({ ...period, row: rowAt({ ...state, policy, component: UNIT, period: period.position }) }))
    .filter((period) => period.row)
    .map((period) => ({ ...period, number: numberOf(period.row) }));
}

function fillScoreboard(state) {
  const top = topOf(page.policies.map((_, policy) => viewed(state, policy)));
  const kind = trendKind(state);
  const end = dayNumber(page.periods[state.period].last);
  const periods = periodsOf(state, kind).filter((period) => period.last <= end).slice(-page.spark[kind]);
  const rows = chosenPolicies(state).map((policy) => scoreRow(state, policy, top, periods, end));
  document.querySelector(".scoreboard tbody").replaceChildren(...rows);
  document.querySelector(".score-top").textContent = tickLabel(top);
  document.querySelector(".spark-note").textContent = `the last ${page.spark[kind]} ${kind}s`;
  const caption = `Share of ${page.measures[state.measure]}, ${placeName(state.where)}, ${page.periods[state.period].title}.`;
  setText(document.querySelector(".scoreboard"), "caption", caption);
  setText(document.querySelector(".scoreboard"), "measure", page.measures[state.measure]);
}

function scoreRow(state, policy, top, periods, end) {
  const number = viewed(state, policy);
  const { id, title, decimals } = page.policies[policy];
  const row = part("score-row");
  row.dataset.policy = id;
  setText(row, "title", title);
  row.querySelector("[data-trust]").dataset.trust = number.trust.state;
  setText(row, "trust-title", number.trust.title);
  setText(row, "trust-text", number.trust.text);
  setText(row, "judged", number.n === undefined ? "" : judgedUnits(number.judged));
  setText(row, "worth", worth(number.effective));
  setText(row, "no-figure", number.isShown ? "" : number.trust.title.toLowerCase());
  if (!number.isShown) return row;
  setText(row, "share", percent(number.share, decimals));
  setText(row, "interval", percentInterval(number.low, number.high, decimals));
  setText(row, "one-in", oneIn(number.share, page.measures[state.measure]));
  row.querySelector(".strip-place").append(stripOf(number, top));
  if (number.change) {
    row.querySelector("[data-change]").dataset.change = number.change.state;
    setText(row, "change-title", number.change.title);
    setText(row, "change-points", pointsRange(number.change, decimals));
    setText(row, "change-text", number.change.text);
  }
  if (periods.length > 1) {
    const paths = part("paths");
    fillPaths(paths, trendOf(seriesOf(state, policy, periods), [], { first: periods[0].first, last: end }));
    row.querySelector(".spark").append(paths);
  }
  return row;
}

function fillTrends(state) {
  const container = document.querySelector(".trends");
  if (!container) return;
  const kind = trendKind(state);
  const periods = periodsOf(state, kind);
  const figures = periods.length ? chosenPolicies(state).map((policy) => trendFigure(state, policy, periods, kind)) : [];
  fillContainer(container, figures.filter(Boolean), "There are no daily or weekly estimates in this choice.");
  const note = `Share of ${page.measures[state.measure]}, ${placeName(state.where)}, by ${kind}.`;
  document.querySelector(".trend-note").textContent = kind === state.by ? note : `${note} There are no days by place.`;
}

function trendFigure(state, policy, periods, kind) {
  const series = seriesOf(state, policy, periods);
  if (!series.length) return undefined;
  const { id, title, decimals } = page.policies[policy];
  const axis = { first: periods[0].first, last: Math.max(...periods.map((period) => period.last)) };
  const trend = trendOf(series, breaksOf(policy), axis);
  const figure = part("trend-figure");
  figure.dataset.policy = id;
  setText(figure, "title", title);
  setText(figure, "readout", pointInWords(series.at(-1), decimals));
  setText(figure, "summary-title", `: ${title}`);
  setText(figure, "caption", `${title}: share with its range`);
  figure.querySelector(".table-scroll").setAttribute("aria-label", `${title}, figures of the chart`);
  figure.querySelector(".plot").setAttribute("aria-label", seriesLabel(title, kind, series, decimals));
  fillPaths(figure.querySelector(".paths"), trend);
  figure.querySelector(".y-axis").append(...trend.yLabels.map((label) => element("span", label)));
  figure.querySelector(".x-axis").append(...trend.xLabels.map((label) => element("span", label)));
  figure.querySelector(".break-list").append(...trend.marks.map((mark) => element("li", mark.text)));
  const marks = figure.querySelector(".marks");
  marks.append(...trend.marks.map((mark) => svgText(mark.x, "12", mark.number)));
  marks.append(...trend.gapLabels.map((label) => svgText(label.x, "50%", label.text, "gap-label")));
  figure.querySelector("tbody").replaceChildren(...series.toReversed().map((point) => seriesRow(point, decimals)));
  return figure;
}

function seriesRow(point, decimals) {
  const row = part("series-row");
  setText(row, "period", point.title);
  setText(row, "share", point.number.isShown ? percent(point.number.share, decimals) : "");
  setText(row, "interval", point.number.isShown ? percentInterval(point.number.low, point.number.high, decimals) : "");
  setText(row, "remark", point.number.isShown ? "" : point.number.trust.text);
  return row;
}

function pointInWords(point, decimals) {
  const { number } = point;
  if (!number.isShown) return `${point.title}: ${number.trust.text}`;
  return `${point.title}: ${percent(number.share, decimals)} (${percentInterval(number.low, number.high, decimals)})`;
}

function seriesLabel(title, kind, series, decimals) {
  const shares = series.filter((point) => point.number.isShown).map((point) => point.number.share);
  let said = `${title} by ${kind}, ${shares.length} figures`;
  if (shares.length) said += ` from ${percent(Math.min(...shares), decimals)} to ${percent(Math.max(...shares), decimals)}`;
  if (shares.length < series.length) said += `, ${series.length - shares.length} not shown`;
  return `${said}; the table below has them all.`;
}

function fillBreakdowns(state) {
  for (const container of document.querySelectorAll(".forests[data-segment]")) {
    const { segment } = container.dataset;
    const wheres = page.wheres.map(([name, value], where) => ({ name, value, where })).filter((w) => w.name === segment);
    const tables = chosenPolicies(state).map((policy) => {
      const rows = wheres
        .filter(({ where }) => rowAt({ ...state, policy, component: UNIT, where }))
        .map(({ value, where }) => ({ key: value, name: value === WHOLE ? `${value} (the name of one)` : value, number: viewed(state, policy, { where }), isChosen: where === state.where }));
      if (!rows.length) return undefined;
      const whole = rowAt({ ...state, policy, component: UNIT, where: EVERYWHERE });
      return forestTable(container, policy, rows, { whole: whole && numberOf(whole) });
    });
    fillContainer(container, tables.filter(Boolean), `There are no estimates by ${plainWords(segment)} in this choice.`);
  }
}

function fillMeasures(state) {
  const container = document.querySelector('[data-block="measures"]');
  if (!container) return;
  const rows = page.policies.map((_, policy) => page.measures.map((name, measure) => ({
    key: name, name: `By ${name}`, number: viewed(state, policy, { measure }),
  })));
  const top = topOf(rows.flat().map((row) => row.number));
  const isThere = (policy) => rows[policy].some((row) => row.number.trust !== NO_NUMBER);
  const tables = chosenPolicies(state).filter(isThere).map((policy) => forestTable(container, policy, rows[policy], { top }));
  fillContainer(container, tables, "There are no estimates in this choice.");
}

function fillComponents(state) {
  const container = document.querySelector('[data-block="components"]');
  if (!container) return;
  const tables = chosenPolicies(state).map((policy) => {
    const rows = page.components
      .map(({ id, title }, component) => ({ key: id, name: title, component }))
      .filter(({ component }) => component !== UNIT && rowAt({ ...state, policy, component, where: EVERYWHERE }))
      .map((row) => ({ ...row, number: viewed(state, policy, { component: row.component, where: EVERYWHERE }) }));
    return rows.length ? forestTable(container, policy, rows, { top: 1, decimals: 0 }) : undefined;
  });
  fillContainer(container, tables.filter(Boolean), "There are no estimates by component in this choice.");
}

/** One policy's table; headers are those of the table that the page showed first. */
function forestTable(container, policy, rows, { whole, top, decimals = page.policies[policy].decimals }) {
  const table = part("forest-table");
  const { id, title } = page.policies[policy];
  const shown = rows.map((row) => row.number).concat(whole ?? []);
  const end = top ?? readableTop(shown);
  table.dataset.policy = id;
  table.querySelector("caption").replaceChildren(...headOf(container).caption.map((node) => node.cloneNode(true)));
  table.querySelector("thead").replaceChildren(...headOf(container).thead.map((node) => node.cloneNode(true)));
  setText(table, "title", title);
  setText(table, "top", tickLabel(end));
  const all = whole ? [{ key: "all", name: WHOLE, number: whole, isWhole: true }, ...rows] : rows;
  const few = all.filter((row) => row.number.trust.state === "few");
  const drawn = all.filter((row) => !few.includes(row)).map((row) => forestRow(row, end, whole?.share, decimals));
  table.querySelector("tbody").replaceChildren(...drawn);
  const names = few.map((row) => `${row.name} (${count(row.number.n)})`).join(", ");
  setText(table, "folded", few.length ? `Too few labels for a figure: ${names}.` : "");
  table.querySelector(".folded").hidden = !few.length;
  return table;
}

function forestRow({ key, name, number, isWhole, isChosen }, top, reference, decimals) {
  const row = part("forest-row");
  row.dataset.key = key;
  if (isWhole) row.className = "whole";
  if (isChosen) row.className = "chosen";
  setText(row, "name", name);
  setText(row, "n", number.n === undefined ? "" : count(number.n));
  if (!number.isShown) {
    setText(row, "remark", number.trust.title.toLowerCase());
    return row;
  }
  row.querySelector(".strip-cell").append(stripOf(number, top, reference));
  setText(row, "share", percent(number.share, decimals));
  setText(row, "interval", percentInterval(number.low, number.high, decimals));
  return row;
}

const heads = new WeakMap();

/** Caption and header of a block's tables as the page showed them first. */
function headOf(container) {
  if (!heads.has(container)) {
    const table = container.querySelector("table");
    heads.set(container, {
      caption: [...table.querySelector("caption").childNodes].map((node) => node.cloneNode(true)),
      thead: [...table.querySelector("thead").childNodes].map((node) => node.cloneNode(true)),
    });
  }
  return heads.get(container);
}

function fillContainer(container, items, nothing) {
  if (container.matches(".forests")) headOf(container);
  container.replaceChildren(...(items.length ? items : [element("p", nothing, "empty")]));
}

/** What is not made anew: of the chosen policy and what concerns all; of the index, of the chosen measure too. */
function filterRows(state) {
  const chosen = state.policy === undefined ? undefined : page.policies[state.policy].id;
  for (const row of document.querySelectorAll("tr[data-policy]:not(.score)")) {
    row.hidden = chosen !== undefined && ![chosen, "all"].includes(row.dataset.policy);
  }
  for (const figure of document.querySelectorAll(".direction")) {
    const isOther = chosen !== undefined && chosen !== figure.dataset.policy;
    figure.hidden = isOther || figure.dataset.measure !== page.measures[state.measure];
  }
}
