"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const stepper = JSON.parse(document.getElementById("steps").textContent);
  const find = (id) => document.getElementById(id);

  const { make, button, bringIntoView } = caseView;

  // --- The verdict ---------------------------------------------------------------------------------------------

  function drawVerdict() {
    find("word").textContent = data.verdict.word;
    find("word").classList.add(data.verdict.word);
    find("headline").textContent = data.verdict.text;
    for (const side of data.sides) {
      find("sides").append(make("dt", "", side.role), make("dd", "", make("code", "", side.text), ` (${side.release})`));
    }
    find("about").textContent = [data.tally.join(", "), ...data.about].filter(Boolean).join(" · ");
    find("weaknesses").append(...data.weaknesses.map((text) => make("li", "", text)));
    find("weaknesses").hidden = data.weaknesses.length === 0;
  }

  // --- The cases, in groups: by what becomes of them, verdict and rule -----------------------------------------

  const FIRST = 50;
  const cases = data.rows.map(([name, ...numbers], number) => {
    const [word, decision, rule, pre, post, came, title] = numbers.map((n) => data.strings[n]);
    const text = [name, word, decision, rule, came, title].join("\n").toLowerCase();
    return { number, name, word, decision, rule, pre, post, came, title, text };
  });
  const decisions = [...new Set(cases.map((one) => one.decision))];
  const hidden = new Set();
  const room = new Map();
  let order = [];
  let current = -1;

  function drawDecisions() {
    for (const decision of decisions) {
      const count = cases.filter((one) => one.decision === decision).length;
      const made = button("", `${decision} ${count}`, () => {
        if (!hidden.delete(decision)) hidden.add(decision);
        made.setAttribute("aria-pressed", String(!hidden.has(decision)));
        drawGroups();
      });
      made.setAttribute("aria-pressed", "true");
      find("decisions").append(made);
    }
  }

  function drawGroups() {
    const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = cases.filter((one) => !hidden.has(one.decision) && words.every((word) => one.text.includes(word)));
    const groups = new Map();
    for (const one of matching) {
      const key = `${one.decision}\n${one.word}\n${one.rule}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    order = [...groups.values()].flat();
    const open = new Map([...find("groups").querySelectorAll("details")].map((one) => [one.dataset.key, one.open]));
    find("groups").replaceChildren(...[...groups].map(([key, members]) => {
      const usual = members[0].decision !== "pass" || groups.size === 1 || words.length > 0;
      return drawGroup(key, members, words.length ? usual : open.get(key) ?? usual);
    }));
    if (!matching.length) find("groups").append(make("p", "nothing", cases.length ? "No case matches." : "There are no cases."));
    find("found").textContent = matching.length === cases.length ? `${cases.length} cases` : `${matching.length} of ${cases.length}`;
    markCurrent();
  }

  function drawGroup(key, members, open) {
    const first = members[0];
    const group = make("details", `group ${first.decision}`);
    group.dataset.key = key;
    group.open = open;
    const aside = first.decision === "fail" || first.decision === "pass" ? "" : ` (${first.decision})`;
    const summary = make("summary", "", make("span", "verdict", first.word), make("span", "many", `${aside} · ${members.length}`));
    if (first.rule) summary.append(make("span", "rule", first.rule));
    const list = make("ul");
    group.append(summary, list);
    const fill = () => {
      const shown = Math.min(members.length, room.get(key) ?? FIRST);
      for (const one of members.slice(list.querySelectorAll("[data-case]").length, shown)) list.append(drawEntry(one, first));
      group.querySelector(".more")?.remove();
      if (shown < members.length) {
        group.append(button("more", `Show more (${members.length - shown} are left)`, () => {
          room.set(key, shown + 10 * FIRST);
          fill();
          markCurrent();
        }));
      }
    };
    // What is closed costs nothing.
    if (open) fill();
    else group.addEventListener("toggle", () => { fill(); markCurrent(); }, { once: true });
    return group;
  }

  function drawEntry(one) {
    const entry = button("", "", () => { choose(one.number, true); });
    entry.dataset.case = one.number;
    entry.append(make("span", "mono", one.name));
    if (one.came) entry.append(make("span", "came", one.came));
    return make("li", "", entry);
  }

  const entryOf = (number) => find("groups").querySelector(`[data-case="${number}"]`);

  function markCurrent() {
    find("groups").querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    entryOf(current)?.setAttribute("aria-current", "true");
  }

  let steps = null;

  // --- One case ------------------------------------------------------------------------------------------------

  function choose(number, move) {
    const address = `#${encodeURIComponent(cases[number].name)}`;
    if (location.hash === address) show(number, move);
    else {
      moving = move;
      location.hash = address;
    }
  }
  let moving = false;

  function show(number, move) {
    current = number;
    find("report").classList.add("chosen");
    document.body.classList.add("chosen");
    steps = null;
    drawCase(cases[number], data.details[number]);
    markCurrent();
    const entry = entryOf(number);
    if (entry && find("cases").clientHeight) bringIntoView(find("cases"), entry);
    if (move && narrow.matches) {
      scrollTo(0, 0);
      find("case").focus({ preventScroll: true });
    }
  }

  function leave() {
    find("report").classList.remove("chosen");
    document.body.classList.remove("chosen");
    entryOf(current)?.focus();
  }

  function drawCase(one, detail) {
    const article = find("case");
    article.setAttribute("aria-label", one.name);
    const back = button("", "← All cases", () => { history.pushState(null, "", " "); leave(); });
    back.id = "back";
    const decision = one.decision === "fail" ? "fails the gate" : one.decision;
    article.replaceChildren(back, make("h2", "mono", one.name),
      ...(one.title && one.title !== one.name ? [make("p", "title", one.title)] : []),
      make("p", "chips", make("span", one.decision, `${one.word}: ${decision}`), make("span", "", `pre ${one.pre}`), make("span", "", `post ${one.post}`)));
    if (!detail) {
      article.append(make("p", "note", `This page has details of ${Object.keys(data.details).length} of its ${cases.length} cases, the most notable, and none of this one. They are in report.json and, for what is notable, in rerun/.`));
      return;
    }
    steps = caseView.draw(article, detail, data.sides.map((side) => side.label), stepper ? drawModel : null);
  }

  // The program on the model has a page of its own, which lives in a frame.
  function drawModel(model) {
    const frame = make("iframe");
    frame.title = "The run on the model, step by step";
    frame.setAttribute("sandbox", "allow-scripts allow-popups");
    const text = JSON.stringify(model).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
    frame.srcdoc = stepper.replace("@DATA@", () => text);
    return frame;
  }

  // --- The page ------------------------------------------------------------------------------------------------

  const narrow = matchMedia("(max-width: 52rem)");

  function fromHash() {
    let name = "";
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch {
      // No address that this page has made.
    }
    const found = cases.find((one) => one.name === name);
    if (found) show(found.number, moving);
    else if (narrow.matches || !cases.length) leave();
    else show(order.length ? order[0].number : 0, false);
    moving = false;
  }

  const typing = (event) => event.target instanceof HTMLInputElement;
  const keys = {
    ArrowLeft: () => steps?.go(steps.at - 1),
    ArrowRight: () => steps?.go(steps.at + 1),
    Home: () => steps?.go(0),
    End: () => steps?.go(Infinity),
    "/": () => find("search").focus(),
    ArrowUp: () => walk(-1),
    ArrowDown: () => walk(1),
  };

  /** Up and down go through the cases where the list has the focus; elsewhere they scroll, as everywhere. */
  function walk(by) {
    const entries = [...find("groups").querySelectorAll("details[open] [data-case]")];
    const at = entries.indexOf(document.activeElement);
    const next = entries[at < 0 ? 0 : at + by];
    if (!next) return;
    next.focus();
    if (!narrow.matches) choose(Number(next.dataset.case), false);
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !keys[event.key]) return;
    const walks = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (walks ? !find("cases").contains(event.target) : typing(event)) return;
    event.preventDefault();
    keys[event.key]();
  });
  find("search").addEventListener("input", drawGroups);
  window.addEventListener("hashchange", fromHash);
  window.addEventListener("popstate", () => { if (!location.hash && narrow.matches) leave(); });

  drawVerdict();
  drawDecisions();
  drawGroups();
  document.querySelectorAll("#verdict, #report, footer").forEach((one) => { one.hidden = false; });
  fromHash();
})();
