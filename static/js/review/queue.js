// Votes that the server has not confirmed yet, kept in IndexedDB: they survive a reload, a crash and a
// day without network. Without IndexedDB they are kept in memory, and `durable` is false.

const NAME = "vasculum-votes";
const STORE = "votes";

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Queue {
  static async open() {
    try {
      const opening = indexedDB.open(NAME, 1);
      opening.onupgradeneeded = () => {
        const store = opening.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
        store.createIndex("reviewer", "reviewer");
        store.createIndex("id", "vote.id", { unique: true });
      };
      const database = await done(opening);
      // A newer version of this page in another tab may want to change the store.
      database.onversionchange = () => database.close();
      return new Queue(database);
    } catch {
      return new Queue(null); // private window, storage switched off or full
    }
  }

  constructor(database) {
    this.database = database;
  }

  get durable() {
    return this.database !== null;
  }

  // The votes of one reviewer in the order they were cast; those of others on this computer stay where they are.
  async all(reviewer) {
    if (!this.durable) return [];
    const rows = await done(this.store("readonly").index("reviewer").getAll(reviewer));
    return rows.map((row) => row.vote);
  }

  put(reviewer, vote) {
    return this.putAll(reviewer, [vote]);
  }

  // All of them or none.
  async putAll(reviewer, votes) {
    if (!this.durable) return;
    try {
      const store = this.store("readwrite");
      await Promise.all(votes.map((vote) => done(store.add({ reviewer, vote }))));
    } catch (error) {
      if (error?.name === "ConstraintError") return; // it is there already
      this.database = null; // full, or taken away: from now on in memory, and the page says so
      throw error;
    }
  }

  async remove(ids) {
    if (!this.durable) return;
    const store = this.store("readwrite");
    const keys = await Promise.all(ids.map((id) => done(store.index("id").getKey(id))));
    await Promise.all(keys.filter((key) => key !== undefined).map((key) => done(store.delete(key))));
  }

  store(mode) {
    return this.database.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  }
}
