"use strict";
// Each picture is there already; plotly takes its place where it can draw it.
document.querySelectorAll(".plot[data-chart]").forEach(function (place) {
  var data = document.getElementById(place.dataset.chart + "-data");
  if (!data || !window.Plotly) return;
  var figure = JSON.parse(data.textContent);
  var stage = document.createElement("div");
  stage.hidden = true;
  place.appendChild(stage);
  figure.layout.autosize = true;
  delete figure.layout.width;
  stage.style.height = figure.layout.height + "px";
  stage.hidden = false;
  Plotly.newPlot(stage, figure.data, figure.layout, {displayModeBar: false, responsive: true})
    .then(function () { place.querySelector("svg[role=img]").remove(); place.setAttribute("role", "img");
      place.setAttribute("aria-label", data.previousElementSibling.dataset.alt || ""); })
    .catch(function () { stage.remove(); });
});
