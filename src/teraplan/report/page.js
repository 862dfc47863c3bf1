"use strict";
// Draws each figure when it comes near the screen, all of them for printing, and searches the table of numbers.
(function () {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const places = Array.from(document.querySelectorAll(".plot"));
  const PAPER = 680; // width of a figure on paper, in pixels
  const TICK = 46; // room that the name of a period needs, in pixels
  const AHEAD = "800px"; // how far off the screen a figure is drawn

  function draw(place, width) {
    const figure = structuredClone(figures[place.id]);
    thin(figure.layout, width || place.clientWidth);
    if (width) figure.layout.width = width;
    Plotly.newPlot(place, figure.data, figure.layout, { displayModeBar: false, responsive: !width });
  }

  // Leaves out every second name of a period, or more, where the figure is too narrow for all; the last one stays.
  function thin(layout, width) {
    const axis = layout.xaxis;
    if (!axis || !axis.ticktext) return;
    const room = width - layout.margin.l - layout.margin.r;
    const step = Math.ceil(axis.ticktext.length / Math.max(1, Math.floor(room / TICK)));
    const last = axis.ticktext.length - 1;
    axis.tickvals = axis.tickvals.filter((_, at) => (last - at) % step === 0);
    axis.ticktext = axis.ticktext.filter((_, at) => (last - at) % step === 0);
  }

  if ("IntersectionObserver" in window) {
    const near = new IntersectionObserver((seen) => seen.forEach((one) => {
      if (!one.isIntersecting) return;
      near.unobserve(one.target);
      draw(one.target);
    }), { rootMargin: AHEAD });
    places.forEach((place) => near.observe(place));
  } else {
    places.forEach((place) => draw(place));
  }
  window.addEventListener("beforeprint", () => places.forEach((place) => draw(place, PAPER)));
  window.addEventListener("afterprint", () => places.forEach((place) => draw(place)));

  // Says above a box that it is wider than the screen, once it is seen and whenever its width changes.
  if ("ResizeObserver" in window) {
    const boxes = new ResizeObserver((changed) => changed.forEach(({ target }) => {
      const box = target.closest(".scroll, .frame");
      box.previousElementSibling.hidden = box.scrollWidth <= box.clientWidth + 1;
    }));
    document.querySelectorAll(".scroll, .scroll > table, .frame, .frame > .plot").forEach((box) => boxes.observe(box));
  }

  document.querySelectorAll("input.search").forEach((box) => {
    const table = document.getElementById(box.dataset.table);
    const count = document.getElementById(box.dataset.count);
    const rows = Array.from(table.tBodies[0].rows).map((row) => [row, row.textContent.toLowerCase()]);
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      rows.forEach(([row, text]) => {
        const fits = words.every((word) => text.includes(word));
        row.hidden = !fits;
        found += fits;
      });
      count.textContent = found + " of " + rows.length;
    });
  });
})();
