// Remarks and questions about one picture, over the page that shows it. Nothing written is lost: what was not
// sent is there again when the dialog of that picture is next opened in this tab.

import { t, tn } from "../i18n.js";
import { CommentsApi } from "./comments_api.js";
import { Names } from "./comments_names.js";
import { element } from "./render.js";

const LONGEST = 2000; // characters; Comment.text
const NEAR_THE_END = 200;
const NAMED = /(?<![\p{L}\p{N}_.@+-])(@[\p{L}\p{N}_.@+-]*[\p{L}\p{N}_])/u;

// candidate: its id. title: of the picture. urls: comments (with 0 in the picture's place), commentNames, signIn.
// me: the id of the person. Answers the number of comments, after the dialog is closed; null where it is unknown.
export function openComments({ candidate, title, urls, csrfCookie, me }) {
  if (document.querySelector("dialog[open]")) return Promise.resolve(null);
  const dialog = new Dialog({ title, signIn: urls.signIn, draft: new Draft(`vasculum-comment-${me}-${candidate}`), api: new CommentsApi({ candidate, urls, csrfCookie, me }) });
  return dialog.shown();
}

// What is written and not sent, as long as the tab is open. Browsers may refuse to keep anything.
class Draft {
  constructor(name) {
    this.name = name;
  }

  get text() {
    try {
      return sessionStorage.getItem(this.name) ?? "";
    } catch {
      return "";
    }
  }

  set text(words) {
    try {
      if (words.trim()) sessionStorage.setItem(this.name, words);
      else sessionStorage.removeItem(this.name);
    } catch {
      // It stays in the field, at least.
    }
  }
}

class Dialog {
  constructor({ title, signIn, draft, api }) {
    Object.assign(this, { signIn, draft, api, count: null, sent: null, doubtful: null, known: new Set() });
    this.build(title);
    this.names = new Names(this.field, () => api.people(), (words) => (this.said.textContent = words));
    this.field.after(this.names.list);
    this.field.addEventListener("input", () => this.written());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.querySelector("form").addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.again = () => this.count === null && this.load();
  }

  build(title) {
    this.list = element("ol", { className: "comment-list", tabIndex: 0, "aria-label": t("Comments so far") });
    this.note = element("p", { className: "comment-note", hidden: true });
    this.field = element("textarea", { id: "comment-text", name: "text", rows: 4, maxLength: LONGEST, autocomplete: "off", "aria-describedby": "comment-how" });
    this.left = element("span", { className: "comment-left tabular" });
    this.trouble = element("p", { className: "comment-trouble", role: "alert", hidden: true });
    this.said = element("p", { className: "visually-hidden", role: "status" });
    this.button = element("button", { type: "submit", className: "button primary" }, t("Send comment"), " ", element("kbd", {}, "Ctrl ⏎"));
    this.dialog = element(
      "dialog",
      { className: "comments", "aria-labelledby": "comments-title" },
      element(
        "header",
        {},
        element("div", {}, element("h2", { id: "comments-title" }, t("Comments")), element("p", { className: "muted small" }, title)),
        element("button", { type: "button", className: "icon-button", "aria-label": t("Close comments"), onclick: () => this.dialog.close() }, "×"),
      ),
      this.list,
      this.note,
      element(
        "form",
        {},
        element("label", { htmlFor: "comment-text" }, t("Your remark or question")),
        element("div", { className: "comment-field" }, this.field),
        this.trouble,
        element("p", { id: "comment-how", className: "muted small comment-how" }, element("span", {}, t("@ names a colleague, who is told.")), this.left),
        element("div", { className: "actions" }, this.button, element("button", { type: "button", className: "button quiet", onclick: () => this.dialog.close() }, t("Close"), " ", element("kbd", {}, "Esc"))),
      ),
      this.said,
    );
  }

  async shown() {
    document.body.append(this.dialog);
    this.field.value = this.draft.text;
    this.written();
    const closed = new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    this.dialog.showModal();
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    addEventListener("online", this.again);
    this.load();
    await closed;
    removeEventListener("online", this.again);
    await this.sent;
    this.dialog.remove();
    return this.count;
  }

  written() {
    this.draft.text = this.field.value;
    const left = LONGEST - this.field.value.length;
    this.left.textContent = left <= NEAR_THE_END ? tn("1 character left", "{n} characters left", left) : "";
  }

  key(event) {
    if (event.target === this.field && this.names.key(event)) return event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  async load() {
    if (!this.list.children.length) this.remark(t("The comments are being fetched."));
    try {
      this.draw(await this.api.list());
      // What could not be sent meanwhile still has to be said.
      if (!this.doubtful) this.fault();
    } catch (problem) {
      this.remark("");
      this.fault(problem, t("What others said cannot be shown."));
    }
  }

  draw({ comments, withheld }) {
    this.count = comments.length + withheld;
    this.rows = comments;
    this.list.replaceChildren(...comments.map(row));
    this.list.scrollTop = this.list.scrollHeight;
    if (withheld) this.remark(tn("1 remark is shown after your vote, so that you judge by yourself.", "{n} remarks are shown after your vote, so that you judge by yourself.", withheld));
    else this.remark(comments.length ? "" : t("Nobody has said anything about this picture. Ask what you would ask across the table; the lead curator reads it, too."));
  }

  remark(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  fault(problem = null, what = "") {
    this.trouble.hidden = !problem;
    if (!problem) return this.trouble.replaceChildren();
    const link = problem.kind === "signed-out" && this.signIn ? element("a", { href: this.signIn }, t("Sign in again")) : null;
    this.trouble.replaceChildren(...[what, problem.message, link].filter(Boolean).flatMap((part) => [part, " "]));
  }

  submit() {
    const text = this.field.value.trim();
    if (text) this.sent ??= this.send(text);
    else this.fault(new Error(t("Write something first.")));
    this.field.focus();
  }

  async send(text) {
    this.button.setAttribute("aria-disabled", "true");
    try {
      // Whether it arrived is not known after an answer was cut off: look before it is sent twice.
      if (this.doubtful !== text) this.known = new Set((this.rows ?? []).map(({ id }) => id));
      if (this.doubtful !== text || !(await this.arrived(text))) await this.api.add(text);
      this.field.value = "";
      this.written();
      this.draw(await this.api.list());
      this.fault();
      this.said.textContent = t("Comment sent.");
      this.doubtful = null;
    } catch (problem) {
      const kept = this.field.value.trim() !== "";
      this.doubtful = kept && problem.kind === "offline" ? text : null;
      this.fault(problem, kept ? t("Not sent; your text is kept here.") : t("Sent. The list here is as it was before."));
    } finally {
      this.sent = null;
      this.button.removeAttribute("aria-disabled");
    }
  }

  async arrived(text) {
    // Not what the list shows by now: that may have been fetched after the comment arrived.
    const { comments } = await this.api.list();
    return comments.some((one) => one.mine && one.text === text && !this.known.has(one.id));
  }
}

function row({ author, kind, text, at, mine }) {
  const date = new Date(at);
  const when = element("time", { dateTime: at, title: date.toLocaleString(document.documentElement.lang) }, date.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }));
  const words = text.split(NAMED).map((part, place) => (place % 2 ? element("b", {}, part) : part));
  return element(
    "li",
    { className: [kind === "question" && "question", mine && "mine"].filter(Boolean).join(" ") },
    element("p", { className: "comment-who" }, element("strong", {}, mine ? t("{name} (you)", { name: author }) : author), kind === "question" ? element("em", {}, t("Question to the reviewers")) : null, when),
    element("p", { className: "comment-text" }, ...words),
  );
}
