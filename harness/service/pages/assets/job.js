"use strict";
/** The page of a job that is not done: follows it, and is loaded again at its end for what came of it. */
(() => {
  const source = new EventSource(document.getElementById("job").dataset.events);
  const bar = document.querySelector("#going progress");
  const state = document.getElementById("state");
  const live = Object.fromEntries([...document.querySelectorAll("[data-live]")].map((one) => [one.dataset.live, one]));

  // What is the same is left alone: a reader is not told it again, and a selection stays.
  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  source.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    if (job.ended) {
      source.close();
      location.reload();
      return;
    }
    put(state, job.state);
    state.className = `state ${job.state}`;
    put(live.phase, job.phase);
    put(live.percent, job.percent === null ? "" : `${job.percent} %`);
    put(live.tail, job.tail);
    bar.hidden = job.percent === null;
    bar.value = job.percent ?? 0;
  });
})();
