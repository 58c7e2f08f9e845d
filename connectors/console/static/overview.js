// The plot by day: drawn from the table below it, in the colours of the legend, again when light turns dark.

let chart;

if (document.getElementById("days-chart")) {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
oneRuleAtATime();

function draw() {
  chart?.destroy();
  const style = getComputedStyle(document.documentElement);
  const words = getComputedStyle(document.querySelector(".legend")).color;
  const line = colour(style.getPropertyValue("--line"));
  const surface = getComputedStyle(document.querySelector(".panel")).backgroundColor;
  const { days, series } = read();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  chart = new Chart(document.getElementById("days-chart"), {
    type: "bar",
    data: {
      labels: days,
      datasets: series.map(({ title, ground, values }) => ({
        label: title, data: values, backgroundColor: ground, borderColor: surface,
        borderWidth: { top: 1, bottom: 0, left: 0, right: 0 }, borderSkipped: false, maxBarThickness: 44, categoryPercentage: 0.9, barPercentage: 0.86,
      })),
    },
    options: {
      responsive: true, maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      locale: document.documentElement.lang,
      scales: {
        x: { stacked: true, grid: { display: false }, border: { color: line }, ticks: { color: words, maxRotation: 0, autoSkipPadding: 16 } },
        y: { stacked: true, beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: words, precision: 0, maxTicksLimit: 6 } },
      },
      plugins: {
        legend: { display: false },
        tooltip: { filter: (item) => item.raw > 0, itemSort: (a, b) => b.datasetIndex - a.datasetIndex, boxPadding: 4, padding: 10 },
      },
    },
  });
}

function read() {
  const rows = [...document.querySelectorAll("#days-table tbody tr")];
  const days = rows.map((row) => row.querySelector("th").textContent);
  const series = [...document.querySelectorAll("#legend li")].map((item, at) => ({
    title: item.textContent.trim(),
    ground: getComputedStyle(item.querySelector(".key")).backgroundColor,
    values: rows.map((row) => Number(row.querySelectorAll("td[data-value]")[at].dataset.value)),
  }));
  return { days, series };
}

/** light-dark() is resolved only in the value of a property. */
function colour(value) {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  probe.style.color = value;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A rule that is open covers others: it closes when another opens, at a click beside it, or by Escape. */
function oneRuleAtATime() {
  const close = (but) => {
    for (const rule of document.querySelectorAll("details.rule[open]")) if (rule !== but) rule.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.rule")));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}
