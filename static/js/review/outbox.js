// Sends votes behind the reviewer's back: in the order they were cast, one request at a time, again and
// again until the server has answered. "saved" is said of nothing else.
//
// Events: "change" (waiting, sending or link are different), "outcome" (detail: the server's word on one vote),
// "back" (the server answers again), "probe" (time to ask it something, for no vote is waiting to be sent).

const AT_ONCE = 20;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;

export class Outbox extends EventTarget {
  constructor({ api, queue, reviewer }) {
    super();
    Object.assign(this, { api, queue, reviewer });
    this.pending = [];
    this.sending = false;
    this.link = "online"; // or the kind of the last Problem
    this.pause = FIRST_PAUSE;
    this.timer = null;
  }

  // Votes left from an earlier visit go first.
  async start() {
    this.pending.unshift(...(await this.queue.all(this.reviewer)));
    this.changed();
    await this.flush();
  }

  add(vote) {
    this.pending.push(vote);
    this.queue.put(this.reviewer, vote).catch(() => this.changed());
    this.changed();
    this.flush();
  }

  // Many at once, such as those of a page: one write to the disk, and none is sent alone.
  addAll(votes) {
    this.pending.push(...votes);
    this.queue.putAll(this.reviewer, votes).catch(() => this.changed());
    this.changed();
    this.flush();
  }

  get waiting() {
    return this.pending.length;
  }

  has(candidate) {
    return this.pending.some((vote) => vote.candidate === candidate);
  }

  candidates() {
    return [...new Set(this.pending.map((vote) => vote.candidate))];
  }

  async flush() {
    if (this.sending || !this.pending.length) return;
    this.sending = true;
    clearTimeout(this.timer);
    this.changed();
    try {
      while (this.pending.length) {
        const { outcomes } = await this.api.votes(this.pending.slice(0, AT_ONCE));
        this.reachable();
        await this.settle(outcomes);
      }
    } catch (problem) {
      this.unreachable(problem);
    } finally {
      this.sending = false;
      this.changed();
    }
  }

  async settle(outcomes) {
    const answered = new Set(outcomes.map((outcome) => outcome.id));
    const refused = new Set(outcomes.filter((outcome) => outcome.status === "refused").map((outcome) => outcome.id));
    const votes = new Map(this.pending.map((vote) => [vote.id, vote]));
    // What was refused needs no taking back.
    const idle = this.pending.filter((vote) => vote.undoes && refused.has(vote.undoes) && !answered.has(vote.id));
    const gone = new Set([...answered, ...idle.map((vote) => vote.id)]);
    this.pending = this.pending.filter((vote) => !gone.has(vote.id));
    await this.queue.remove([...gone]).catch(() => {}); // sent again after a reload, and known to the server then
    for (const outcome of outcomes) this.dispatchEvent(new CustomEvent("outcome", { detail: { ...outcome, vote: votes.get(outcome.id) } }));
  }

  // Also told of by the other requests of the page.
  reachable() {
    this.pause = FIRST_PAUSE;
    if (this.link === "online") return;
    this.link = "online";
    this.flush(); // what waits does not wait for the next try, which may be half a minute off
    this.changed();
    this.dispatchEvent(new Event("back"));
  }

  unreachable(problem) {
    this.link = problem.kind ?? "invalid";
    this.problem = problem.message;
    clearTimeout(this.timer);
    // Some chance in it, so that a restarted server is not met by all browsers in the same second.
    this.timer = setTimeout(() => this.again(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    this.changed();
  }

  // Something happened that makes another try worth while: back online, the tab is looked at again.
  retry() {
    this.pause = FIRST_PAUSE;
    return this.again();
  }

  again() {
    if (this.pending.length) return this.flush();
    if (this.link !== "online") this.dispatchEvent(new Event("probe"));
    return Promise.resolve();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
