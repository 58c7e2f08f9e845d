// Two plots, each drawn from the table below it in the colours of its legend, again when light turns dark.

const charts = [];

if (document.querySelector("[data-plot]")) {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function draw() {
  for (const chart of charts.splice(0)) chart.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const canvas of document.querySelectorAll("[data-plot]")) {
    const name = canvas.dataset.plot;
    const made = name === "curve" ? curve(canvas, read(name), colours(name)) : reliability(read(name), colours(name));
    charts.push(new Chart(canvas, made));
  }
}

/** What it said as a line; what was right as points, in bars that hold the truth. */
function reliability(rows, [said, right]) {
  const data = {
    labels: rows.map((row) => row.text),
    datasets: [
      { type: "line", label: legend("reliability", 0), data: rows.map((row) => row.values[0]), borderColor: said, backgroundColor: said, borderWidth: 2, pointRadius: 0 },
      { type: "line", label: legend("reliability", 1), data: rows.map((row) => row.values[1]), showLine: false, clip: false, backgroundColor: right, borderColor: right, pointRadius: 5 },
      { type: "bar", data: rows.map((row) => row.values.slice(2, 4)), backgroundColor: pale(right), maxBarThickness: 18, borderRadius: 4 },
    ],
  };
  return { data, options: options({ type: "category" }) };
}

/** The share that was right over the share that is answered, in a band that holds the truth. */
function curve(canvas, rows, [right, promised]) {
  const points = (at) => rows.map(({ values }) => ({ x: values[0], y: values[at] }));
  const target = Number(canvas.dataset.target);
  const flat = { borderWidth: 0, pointRadius: 0, backgroundColor: pale(right) };
  const data = {
    datasets: [
      { label: legend("curve", 0), data: points(1), borderColor: right, backgroundColor: right, borderWidth: 2, pointRadius: 3, clip: false },
      { label: legend("curve", 1), data: [{ x: 0, y: target }, { x: 1, y: target }], borderColor: promised, backgroundColor: promised, borderWidth: 2, borderDash: [6, 4], pointRadius: 0 },
      { data: points(2), ...flat },
      { data: points(3), ...flat, fill: "-1" },
    ],
  };
  return { type: "line", data, options: options({ type: "linear", min: 0, max: 1, ticks: { callback: percent } }) };
}

function options(x) {
  const style = getComputedStyle(document.documentElement);
  const words = getComputedStyle(document.querySelector(".legend")).color;
  const line = resolved(style.getPropertyValue("--line"));
  return {
    responsive: true, maintainAspectRatio: false, animation: false,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    locale: document.documentElement.lang,
    scales: {
      x: { ...x, grid: { display: false }, border: { color: line }, ticks: { ...x.ticks, color: words, maxRotation: 0, autoSkipPadding: 12 } },
      y: { min: 0, max: 1, grid: { color: line }, border: { display: false }, ticks: { color: words, maxTicksLimit: 6, callback: percent } },
    },
    plugins: {
      legend: { display: false },
      tooltip: { filter: (item) => Boolean(item.dataset.label), callbacks: { title: () => "", label: (item) => `${item.dataset.label}: ${percent(item.parsed.y)}` } },
    },
  };
}

function read(name) {
  return [...document.querySelectorAll(`[data-table="${name}"] tbody tr`)].map((row) => ({
    text: row.querySelector("th").textContent,
    values: [...row.querySelectorAll("[data-value]")].map((cell) => Number(cell.dataset.value)),
  }));
}

function colours(name) {
  return [...document.querySelectorAll(`[data-legend="${name}"] .key`)].map((key) => getComputedStyle(key).backgroundColor);
}

function legend(name, at) {
  return document.querySelectorAll(`[data-legend="${name}"] li`)[at].textContent.trim();
}

function percent(share) {
  return new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

function pale(colour) {
  return resolved(`color-mix(in srgb, ${colour} 26%, transparent)`);
}

/** light-dark() and color-mix() are resolved only in the value of a property. */
function resolved(value) {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  probe.style.color = value;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
