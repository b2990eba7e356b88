"use strict";
/** The page of one case of a run: draws what is known of it, and steps by keys. */
(() => {
  const article = document.getElementById("case");
  const { detail, labels } = JSON.parse(document.getElementById("data").textContent);

  // The program on the model has a page of its own, under a policy of its own.
  function drawModel() {
    const frame = document.createElement("iframe");
    frame.title = "The run on the model, step by step";
    frame.loading = "lazy";
    frame.setAttribute("sandbox", "allow-scripts allow-popups");
    frame.src = article.dataset.model;
    return frame;
  }

  const steps = caseView.draw(article, detail, labels, drawModel, "h2");
  const keys = {
    ArrowLeft: () => steps.go(steps.at - 1),
    ArrowRight: () => steps.go(steps.at + 1),
    Home: () => steps.go(0),
    End: () => steps.go(Infinity),
  };
  if (!steps) document.querySelector(".keys").hidden = true;
  else {
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  }
})();
