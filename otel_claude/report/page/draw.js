// Draws every chart of the page, and again when the page turns dark or light.
const dark = matchMedia("(prefers-color-scheme: dark)");

function look(width) {
  const colours = getComputedStyle(document.documentElement);
  const ink = colours.getPropertyValue("--ink"), line = colours.getPropertyValue("--line");
  return {
    background: null,
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { labelColor: ink, titleColor: ink, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 12 },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, columns: Math.max(2, Math.floor(width / 200)) },
    range: { category: ["#c96f3b", "#3f7fb5", "#2a9d6f", "#8a64b0", "#c9a227", "#b5485d", "#4b9aa8", "#8a94a6"] },
  };
}

function draw() {
  for (const data of document.querySelectorAll("script[data-chart]")) {
    const place = document.getElementById(data.dataset.chart);
    // The interpreter needs no eval, which the page's policy forbids.
    const config = look(place.clientWidth);
    vegaEmbed(place, JSON.parse(data.textContent), { actions: false, ast: true, renderer: "svg", config })
      .then(() => place.setAttribute("data-drawn", dark.matches ? "dark" : "light"))
      .catch(error => { place.textContent = "The chart cannot be drawn: " + error; });
  }
}

dark.addEventListener("change", draw);
draw();
