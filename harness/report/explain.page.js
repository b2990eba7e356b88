"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { program, rules, runs, rows, source } = data;
  const find = (id) => document.getElementById(id);

  // --- Small helpers: all text goes into the page as text ------------------------------------------------------

  function make(tag, classes, ...children) {
    const made = document.createElement(tag);
    if (classes) made.className = classes;
    made.append(...children);
    return made;
  }

  const at = (distance) => distance === null ? "nil" : distance === 0 ? "hi" : distance > 0 ? `hi+${distance}` : `hi${distance}`;
  const offset = (number) => number < 0 ? `sp${number}` : `sp+${number}`;
  const called = (pending) => pending.calls === null ? "nil function" : pending.calls;
  const binary = (bits, width) => "0b" + bits.toString(2).padStart(width, "0");

  // --- A state, as facts that have names: what has another fact than before is marked --------------------------

  class Picture {
    constructor(before) {
      this.before = before;
      this.facts = new Map();
    }

    /** An element that shows a fact. It is marked if the fact is new; the first picture marks nothing. */
    fact(name, value, element) {
      this.facts.set(name, value);
      if (this.before && this.before.facts.get(name) !== value) element.classList.add("changed");
      return element;
    }

    /** The same, and what it was before. */
    text(name, value, element) {
      element.append(value);
      const was = this.before && this.before.facts.get(name);
      if (was && was !== value) element.append(make("span", "was", `(was ${was})`));
      return this.fact(name, value, element);
    }

    field(list, name, label, value) {
      list.append(make("dt", "", label), this.text(name, value, make("dd", "mono")));
    }
  }

  function where(frame) {
    const own = program.find((f) => f.name === frame.name);
    if (frame.action === 0) return "entered";
    if (frame.action > own.actions.length) return "at its end";
    return `in action ${frame.action}: ${own.actions[frame.action - 1]}`;
  }

  function drawFrame(picture, key, frame) {
    const box = make("div", frame.action === undefined ? "box of-runtime" : "box");
    picture.fact(key, frame.name, box);
    box.append(make("div", "head", make("span", "name", frame.name), make("span", "mono small", at(frame.sp))));
    if (frame.action === undefined) {
      const held = frame.panic === undefined ? "the compiler's, between a deferred call and its function" : `holds _panic ${frame.panic}`;
      box.append(make("div", "small", held));
      return box;
    }
    box.append(make("div", "small", frame.entered || "being entered"));
    box.append(picture.fact(`${key} action`, String(frame.action), make("span", "mono", where(frame))));
    if (frame.result) box.append(" ", picture.fact(`${key} result`, String(frame.result), make("span", "small", `result ${frame.result}`)));
    if (frame.defer_bits !== undefined) box.append(drawBits(picture, key, frame));
    else frame.pending.forEach((p) => {
      box.append(make("div", "small", `pending: ${called(p)} (linked, action ${p.action})`));
    });
    return box;
  }

  function drawBits(picture, key, frame) {
    const own = program.find((f) => f.name === frame.name);
    const statements = own.actions.map((text, index) => [text, index + 1]).filter(([text]) => text.startsWith("defer"));
    const shown = make("div", "bits");
    shown.append(make("span", "small", "deferBits "), picture.text(`${key} bits`, binary(frame.defer_bits, frame.statements),
      make("span", "mono")));
    for (let bit = frame.statements - 1; bit >= 0; bit--) {
      const set = (frame.defer_bits >> bit) & 1;
      const [text, action] = statements[bit];
      const element = make("span", set ? "bit set" : "bit", `${bit}: ${text.replace(/^defer: /, "")}`);
      element.title = `bit ${bit} stands for action ${action}: ${set ? "pending" : "not pending"}`;
      shown.append(picture.fact(`${key} bit ${bit}`, String(set), element));
    }
    return shown;
  }

  function drawPanic(picture, key, record, linked) {
    const box = make("div", record.kind === "deferreturn" ? "box of-runtime" : "box");
    picture.fact(key, "", box);
    const what = record.kind === "panic" ? `panic ${record.value}` : record.kind;
    box.append(make("div", "head", make("span", "name", `_panic ${record.number}`), make("span", "small", what)));
    const list = make("dl");
    if (record.kind !== "deferreturn") {
      picture.field(list, `${key} recovered`, "recovered", String(record.recovered));
      picture.field(list, `${key} linked`, "linked", linked ? "to g._panic" : "no longer");
    }
    picture.field(list, `${key} argp`, "argp", at(record.argp));
    picture.field(list, `${key} sp`, "sp", at(record.sp));
    picture.field(list, `${key} retpc`, "retpc", record.retpc || "0");
    picture.field(list, `${key} bits`, "deferBitsPtr", at(record.defer_bits_ptr));
    picture.field(list, `${key} slots`, "slotsPtr", at(record.slots_ptr));
    box.append(list);
    return box;
  }

  const gone = (name, aside) =>
    make("div", "box gone", make("div", "head", make("span", "name", name), make("span", "mono small", aside)));

  function drawFacts(picture, key, g, earlier) {
    const facts = make("div", "facts");
    const chain = g.panic.length ? g.panic.map((n) => `_panic ${n}`).join(" → ") : "nil";
    facts.append(make("h2", "term", "g._panic"), picture.text(`${key} chain`, chain, make("div", "box mono")));
    for (const record of g.panics) {
      facts.append(drawPanic(picture, `${key} panic ${record.number}`, record, g.panic.includes(record.number)));
    }
    for (const record of earlier.panics) {
      if (!g.panics.some((one) => one.number === record.number)) facts.append(gone(`_panic ${record.number}`, record.kind));
    }
    facts.append(make("h2", "term", "g._defer"));
    for (const d of earlier.defer.slice(0, Math.max(0, earlier.defer.length - g.defer.length))) {
      facts.append(gone(called(d.call), `sp ${at(d.sp)}`));
    }
    if (!g.defer.length) facts.append(picture.fact(`${key} defer`, "nil", make("div", "box mono", "nil")));
    g.defer.forEach((d, index) => {
      // Counted from the oldest, so that a new head does not rename the others.
      const box = make("div", "box", make("div", "head", make("span", "name", called(d.call)), make("span", "small mono", `sp ${at(d.sp)}`)));
      box.append(make("div", "small", `deferred by ${d.owner}, action ${d.call.action}; ${d.heap ? "in the heap" : "in its frame"}; pc ${d.pc}`));
      facts.append(picture.fact(`${key} defer ${g.defer.length - index}`, `${called(d.call)} ${d.sp} ${d.pc}`, box));
    });
    const saved = g.param;
    const param = saved === null ? "nil"
      : `retpc ${saved.retpc}, deferBits at ${offset(saved.defer_bits_offset)}, slots at ${offset(saved.slots_offset)}`;
    facts.append(make("h2", "term", "g.param"), picture.text(`${key} param`, param, make("div", "box mono")));
    return facts;
  }

  function drawGoroutine(picture, g, earlier) {
    const key = `goroutine ${g.number}`;
    const drawn = make("div", "goroutine");
    const copies = g.copies ? `, copied ${g.copies}×` : "";
    drawn.append(picture.fact(`${key} stack`, `${g.stack_bytes} ${g.copies}`,
      make("h2", "", `Goroutine ${g.number}: stack of ${g.stack_bytes} bytes${copies}`)));
    const stack = make("div", "stack");
    const kept = new Set(g.frames.map((frame) => `${frame.sp} ${frame.name}`));
    for (const frame of earlier.frames) {
      if (!kept.has(`${frame.sp} ${frame.name}`)) stack.append(gone(frame.name, at(frame.sp)));
    }
    for (const frame of g.frames) stack.append(drawFrame(picture, `${key} ${frame.sp} ${frame.name}`, frame));
    drawn.append(make("div", "halves", stack, drawFacts(picture, key, g, earlier)));
    return drawn;
  }

  const NOTHING = { frames: [], panics: [], defer: [] };

  /** The state behind a moment (counted from 0), with what it changed marked. */
  function drawState(run, index) {
    const draw = (picture, state, earlier) => state.map((g) =>
      drawGoroutine(picture, g, earlier.find((one) => one.number === g.number) || NOTHING));
    let before = null;
    if (index > 0) {
      before = new Picture(null);
      draw(before, run.moments[index - 1].after, []);
    }
    const earlier = index > 0 ? run.moments[index - 1].after : [];
    return make("div", "state", ...draw(new Picture(before), run.moments[index].after, earlier));
  }

  // --- The page ------------------------------------------------------------------------------------------------

  const several = runs.length > 1;
  const differs = (row) => row.includes(null) || new Set(row.map((n, r) => {
    const moment = runs[r].moments[n - 1];
    return `${moment.text} ${moment.rule}`;
  })).size > 1;

  function drawTold(run, moment) {
    const told = make("div", "told");
    if (several) told.append(make("div", "level", run.profile));
    if (!moment) {
      told.classList.add("absent");
      told.append(make("p", "", "Nothing happens here."));
      return told;
    }
    if (moment.level === "runtime") told.classList.add("runtime");
    told.append(make("div", "level", moment.level === "runtime" ? "inside the runtime" : "the program"));
    told.append(make("p", "sentence", moment.text));
    const rule = rules[moment.rule];
    const source = rule.source.startsWith("https://") ? make("a", "", moment.rule) : make("span", "", moment.rule);
    if (source.tagName === "A") {
      source.href = rule.source;
      source.rel = "noopener noreferrer";
    }
    told.append(make("p", "rule", source, `: ${rule.statement}`));
    return told;
  }

  function drawProgram() {
    for (const f of program) {
      const kind = `${f.frame === "open" ? "open-coded" : "linked"}${f.large ? ", large" : ""}`;
      const heading = make("h3", "mono", f.name, " ", make("span", "small", kind));
      heading.dataset.place = `${f.name} 0`;
      const list = make("ol");
      [...f.actions, "end"].forEach((text, index) => {
        const item = make("li", "mono", make("span", "small", index < f.actions.length ? `${index + 1} ` : ""), text);
        item.dataset.place = `${f.name} ${index + 1}`;
        list.append(item);
      });
      find("program").append(make("div", "function", heading, list));
    }
  }

  function drawSource() {
    if (!source) return;
    find("stepper").classList.add("sourced");
    find("source").hidden = false;
    find("source").querySelector("ol").append(...source.lines.map((text, index) =>
      make("li", "mono", make("span", "small", String(index + 1)), text)));
  }

  /** The lines in which the program's functions are; the innermost runs. */
  function markSource(frames) {
    if (!source) return;
    const list = find("source").querySelector("ol");
    for (const item of list.children) item.classList.remove("running", "waiting");
    frames.forEach((frame, index) => {
      const line = list.children[source.places[`${frame.name} ${frame.action}`] - 1];
      if (line) line.className = index === frames.length - 1 ? "mono running" : "mono waiting";
    });
    const running = list.querySelector(".running");
    if (running) bringIntoView(list, running);
  }

  function markProgram(state) {
    const frames = state.flatMap((g) => g.frames).filter((frame) => frame.action !== undefined);
    for (const item of document.querySelectorAll("[data-place]")) item.classList.remove("running", "waiting");
    frames.reverse().forEach((frame, index) => {
      const item = [...document.querySelectorAll("[data-place]")].find((one) => one.dataset.place === `${frame.name} ${frame.action}`);
      item.classList.remove("waiting");
      item.classList.add(index === frames.length - 1 ? "running" : "waiting");
    });
    markSource(frames);
  }

  function drawMoments() {
    rows.forEach((row, index) => {
      const run = row.findIndex((number) => number !== null);
      const moment = runs[run].moments[row[run] - 1];
      const button = make("button", moment.level, make("span", "number", String(index + 1)));
      const whose = several && row.includes(null) ? `${runs[run].profile.replace(/-.*/, "")}: ` : "";
      button.append(make("span", "words", whose + moment.text));
      if (several && differs(row)) button.classList.add("differs");
      button.type = "button";
      button.addEventListener("click", () => show(index));
      find("moments").querySelector("ol").append(make("li", "", button));
    });
  }

  let shown = -1;

  function show(index) {
    shown = Math.min(Math.max(index, 0), rows.length - 1);
    const row = rows[shown];
    // A run that has nothing here keeps the state that it had.
    const latest = runs.map((_, r) => {
      for (let i = shown; i >= 0; i--) if (rows[i][r] !== null) return rows[i][r] - 1;
      return -1;
    });
    find("now").replaceChildren(...runs.map((run, r) => drawTold(run, row[r] === null ? null : run.moments[row[r] - 1])));
    find("states").classList.toggle("narrow", several);
    find("states").replaceChildren(...runs.map((run, r) => {
      if (latest[r] < 0) return make("div", "state absent");
      const state = drawState(run, latest[r]);
      if (several) state.prepend(make("h2", "term", run.profile));
      if (row[r] === null) {
        state.classList.add("absent");
        state.querySelectorAll(".changed").forEach((one) => one.classList.remove("changed"));
        state.querySelectorAll(".gone, .was").forEach((one) => one.remove());
      }
      return state;
    }));
    const first = row.findIndex((number) => number !== null);
    markProgram(runs[first].moments[row[first] - 1].after);
    find("position").textContent = `${shown + 1} of ${rows.length}`;
    find("first").disabled = find("previous").disabled = shown === 0;
    find("last").disabled = find("next").disabled = shown === rows.length - 1;
    markMoment();
    // A page within a page has no address of its own.
    if (location.protocol !== "about:" && location.hash !== `#${shown + 1}`) history.replaceState(null, "", `#${shown + 1}`);
  }

  function markMoment() {
    const list = find("moments").querySelector("ol");
    list.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    const button = list.children[shown].firstChild;
    button.setAttribute("aria-current", "step");
    bringIntoView(list, button);
  }

  /** Within the list only: the page itself must not jump. */
  function bringIntoView(list, item) {
    const top = item.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
    if (top < list.scrollTop || top + item.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = top - list.clientHeight / 2;
    }
  }

  const fromHash = () => show((Number.parseInt(location.hash.slice(1), 10) || 1) - 1);
  const steps = {
    first: () => show(0),
    previous: () => show(shown - 1),
    next: () => show(shown + 1),
    last: () => show(rows.length - 1),
  };
  for (const [name, step] of Object.entries(steps)) find(name).addEventListener("click", step);
  const keys = { Home: steps.first, ArrowLeft: steps.previous, ArrowRight: steps.next, End: steps.last };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  window.addEventListener("hashchange", fromHash);

  for (const run of runs) {
    const agrees = run.agrees ? "the language's rules give the same events" :
      `parts from the language's rules at moment ${run.parting.moment}: owed was: ${run.parting.owed} (${run.parting.rule})`;
    find("verdicts").append(make("span", run.agrees ? "good" : "bad", `${run.profile}${run.moves ? ", stack moving" : ""}: ${agrees}`));
  }
  drawProgram();
  drawSource();
  drawMoments();
  find("stepper").hidden = false;
  fromHash();
})();
