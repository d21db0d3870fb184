// Why there is nothing to judge, and the one step from here.

import { t, tn } from "../i18n.js";
import { element } from "./render.js";

function reason(queue, setup) {
  const { urls, can, project } = setup;
  if (!queue.total) {
    return {
      title: t("{project} has no pictures yet", { project: project.title }),
      text: t("Pictures come in as batches, from a folder or an archive; then they wait here to be judged."),
      link: can.admin ? [t("Bring in pictures"), urls.ingest] : [t("To the project"), urls.project],
    };
  }
  if (!queue.open) {
    const aside = queue.set_aside ? ` ${tn("1 picture is with the lead curator.", "{n} pictures are with the lead curator.", queue.set_aside)}` : "";
    const settle = queue.set_aside && can.lead ? [t("Settle what is set aside"), urls.setAside] : null;
    return {
      title: t("Every picture has been judged"),
      text: `${tn("1 picture decided.", "{n} pictures decided.", queue.decided)}${aside}`,
      link: settle ?? (can.admin ? [t("Freeze a release"), urls.freeze] : [t("To the project"), urls.project]),
    };
  }
  if (queue.judged === queue.open) {
    return {
      title: t("You have judged all that is open"),
      text: tn("1 picture waits for the vote of somebody else.", "{n} pictures wait for the vote of somebody else.", queue.open),
      link: [t("To the project"), urls.project],
    };
  }
  const held = queue.held
    ? tn("1 picture is in the hands of other reviewers.", "{n} pictures are in the hands of other reviewers.", queue.held)
    : t("The pictures left are held by another tab of yours.");
  return {
    title: t("Nothing is free at this moment"),
    text: `${held} ${t("What they leave comes here by itself; this page looks again every 15 seconds.")}`,
    link: [t("To the project"), urls.project],
  };
}

// Nothing is on the screen, and why is not known yet.
export function showWaiting(box, outbox) {
  const cut = outbox.link !== "online";
  const title = cut ? t("Cut off from the server") : t("One moment");
  const then = outbox.waiting
    ? tn("1 vote waits here and is sent when it answers.", "{n} votes wait here and are sent when it answers.", outbox.waiting)
    : t("This page tries again by itself.");
  const why = ["database", "disk"].includes(outbox.link) ? outbox.problem : t("No pictures come in.");
  const text = cut ? `${why} ${then}` : t("The next pictures are on their way.");
  box.replaceChildren(element("h2", {}, title), element("p", {}, text));
  box.hidden = false;
}

export function showEmpty(box, queue, setup) {
  const { title, text, link } = reason(queue, setup);
  const [words, href] = link;
  box.replaceChildren(element("h2", {}, title), element("p", {}, text), element("a", { className: "button primary", href }, words));
  box.hidden = false;
}
