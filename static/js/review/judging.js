// What a person says of the picture that they look at, and what the page says to that.

import { askForReason } from "./dialogs.js";
import { t } from "../i18n.js";

export class Judging {
  // looking(): where the picture is, with `item`, `shownAt`, `via` and `home()`; say and toast take words.
  constructor({ session, classes, looking, say, toast, after }) {
    Object.assign(this, { session, classes, looking, say, toast, after });
  }

  get best() {
    return this.looking().item?.prediction?.best?.[0] ?? null;
  }

  // The picture and what goes into its vote, or null with the reason said.
  subject(needsSeen = true) {
    const { item, shownAt, via } = this.looking();
    if (!this.session.current) return null;
    if (!item) return void this.toast(t("This picture is here to be compared with. Go to one that waits, with an arrow or its number."));
    if (needsSeen && shownAt === null) return void this.say(t("The picture is still loading."));
    return { item, shownAt, via };
  }

  choose(key) {
    const subject = this.subject();
    if (!subject) return;
    const held = this.classes.heldBack(key);
    if (held) return this.toast(held);
    this.after();
    this.session.judge({ ...subject, kind: "label", label: key });
    this.say(`${this.classes.get(key).name}. ${this.following()}`);
  }

  suggestion(place) {
    const guess = this.looking().item?.prediction?.best?.[place];
    return guess ? this.choose(guess.key) : false;
  }

  confirm() {
    if (this.best) this.choose(this.best.key);
    else if (this.subject(false)) this.toast(t("There is no suggestion to confirm: choose a class by its letter."));
  }

  skip() {
    const subject = this.subject(false);
    if (!subject) return;
    this.session.judge({ ...subject, kind: "skip" });
    this.say(`${t("Skipped.")} ${this.following()}`);
  }

  async flag() {
    const subject = this.subject(false);
    if (!subject) return;
    const { reason, flag } = await askForReason();
    this.looking().home();
    if (!reason || !this.session.ring.includes(subject.item)) return;
    this.session.judge({ ...subject, kind: "flag", reason, flag });
    this.say(`${t("Flagged.")} ${this.following()}`);
  }

  undo(entry) {
    const undone = this.session.undo(entry);
    this.say(undone ? t("Taken back: {title} is on the screen again.", { title: undone.item.title }) : t("There is nothing to take back."));
  }

  following() {
    const { item } = this.looking();
    if (!item) return t("No more pictures at the moment.");
    const guess = this.best;
    return guess
      ? t("Next: {title}, suggested {class}, {share} percent.", { title: item.title, class: guess.name, share: Math.round(guess.p * 100) })
      : t("Next: {title}.", { title: item.title });
  }
}
