// The tone around the picture, for judging colour: grey, black or white; kept in this browser.

import { t } from "../i18n.js";

const KEY = "vasculum-surround";
const SAID = { grey: t("Surround grey."), black: t("Surround black."), white: t("Surround white.") };
const TONES = Object.keys(SAID);

export function restoreSurround(stage) {
  let tone = null;
  try {
    tone = localStorage.getItem(KEY);
  } catch {
    // storage is switched off: grey, as always at first
  }
  stage.dataset.surround = TONES.includes(tone) ? tone : TONES[0];
}

// The next tone; answers what is said of it.
export function nextSurround(stage) {
  const tone = TONES[(TONES.indexOf(stage.dataset.surround) + 1) % TONES.length];
  stage.dataset.surround = tone;
  try {
    localStorage.setItem(KEY, tone);
  } catch {
    // then it lasts as long as the page
  }
  return SAID[tone];
}
