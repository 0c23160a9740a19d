"use strict";
/* The numbers of the page, and how they are said. No statistics: every verdict was made before the page was.
   Says what lib/reporting/figures.py says; a test holds the two to each other. */

const page = JSON.parse(document.getElementById("numbers")?.textContent ?? "null");

const FIELD = Object.fromEntries((page?.columns ?? []).map((name, position) => [name, position]));
const POSITION = ["period", "policy", "measure", "where", "component", "estimator"];
const UNIT = 0;
const EVERYWHERE = 0;
const DAY_MILLISECONDS = 86400000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const RUNGS = [["n_llm", "an LLM"], ["n_human", "people"], ["n_gold", "experts"]];
const NO_NUMBER = { state: "none", title: "No estimate", text: "There is no estimate." };

const rowsByPlace = new Map((page?.rows ?? []).map((row) => [POSITION.map((name) => row[FIELD[name]]).join(" "), row]));

/** The row of a number, or undefined. `place` gives a position for every name in POSITION. */
function rowAt(place) {
  return rowsByPlace.get(POSITION.map((name) => place[name]).join(" "));
}

/** A row as an object with its verdicts; figures are undefined where the number is not shown. */
function numberOf(row) {
  if (!row) return { trust: NO_NUMBER, isShown: false, judged: [], n: undefined };
  const value = (name) => row[FIELD[name]] ?? undefined;
  const judged = RUNGS.map(([name, who]) => [who, value(name)]).filter(([, n]) => n > 0);
  const verdict = value("change_verdict");
  return {
    trust: page.trusts[value("trust")],
    isShown: value("prevalence") !== undefined,
    share: value("prevalence"),
    low: value("ci_low"),
    high: value("ci_high"),
    effective: value("effective_sample_size"),
    judged,
    n: Math.max(0, ...judged.map(([, n]) => n)),
    change: verdict === undefined ? undefined : {
      ...page.changes[verdict], difference: value("change"), low: value("change_low"), high: value("change_high"),
    },
  };
}

const PER_CENT = "\u00a0%";

const percent = (share, decimals) => `${(100 * share).toFixed(decimals)}${PER_CENT}`;

const percentInterval = (low, high, decimals) => `${(100 * low).toFixed(decimals)}–${percent(high, decimals)}`;

const count = (number) => Math.floor(number + 0.5).toLocaleString("en-US");

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function oneIn(share, measure) {
  if (!(share > 0)) return "none found";
  const cases = 1 / share;
  return `about 1 in ${count(cases >= 100 ? Number(cases.toPrecision(2)) : cases)} ${measure}`;
}

function signedPoints(difference, decimals) {
  const text = (100 * Math.abs(difference)).toFixed(decimals);
  if (Number(text) === 0) return text;
  return `${difference > 0 ? "+" : "−"}${text}`;
}

function pointsRange(change, decimals) {
  if (change.difference === undefined) return "";
  const [points, low, high] = [change.difference, change.low, change.high].map((v) => signedPoints(v, decimals));
  return `${points} points (${low} to ${high})`;
}

function judgedUnits(judged) {
  if (!judged.length) return "No unit was judged.";
  const [[first, n], ...higher] = judged;
  return sentence(`${first} judged ${count(n)} units${higher.map(([who, m]) => `, ${who} ${count(m)} of them`).join("")}`);
}

const worth = (effective) => (effective === undefined ? "" : `Worth ${count(effective)} random units.`);

/** Days since 1970 of a date written YYYY-MM-DD. */
const dayNumber = (text) => Date.parse(`${text}T00:00:00Z`) / DAY_MILLISECONDS;

function dayName(number) {
  const date = new Date(number * DAY_MILLISECONDS);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function placeName(where) {
  const [segment, value] = page.wheres[where];
  return where === EVERYWHERE ? "everywhere" : `${segment} ${value}`;
}

const plainWords = (code) => code.replaceAll("_", " ");
