// The tone around the picture, for judging colour: grey, black or white; kept in this browser.

const KEY = "vasculum-surround";
const TONES = ["grey", "black", "white"];

export function restoreSurround(stage) {
  let tone = null;
  try {
    tone = localStorage.getItem(KEY);
  } catch {
    // storage is switched off: grey, as always at first
  }
  stage.dataset.surround = TONES.includes(tone) ? tone : TONES[0];
}

export function nextSurround(stage) {
  const tone = TONES[(TONES.indexOf(stage.dataset.surround) + 1) % TONES.length];
  stage.dataset.surround = tone;
  try {
    localStorage.setItem(KEY, tone);
  } catch {
    // then it lasts as long as the page
  }
  return tone;
}
