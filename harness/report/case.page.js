"use strict";
/** One case of a gate: what is wrong, its events in three lanes beside the source, and its run on the model. */
const caseView = (() => {
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

  /** A box that a keyboard scrolls, too. */
  function scrolling(label, content) {
    const box = make("div", "scroll", content);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", label);
    return box;
  }

  /** Within the box only: the page itself must not jump. */
  function bringIntoView(box, item) {
    const top = item.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (top < 32 || top + item.offsetHeight > box.clientHeight) box.scrollTop += top - box.clientHeight / 2;
  }

  // --- What is wrong, and how to see it again ------------------------------------------------------------------

  /**
   * Put all that is known of a case below what `article` has. `labels`: of the columns; `drawModel`: makes an element of
   * the run on the model; `level`: of headings. Gives the steps through the events, or null if there are none.
   */
  function draw(article, detail, labels, drawModel, level = "h3") {
    article.append(...detail.faults.map(drawFault));
    if (detail.reason && !detail.faults.some((fault) => fault.known)) article.append(make("p", "note", `The header says: ${detail.reason}`));
    article.append(drawCommand(detail.reproduce));
    const steps = drawEvents(article, detail, labels, level);
    if (detail.owes) {
      article.append(make(level, "section", "What the language owes"), make("p", "", detail.owes));
      article.append(make("p", "note", ...detail.sources.flatMap((text) => [linked(text), " "])));
    }
    for (const output of detail.output) {
      article.append(make(level, "section", `Different ${output.stream}`), make("div", "output", ...["pre", "post"].map((role) =>
        make("div", "", make("span", "absent", role), make("pre", "", output[role] || "(nothing)")))));
    }
    if (detail.model && drawModel) article.append(make(level, "section", "On the model of the runtime, before and after CL 515856"), drawModel(detail.model));
    return steps;
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

  // --- Events in three lanes, and the source beside them -------------------------------------------------------

  function drawEvents(article, detail, labels, level) {
    const source = drawSource(detail);
    if (!detail.lanes) {
      article.append(make(level, "section", "Source"), source.box);
      if (detail.line) source.mark(detail.line);
      return null;
    }
    const { rows, words, goroutine, above, below } = detail.lanes;
    const lines = rows.map((row) => make("tr", ...laneClasses(row)));
    rows.forEach((row, index) => {
      lines[index].append(...drawRow(row, words));
      lines[index].addEventListener("click", () => steps.go(index));
    });
    const heading = make("tr", "", ...[...labels, "owed, by the model"].map((text) => {
      const cell = make("th", "", text);
      cell.scope = "col";
      return cell;
    }));
    const box = scrolling("Events", make("table", "", make("thead", "", heading), make("tbody", "", ...lines)));
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
    const steps = {
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
    article.append(make(level, "section", "Events, and the source"), make("div", "beside", events, source.box));
    steps.go(start);
    return steps;
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
    const box = scrolling(`Source: ${detail.path}`, list);
    box.classList.add("source");
    return {
      box,
      mark(line) {
        lines.forEach((one, index) => one.classList.toggle("running", index + 1 === line));
        if (lines[line - 1]) bringIntoView(box, lines[line - 1]);
      },
    };
  }

  return { make, button, bringIntoView, draw };
})();
