/* The choice of the filters: read from the form, kept in the address behind #, so that a view can be shared. */

const form = document.querySelector(".filters");
const status = document.querySelector(".status");
const KEYS = ["policy", "measure", "where", "period", "estimator", "by"];
/* A section that the address points at, beside the choice. */
let section = "";

function addOptions(select, groups, first) {
  for (const [title, options] of groups) {
    const target = title ? document.createElement("optgroup") : select;
    if (title) {
      target.label = title;
      select.append(target);
    }
    for (const [value, text] of options) target.append(new Option(text, value, value === first, value === first));
  }
}

function fillForm() {
  const first = page.first_view;
  const capital = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const segments = [...new Set(page.wheres.slice(1).map(([segment]) => segment))];
  const places = segments.map((segment) => [capital(plainWords(segment)), page.wheres
    .filter(([name]) => name === segment).map(([name, value]) => [`${name}:${value}`, value])]);
  const kinds = { week: "Weeks", quarter: "Quarters", all: "All days" };
  const periods = Object.entries(kinds).map(([kind, title]) => [title, page.periods
    .filter((period) => period.kind === kind).map((period) => [period.id, periodTitle(period)])]);
  addOptions(form.elements.policy, [["", [["all", "All policies"], ...page.policies.map(({ id, title }) => [id, title])]]], first.policy);
  addOptions(form.elements.measure, [["", page.measures.map((name) => [name, name])]], first.measure);
  addOptions(form.elements.where, [["", [["all:all", "Everywhere"]]], ...places], first.where);
  addOptions(form.elements.period, periods.filter(([, options]) => options.length), first.period);
  addOptions(form.elements.estimator, [["", page.estimators.map((name) => [
    name, name === first.estimator ? `${plainWords(name)} (published)` : plainWords(name),
  ])]], first.estimator);
  addOptions(form.elements.by, [["", [["day", "day"], ["week", "week"]]]], first.by);
}

function periodTitle({ kind, title, n_days: days }) {
  return kind === "week" && days < 7 ? `${title} (${days} days)` : title;
}

const valuesOf = () => Object.fromEntries(KEYS.map((key) => [key, form.elements[key].value]));

/** The choice as positions in the lists of the page. */
function stateOf(values) {
  return {
    policy: values.policy === "all" ? undefined : page.policies.findIndex(({ id }) => id === values.policy),
    measure: page.measures.indexOf(values.measure),
    where: page.wheres.findIndex(([segment, value]) => `${segment}:${value}` === values.where),
    period: page.periods.findIndex(({ id }) => id === values.period),
    estimator: page.estimators.indexOf(values.estimator),
    by: values.by,
  };
}

function show() {
  const values = valuesOf();
  const state = stateOf(values);
  fillScoreboard(state);
  fillTrends(state);
  fillBreakdowns(state);
  fillMeasures(state);
  fillComponents(state);
  filterRows(state);
  setScrollStops();
  for (const note of document.querySelectorAll(".block-note")) note.hidden = state.where === EVERYWHERE;
  status.textContent = statusText(values, state);
}

function statusText(values, state) {
  const numbers = chosenPolicies(state).map((policy) => viewed(state, policy));
  const shown = numbers.filter((number) => number.isShown).length;
  const policy = state.policy === undefined ? "All policies" : page.policies[state.policy].title;
  const choice = [policy, `by ${values.measure}`, placeName(state.where), page.periods[state.period].title];
  const other = values.estimator === page.first_view.estimator ? [] : [`estimator ${plainWords(values.estimator)}`];
  const figures = `${shown} of ${numbers.length} figure${numbers.length === 1 ? "" : "s"}`;
  return `${[...choice, ...other].join(", ")}: ${figures} can be shown.`;
}

function writeAddress() {
  const values = valuesOf();
  const changed = KEYS.filter((key) => values[key] !== page.first_view[key]).map((key) => [key, values[key]]);
  if (section) changed.push(["at", section]);
  const hash = new URLSearchParams(changed).toString();
  history.replaceState(null, "", hash ? `#${hash}` : `${location.pathname}${location.search}`);
}

/** Take the choice from the address; what the page does not have is left as it is at first. */
function readAddress() {
  const hash = location.hash.slice(1);
  if (!hash.includes("=")) return hash;
  const wanted = new URLSearchParams(hash);
  for (const key of KEYS) {
    const select = form.elements[key];
    const value = wanted.get(key) ?? page.first_view[key];
    select.value = [...select.options].some((option) => option.value === value) ? value : page.first_view[key];
  }
  return wanted.get("at") ?? "";
}

function goTo(id) {
  const target = id && document.getElementById(id);
  if (!target) return;
  section = id;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.scrollIntoView();
  target.focus({ preventScroll: true });
}

/** Only what really scrolls is a stop of the Tab key. */
function setScrollStops() {
  for (const box of document.querySelectorAll(".table-scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

/* The trend under the pointer, if any. */
let pointed;

/** The figure under the pointer, in the line above its trend; without one, the latest. */
function readOut(event) {
  const figure = event.target.closest?.(".trend") ?? undefined;
  if (pointed && pointed !== figure) say(pointed);
  if (figure) say(figure, event.clientX);
  pointed = figure;
}

function say(figure, x) {
  const state = stateOf(valuesOf());
  const policy = page.policies.findIndex(({ id }) => id === figure.dataset.policy);
  const periods = periodsOf(state, trendKind(state));
  const series = seriesOf(state, policy, periods);
  if (!series.length) return;
  const box = figure.querySelector(".canvas").getBoundingClientRect();
  const [first, last] = [periods[0].first, Math.max(...periods.map((period) => period.last)) + 1];
  const day = x === undefined ? last : first + ((last - first) * (x - box.left)) / box.width;
  const away = (point) => Math.abs((point.first + point.last + 1) / 2 - day);
  const nearest = series.reduce((best, point) => (away(point) < away(best) ? point : best));
  setText(figure, "readout", pointInWords(nearest, page.policies[policy].decimals));
}

function start() {
  const box = document.querySelector(".filter-box");
  box.hidden = false;
  // On a small screen the figures come first.
  box.open = matchMedia("(min-width: 56rem)").matches || location.hash.includes("=");
  document.querySelector(".download-choice").hidden = false;
  fillForm();
  const isChoice = location.hash.includes("=");
  goTo(readAddress());
  if (isChoice) show();
  else status.textContent = statusText(valuesOf(), stateOf(valuesOf()));
  setScrollStops();
  const chosen = () => {
    show();
    writeAddress();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", chosen);
  form.addEventListener("reset", () => setTimeout(() => {
    section = "";
    chosen();
  }));
  addEventListener("hashchange", () => {
    goTo(readAddress());
    show();
  });
  addEventListener("resize", setScrollStops);
  document.addEventListener("toggle", setScrollStops, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    const button = event.target.closest?.("[data-download]");
    if (link) {
      event.preventDefault();
      goTo(link.getAttribute("href").slice(1));
      writeAddress();
    }
    if (button) {
      const said = download(button.dataset.download, button.dataset.extent, stateOf(valuesOf()));
      document.querySelector(".download-status").textContent = said;
    }
  });
  document.addEventListener("pointermove", readOut);
}

if (page) start();
