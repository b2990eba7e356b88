"use strict";
/** Boxes that programs are written in: Tab indents, Enter keeps the indent. Escape gives the next Tab back to the page. */
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

  document.querySelectorAll("[data-editor]").forEach(edit);
  document.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });
})();
