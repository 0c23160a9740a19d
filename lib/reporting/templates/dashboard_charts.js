/* Where the marks of a chart lie. Draws what lib/reporting/charts draws; a test holds the two to each other. */

const EMPTY_TOP = 0.01;
const ROUND = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];
const REACH = 2.5;
const WIDTH = 1000;
const HEIGHT = 100;
const PATHS = ["gaps", "breaks", "scorers", "line", "ranges", "beyond", "dots"];
const FEWEST_DAYS_WITH_MIDDLE = 5;
const GAP_WORDS = { held: "held", few: "too few" };

/** The smallest round share that is not below `highest`. */
function roundTop(highest) {
  if (!(highest > 0)) return EMPTY_TOP;
  const exponent = Math.floor(Math.log10(highest));
  for (const power of [exponent - 1, exponent, exponent + 1]) {
    for (const step of ROUND) {
      const candidate = Number(`${step}e${power}`);
      if (candidate >= highest) return Math.min(1, candidate);
    }
  }
  return 1;
}

const topOf = (numbers) => roundTop(Math.max(0, ...numbers.filter((n) => n.isShown).map((n) => n.high)));

/** The end of a scale on which most ranges can be read; those beyond are marked. */
function readableTop(numbers) {
  const shown = numbers.filter((n) => n.isShown);
  if (!shown.length) return EMPTY_TOP;
  const limits = shown.map((n) => n.high).sort((a, b) => a - b);
  const reach = Math.min(limits.at(-1), REACH * limits[Math.floor(limits.length / 2)]);
  return roundTop(Math.max(reach, ...shown.map((n) => n.share)));
}

const tickLabel = (share) => `${Number((100 * share).toPrecision(6))}${PER_CENT}`;

const coordinate = (value) => String(Math.floor(value * 10 + 0.5) / 10);

/** A new strip of a number on a scale from 0 to `top`, with a line where the whole lies. */
function stripOf(number, top, reference) {
  const strip = part("strip");
  const at = (share) => `${coordinate((100 * share) / top)}%`;
  const line = strip.querySelector(".reference");
  if (reference === undefined) line.remove();
  else for (const name of ["x1", "x2"]) line.setAttribute(name, at(reference));
  strip.querySelector(".range").setAttribute("x1", at(number.low));
  strip.querySelector(".range").setAttribute("x2", at(Math.min(number.high, top)));
  if (number.high <= top) strip.querySelector(".beyond").remove();
  strip.querySelector(".dot").setAttribute("cx", at(number.share));
  return strip;
}

/** Paths, labels and numbered breaks of a series; `axis` has its first and last day as numbers. */
function trendOf(series, breaks, axis) {
  const days = axis.last - axis.first + 1;
  const top = readableTop(series.map((point) => point.number));
  const x = (moment) => coordinate((WIDTH * moment) / days);
  const y = (share) => coordinate(HEIGHT * (1 - share / top));
  const inside = breaks.filter((known) => axis.first < known.day && known.day <= axis.last);
  const changes = inside.filter((known) => known.kind !== "scorer");
  const scorerDays = [...new Set(inside.filter((known) => known.kind === "scorer").map((known) => known.day))];
  const drawn = { gaps: "", line: "", ranges: "", beyond: "", dots: "" };
  const gapLabels = [];
  let before;
  for (const point of series) {
    const [start, end] = [point.first - axis.first, point.last - axis.first + 1];
    if (!point.number.isShown) {
      if (!before || before.number.isShown || !isNeighbour(before, point)) {
        gapLabels.push({ x: `${coordinate((50 * (start + end)) / days)}%`, text: GAP_WORDS[point.number.trust.state] });
      }
      drawn.gaps += `M${x(start)} 0H${x(end)}V${HEIGHT}H${x(start)}Z`;
    } else {
      const [middle, share] = [x((start + end) / 2), y(point.number.share)];
      drawn.ranges += `M${middle} ${y(Math.min(point.number.high, top))}V${y(point.number.low)}`;
      if (point.number.high > top) drawn.beyond += `M${middle} 0l-6 5M${middle} 0l6 5`;
      drawn.dots += `M${middle} ${share}h0`;
      drawn.line += `${isJoined(before, point, changes) ? "L" : "M"}${middle} ${share}`;
    }
    before = point;
  }
  drawn.breaks = changes.map((known) => `M${x(known.day - axis.first)} 0V${HEIGHT}`).join("");
  drawn.scorers = scorerDays.map((day) => `M${x(day - axis.first)} ${HEIGHT}v-5`).join("");
  return {
    ...drawn,
    gapLabels,
    yLabels: [top, top / 2, 0].map(tickLabel),
    xLabels: xLabels(axis),
    marks: changes.map((known, position) => ({
      number: position + 1,
      x: `${coordinate((100 * (known.day - axis.first)) / days)}%`,
      text: `${dayName(known.day)}: ${known.title}`,
    })),
  };
}

function xLabels(axis) {
  const days = axis.last - axis.first + 1;
  if (days === 1) return [dayName(axis.first)];
  const middle = days < FEWEST_DAYS_WITH_MIDDLE ? [] : [axis.first + Math.floor(days / 2)];
  return [...[axis.first, ...middle].map((day) => dayName(day).slice(0, -5)), dayName(axis.last)];
}

/** Whether a line leads from the period before: it is shown, a neighbour, and the policy did not change between. */
function isJoined(before, point, changes) {
  if (!before?.number.isShown) return false;
  if (!isNeighbour(before, point)) return false;
  return !changes.some((known) => known.kind === "policy" && before.first < known.day && known.day <= point.last);
}

/** Whether no period lies between: a week may lack days with data at its ends. */
const isNeighbour = (before, point) => point.first - before.last <= (point.kind === "day" ? 1 : 7);

function fillPaths(svg, trend) {
  for (const name of PATHS) svg.querySelector(`.${name}`).setAttribute("d", trend[name] ?? "");
}
