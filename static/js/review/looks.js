// Pictures that show what a class is, fetched once a class: when somebody looks at it, and nothing more urgent
// is to be done. Event: "arrived" (detail: id of the class).

const idle = globalThis.requestIdleCallback ?? ((act) => setTimeout(act, 200));

export class Looks extends EventTarget {
  // url: with 0 in the place of the class.
  constructor({ api, url }) {
    super();
    Object.assign(this, { api, url, known: new Map(), asked: new Set() });
  }

  // {examples, counters, decided} of a class, or null until they are here.
  of(label) {
    if (!label) return null;
    if (!this.known.has(label.id) && !this.asked.has(label.id)) {
      this.asked.add(label.id);
      idle(() => this.ask(label.id));
    }
    return this.known.get(label.id) ?? null;
  }

  async ask(id) {
    try {
      this.known.set(id, await this.api.get(this.url.replace("/0/", `/${id}/`)));
      this.dispatchEvent(new CustomEvent("arrived", { detail: id }));
    } catch {
      this.asked.delete(id); // asked again when it is next looked at
    }
  }
}

// What stands beside the definition: two that show the class, one that is taken for it.
export function shortly(pictures) {
  const { examples = [], counters = [], decided = [] } = pictures ?? {};
  return { shows: [...examples, ...decided].slice(0, 2), not: counters.slice(0, 1) };
}
