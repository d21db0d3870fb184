// The unmapped list: a field is selected when it gets the focus, so that typing replaces the suggestion.

function select(field) {
  if (field instanceof HTMLInputElement && field.matches(".unmapped-source input")) field.select();
}

document.addEventListener("focusin", (event) => select(event.target));
select(document.activeElement);
