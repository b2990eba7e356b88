"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const stepper = JSON.parse(document.getElementById("steps").textContent);
  const find = (id) => document.getElementById(id);

  // --- Small helpers: all text goes into the page as text ------------------------------------------------------

  function make(tag, classes, ...children) {
    const made = document.createElement(tag);
    if (classes) made.className = classes;
    made.append(...children);
    return made;
  }

  function button(classes, text, act) {
    const made = make("button", classes, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  /** A link if the text is an address of the web, else the text. */
  function linked(text) {
    if (!/^https:\/\/[^\s]+$/.test(text)) return make("span", "", text);
    const made = make("a", "", text);
    made.href = text;
    made.rel = "noopener noreferrer";
    return made;
  }

  function facts(...pairs) {
    const list = make("dl");
    for (const [term, ...what] of pairs) list.append(make("dt", "", term), make("dd", "", ...what));
    return list;
  }

  /** Within the box only: the page itself must not jump. */
  function bringIntoView(box, item) {
    const top = item.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (top < 32 || top + item.offsetHeight > box.clientHeight) box.scrollTop += top - box.clientHeight / 2;
  }

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
    article.append(...detail.faults.map(drawFault));
    if (detail.reason && !detail.faults.some((fault) => fault.known)) article.append(make("p", "note", `The header says: ${detail.reason}`));
    article.append(drawCommand(detail.reproduce));
    drawEvents(article, detail);
    if (detail.owes) {
      article.append(make("h3", "", "What the language owes"), make("p", "", detail.owes));
      article.append(make("p", "note", ...detail.sources.flatMap((text) => [linked(text), " "])));
    }
    for (const output of detail.output) {
      article.append(make("h3", "", `Different ${output.stream}`), make("div", "output", ...["pre", "post"].map((role) =>
        make("div", "", make("span", "absent", role), make("pre", "", output[role] || "(nothing)")))));
    }
    if (detail.model && stepper) article.append(make("h3", "", "On the model of the runtime, before and after CL 515856"), drawModel(detail.model));
  }

  function drawFault(fault) {
    const box = make("section", "fault");
    if (!fault.rule) {
      box.append(make("p", "", make("strong", "", fault.role), " ", fault.text));
      if (fault.build) box.append(make("pre", "", fault.build));
    } else {
      box.append(make("p", "", make("strong", "", fault.role), " breaks ", make("strong", "", fault.rule), `: ${fault.statement}`));
      box.append(facts([fault.place || "got", fault.got], ["owed", fault.owed], ["source", linked(fault.source)]));
    }
    if (fault.known) box.append(make("p", "note", `Known: ${fault.known[0]} `, linked(fault.known[1])));
    return box;
  }

  function drawCommand(command) {
    const text = make("code", "", command);
    const copy = button("plain", "Copy", async () => {
      try {
        await navigator.clipboard.writeText(command);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        copy.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl-C";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    copy.setAttribute("aria-live", "polite");
    return make("div", "command", text, copy);
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

  // --- Events in three lanes, and the source beside them -------------------------------------------------------

  let steps = null;

  function drawEvents(article, detail) {
    const source = drawSource(detail);
    if (!detail.lanes) {
      article.append(make("h3", "", "Source"), source.box);
      if (detail.line) source.mark(detail.line);
      return;
    }
    const { rows, words, goroutine, above, below } = detail.lanes;
    const lines = rows.map((row) => make("tr", ...laneClasses(row)));
    rows.forEach((row, index) => {
      lines[index].append(...drawRow(row, words));
      lines[index].addEventListener("click", () => steps.go(index));
    });
    const heading = make("tr", "", ...[...data.sides.map((side) => side.label), "owed, by the model"].map((text) => {
      const cell = make("th", "", text);
      cell.scope = "col";
      return cell;
    }));
    const box = make("div", "scroll", make("table", "", make("thead", "", heading), make("tbody", "", ...lines)));
    const position = make("span", "position");
    position.setAttribute("role", "status");
    const to = (text, act) => button("plain", text, act);
    const [first, previous, next, last, parting] = [
      to("First", () => steps.go(0)), to("← Back", () => steps.go(steps.at - 1)), to("Next →", () => steps.go(steps.at + 1)),
      to("Last", () => steps.go(rows.length - 1)), to("First divergence", () => steps.go(start)),
    ];
    const broken = rows.findIndex((row) => row[7] > 1);
    const differing = rows.findIndex((row) => row[7] === 0);
    const start = broken >= 0 ? broken : Math.max(0, differing);
    parting.disabled = broken < 0 && differing < 0;
    steps = {
      at: start,
      go(wanted) {
        lines[steps.at].removeAttribute("aria-current");
        steps.at = Math.min(Math.max(wanted, 0), rows.length - 1);
        lines[steps.at].setAttribute("aria-current", "step");
        position.textContent = `${steps.at + 1} of ${rows.length}`;
        first.disabled = previous.disabled = steps.at === 0;
        last.disabled = next.disabled = steps.at === rows.length - 1;
        bringIntoView(box, lines[steps.at]);
        source.mark(rows[steps.at][5] || rows[steps.at][2]);
      },
    };
    const notes = [];
    if (goroutine) notes.push(`Only goroutine ${goroutine} is shown.`);
    if (above || below) notes.push(`There are more events ${above && below ? "above and below" : above ? "above" : "below"}.`);
    const events = make("div", "", make("div", "controls", first, previous, position, next, last, parting), box);
    if (notes.length) events.append(make("p", "note", notes.join(" ")));
    article.append(make("h3", "", "Events, and the source"), make("div", "beside", events, source.box));
    steps.go(start);
  }

  function laneClasses(row) {
    const flags = row[7];
    if (flags > 1) return ["first"];
    return [flags === 0 ? "apart" : "agreed"];
  }

  function drawRow(row, words) {
    const [preNumber, preWords, , postNumber, postWords, , owed, flags] = row;
    const lane = (name, number, text, broken) => {
      const cell = make("td", broken ? "broken" : "");
      cell.dataset.lane = name;
      if (!number) cell.append(make("span", "absent", "—"));
      else cell.append(make("span", "number", `${broken ? "✗ " : ""}${number}`), words[text]);
      return cell;
    };
    const rules = make("td", "owed", words[owed] || "—");
    rules.dataset.lane = "owed";
    return [lane("pre", preNumber, preWords, flags & 2), lane("post", postNumber, postWords, flags & 4), rules];
  }

  function drawSource(detail) {
    const lines = detail.source.map((text, index) =>
      make("li", index + 1 === detail.line ? "mono blamed" : "mono", make("span", "number", String(index + 1)), text));
    const list = make("ol", "", ...lines);
    const box = make("div", "scroll source", list);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `Source: ${detail.path}`);
    return {
      box,
      mark(line) {
        lines.forEach((one, index) => one.classList.toggle("running", index + 1 === line));
        if (lines[line - 1]) bringIntoView(box, lines[line - 1]);
      },
    };
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
