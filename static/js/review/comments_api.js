// The comments of one picture on the server.

import { ask } from "./ask.js";

let everybody = null; // the names are asked for once a page

export class CommentsApi {
  // urls: comments (with 0 in the picture's place), commentNames. me: the id of the person.
  constructor({ candidate, urls, csrfCookie, me }) {
    Object.assign(this, { csrfCookie, me });
    this.thread = urls.comments.replace("/0/", `/${candidate}/`);
    this.names = urls.commentNames;
  }

  list() {
    return this.ask(this.thread);
  }

  add(text) {
    return this.ask(this.thread, { method: "POST", body: JSON.stringify({ text, reviewer: this.me }) });
  }

  // Whom a comment may name; nobody while the server cannot be reached, and asked for again later.
  people() {
    everybody ??= this.ask(this.names).then(
      ({ names }) => names,
      () => ((everybody = null), []),
    );
    return everybody;
  }

  ask(url, options) {
    return ask(url, this.csrfCookie, options);
  }
}
