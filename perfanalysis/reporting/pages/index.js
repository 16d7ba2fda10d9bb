"use strict";
const table = document.querySelector("table"), body = table.tBodies[0], rows = [...body.rows], tools = document.getElementById("tools");
const text = (row) => row.dataset.search.toLowerCase();
function narrow() {
  const wanted = tools.querySelector("[type=search]").value.toLowerCase().trim();
  const chosen = [...tools.querySelectorAll("select")].filter((one) => one.value);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !text(row).includes(wanted) || chosen.some((one) => !(row.dataset[one.name] || "").split(" ").includes(one.value));
    shown += !row.hidden;
  }
  document.getElementById("shown").textContent = shown + " / " + rows.length;
}
function sort(head) {
  const place = [...head.parentNode.cells].indexOf(head), down = head.getAttribute("aria-sort") === "ascending";
  for (const one of head.parentNode.cells) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const value = (row) => row.cells[place].dataset.value ?? row.cells[place].textContent.trim();
  const number = head.classList.contains("number");
  const missing = (row) => number && row.cells[place].dataset.value === undefined;
  // what is not known stands last, whichever way
  const order = (a, b) => missing(a) - missing(b) || (down ? -1 : 1) * (number ? value(a) - value(b) : value(a).localeCompare(value(b), document.documentElement.lang));
  body.append(...[...rows].sort((a, b) => order(a, b) || 0));
}
tools.addEventListener("input", narrow);
for (const head of table.tHead.rows[0].cells) {
  if (head.classList.contains("links")) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => sort(head));
}
tools.hidden = false;
narrow();
