"use strict";
// Each chart is already a static SVG; plotly replaces it where the page is wide enough for its size.
document.querySelectorAll(".plot[data-chart]").forEach(function (place) {
  var data = document.getElementById(place.dataset.chart + "-data");
  var picture = place.querySelector("svg");
  if (!data || !picture || !window.Plotly) return;
  var figure = JSON.parse(data.textContent);
  if (place.clientWidth < 0.9 * figure.layout.width) return;
  var stage = document.createElement("div");
  stage.setAttribute("role", "img");
  stage.setAttribute("aria-label", picture.querySelector("desc").textContent);
  stage.style.width = figure.layout.width + "px";
  stage.style.height = figure.layout.height + "px";
  picture.before(stage);
  Plotly.newPlot(stage, figure.data, figure.layout, {displayModeBar: false})
    .then(function () { picture.remove(); })
    .catch(function () { stage.remove(); });
});
