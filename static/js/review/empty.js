// Why there is nothing to judge, and the one step from here.

import { element, number } from "./render.js";

const pictures = (n) => (n === 1 ? "1 picture" : `${number(n)} pictures`);

function reason(queue, setup) {
  const { urls, can, project } = setup;
  if (!queue.total) {
    return {
      title: `${project.title} has no pictures yet`,
      text: "Pictures come in as batches, from a folder or an archive; then they wait here to be judged.",
      link: can.admin ? ["Bring in pictures", urls.ingest] : ["To the project", urls.project],
    };
  }
  if (!queue.open) {
    const aside = queue.set_aside ? ` ${pictures(queue.set_aside)} ${queue.set_aside === 1 ? "is" : "are"} with the lead curator.` : "";
    const settle = queue.set_aside && can.lead ? ["Settle what is set aside", urls.setAside] : null;
    return {
      title: "Every picture has been judged",
      text: `${pictures(queue.decided)} decided.${aside}`,
      link: settle ?? (can.admin ? ["Freeze a release", urls.freeze] : ["To the project", urls.project]),
    };
  }
  if (queue.judged === queue.open) {
    return {
      title: "You have judged all that is open",
      text: `${pictures(queue.open)} wait for the vote of somebody else.`,
      link: ["To the project", urls.project],
    };
  }
  const held = queue.held ? `${pictures(queue.held)} ${queue.held === 1 ? "is" : "are"} in the hands of other reviewers` : "The pictures left are held by another tab of yours";
  return {
    title: "Nothing is free at this moment",
    text: `${held}. What they leave comes here by itself; this page looks again every 15 seconds.`,
    link: ["To the project", urls.project],
  };
}

// Nothing is on the screen, and why is not known yet.
export function showWaiting(box, outbox) {
  const votes = outbox.waiting === 1 ? "1 vote waits here and is sent" : `${number(outbox.waiting)} votes wait here and are sent`;
  const cut = outbox.link !== "online";
  const title = cut ? "Cut off from the server" : "One moment";
  const then = outbox.waiting ? `${votes} when it answers.` : "This page tries again by itself.";
  const text = cut ? `No pictures come in. ${then}` : "The next pictures are on their way.";
  box.replaceChildren(element("h2", {}, title), element("p", {}, text));
  box.hidden = false;
}

export function showEmpty(box, queue, setup) {
  const { title, text, link } = reason(queue, setup);
  const [words, href] = link;
  box.replaceChildren(element("h2", {}, title), element("p", {}, text), element("a", { className: "button primary", href }, words));
  box.hidden = false;
}
