"use strict";
/** Boxes that programs are written in: Tab indents, Enter keeps the indent. Escape gives the next Tab back to the page.
    Lines have their numbers, as errors of compilers name them. */
(() => {
  // Typing by command keeps the browser's undo; where that is gone, the text is set.
  function type(box, text) {
    if (!document.execCommand("insertText", false, text)) {
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    }
  }

  function lineStart(box, at) {
    return box.value.lastIndexOf("\n", at - 1) + 1;
  }

  /** All lines that are selected, in or out by one. */
  function shift(box, unit, out) {
    const start = lineStart(box, box.selectionStart);
    const end = box.selectionEnd;
    const lines = box.value.slice(start, end).split("\n");
    const moved = lines.map((line) => (out ? line.replace(/^(\t| {1,2})/, "") : line && unit + line));
    box.setSelectionRange(start, end);
    type(box, moved.join("\n"));
    box.setSelectionRange(start, start + moved.join("\n").length);
  }

  function enter(box, unit) {
    const line = box.value.slice(lineStart(box, box.selectionStart), box.selectionStart);
    const indent = line.match(/^[ \t]*/)[0];
    type(box, `\n${indent}${/[{(:]\s*$/.test(line) ? unit : ""}`);
  }

  function edit(box) {
    let leaves = false;
    const unit = () => (/^\s*package\s/m.test(box.value) || !box.value ? "\t" : "  ");
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") {
        leaves = true;
      } else if (event.key === "Tab" && !leaves) {
        event.preventDefault();
        const several = box.value.slice(box.selectionStart, box.selectionEnd).includes("\n");
        if (several || event.shiftKey) shift(box, unit(), event.shiftKey);
        else type(box, unit());
      } else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        leaves = false;
        enter(box, unit());
      } else if (event.key !== "Shift") {
        leaves = false;
      }
    });
    box.addEventListener("blur", () => { leaves = false; });
  }

  /** Numbers beside a box, for eyes only: whoever hears the page is told the line by its reader. */
  function number(box) {
    const column = document.createElement("div");
    const shown = document.createElement("pre");
    column.className = "numbers";
    column.setAttribute("aria-hidden", "true");
    column.append(shown);
    const frame = document.createElement("div");
    frame.className = "numbered";
    box.replaceWith(frame);
    frame.append(column, box);
    let lines = 0;
    const count = () => {
      const now = box.value.split("\n").length;
      if (now === lines) return;
      lines = now;
      shown.textContent = Array.from({ length: lines }, (_, line) => line + 1).join("\n");
      column.style.width = `calc(${Math.max(3, String(lines).length)}ch + 1.2rem)`;
    };
    const follow = () => { shown.style.transform = `translateY(${-box.scrollTop}px)`; };
    box.addEventListener("input", () => { count(); follow(); });
    box.addEventListener("scroll", follow);
    // What a browser put back into the box, when its reader came back to the page, was no input.
    addEventListener("pageshow", count);
    count();
  }

  document.querySelectorAll("[data-editor]").forEach((box) => { edit(box); number(box); });
  document.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });
})();
