// Messages and numbers in the language of the page. The catalogue is set by the script of the address
// js_messages before any module runs; English needs none.

const { messages = {}, plurals = [], thousand = ",", decimal = "." } = globalThis.vasculumMessages ?? {};

// {name} stands for values.name; numbers are written as the language writes them.
const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!(name in values)) return whole;
    return typeof values[name] === "number" ? number(values[name]) : String(values[name]);
  });

// 12288.5 -> 12,288.5
export function number(value, options = {}) {
  return value.toLocaleString("en-GB", options).replace(/[,.]/g, (sign) => (sign === "," ? thousand : decimal));
}

export function t(text, values = {}) {
  return fill(messages[text] || text, values);
}

// `one` for the singular, `many` for all else; {n} is the number.
export function tn(one, many, n, values = {}) {
  const forms = messages[one];
  const index = plurals[n < plurals.length ? n : 100 + (n % 100)] ?? 0;
  const text = (Array.isArray(forms) && forms[index]) || (n === 1 ? one : many);
  return fill(text, { n, ...values });
}
