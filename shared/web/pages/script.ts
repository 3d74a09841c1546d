/** Comfort only: every page works without it. Copy buttons; `/` searches, `j` and `k` move along a list, `e` opens the image. */
export const SCRIPT = `"use strict";
document.documentElement.classList.add("js");
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button === null) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = document.getElementById("said");
  said.textContent = "Copied";
  button.title = "Copied";
  setTimeout(() => { said.textContent = ""; button.title = "Copy"; }, 1500);
});
document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (event.key === "/") {
    const search = document.querySelector("main input[type=search]") ?? document.querySelector("input[type=search]");
    if (search !== null) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  const links = [...document.querySelectorAll("a[data-row]")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "j") links[Math.min(at + 1, links.length - 1)]?.focus();
  if (event.key === "k") links[Math.max(at - 1, 0)]?.focus();
  if (event.key === "e" && at >= 0) links[at].click();
});
`;
