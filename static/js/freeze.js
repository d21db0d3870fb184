// The page that freezes a release. Numbers come by htmx; here is what makes the form quick: writing in a field
// of one target chooses it, and sources are searched and set together. Without scripts every button still works.

const form = document.querySelector("form.freeze-fields");

// Before htmx reads the form: the target that is written in is the one that counts.
for (const group of form.querySelectorAll("[data-target]")) {
  group.addEventListener("input", (event) => {
    if (event.target.name !== "by") group.querySelector("input[name=by]").checked = true;
  });
}

// The other target comes with each answer; never under the hands of someone who writes there by now.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target?.contains(document.activeElement)) event.detail.shouldSwap = false;
});

const search = form.querySelector("[data-search]");
const rows = [...form.querySelectorAll("[data-source]")];
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function find() {
  const words = plain(search.value).split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const name = plain(row.dataset.source);
    row.hidden = !words.every((word) => name.includes(word));
  }
  form.querySelector("[data-nothing]").hidden = rows.some((row) => !row.hidden);
}

if (search) {
  search.hidden = false;
  search.addEventListener("input", (event) => {
    event.stopPropagation(); // it chooses nothing
    find();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// All in, all out: of those that the search shows.
for (const button of form.querySelectorAll("button[name=all]")) {
  // Else htmx would send its name along, which asks the server for all sources, shown or not.
  button.type = "button";
  button.removeAttribute("name");
  button.addEventListener("click", () => {
    for (const row of rows.filter((each) => !each.hidden)) {
      row.querySelector(`input[value="${button.value}"]`).checked = true;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
