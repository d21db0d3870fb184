// The editor of the guidelines: rows of pictures come and go, and pictures are picked from decided ones.
// Without this script a row is added by saving a preview, and removed by emptying its address.

const form = document.querySelector("#guidelines-form");

function refresh(list) {
  const rows = [...list.children];
  for (const row of rows) row.querySelector("[data-remove]").hidden = !row.querySelector("input").value;
  if (rows.at(-1).querySelector("input").value) list.append(empty(rows.at(-1)));
}

function empty(row) {
  const fresh = row.cloneNode(true);
  for (const input of fresh.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("aria-invalid");
  }
  fresh.querySelector("select").selectedIndex = 0;
  fresh.querySelector(".example-thumb").replaceChildren();
  fresh.querySelector("[data-remove]").hidden = true;
  return fresh;
}

function take(list, { sha, kind, thumb }) {
  const row = [...list.children].at(-1);
  const [address, caption] = row.querySelectorAll("input");
  address.value = sha;
  row.querySelector("select").value = kind;
  const image = Object.assign(new Image(), { src: thumb, alt: "" });
  row.querySelector(".example-thumb").replaceChildren(image);
  refresh(list);
  caption.focus();
}

async function load(picks, address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  const part = document.createElement("template");
  part.innerHTML = response.ok ? await response.text() : "";
  picks.querySelector("[data-more]")?.remove();
  picks.append(part.content);
}

form.addEventListener("input", (event) => {
  const list = event.target.closest(".example-rows");
  if (list) refresh(list);
});

form.addEventListener("click", async (event) => {
  const button = event.target.closest("button[type=button]");
  if (!button) return;
  const section = button.closest("details");
  const [list, picks] = [section.querySelector(".example-rows"), section.querySelector(".picks")];
  const { pick, sha, more } = button.dataset;
  if ("remove" in button.dataset) {
    const row = button.closest("li");
    const next = row.nextElementSibling;
    row.remove();
    next.querySelector("input").focus();
  } else if (pick) {
    picks.replaceChildren();
    picks.hidden = false;
    await load(picks, `${form.dataset.picks}?class=${list.dataset.class}&kind=${pick}`);
    picks.querySelector("button")?.focus();
  } else if (sha) {
    take(list, button.dataset);
    picks.hidden = true;
  } else if (more) {
    await load(picks, more);
  }
});

for (const button of form.querySelectorAll("[data-pick]")) button.hidden = false;
for (const list of form.querySelectorAll(".example-rows")) refresh(list);
