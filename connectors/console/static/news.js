// A note on the desktop and a short sound, for those who asked for them. One tab of all tells.

export function startNews() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-asks-notification]") && event.target.checked) globalThis.Notification?.requestPermission?.();
  });
  document.body.addEventListener("comptoir:news", (event) => tell(event.detail));
}

function tell({ id, title, text }) {
  const shown = document.getElementById("work")?.dataset.conversation === id;
  if (shown && document.hasFocus()) return;
  once(`${id} ${text}`, () => {
    if (document.body.dataset.sound !== undefined) ring();
    if (document.body.dataset.notifies !== undefined && globalThis.Notification?.permission === "granted") show(id, title, text);
  });
}

/** Several tabs hear the same: the first one tells it. */
function once(what, act) {
  if (!navigator.locks) { act(); return; }
  navigator.locks.request(`comptoir told ${what}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    act();
    await new Promise((resolve) => setTimeout(resolve, 3000));
  });
}

function show(id, title, text) {
  const note = new Notification(title, { body: text, tag: id });
  note.onclick = () => {
    focus();
    location.href = `${document.body.dataset.root}/conversations/${encodeURIComponent(id)}`;
  };
}

/** Two soft tones, made here: there is no file to fetch. */
function ring() {
  const context = new AudioContext();
  [[660, 0], [880, 0.14]].forEach(([pitch, after]) => {
    const tone = context.createOscillator(), volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, context.currentTime + after);
    volume.gain.linearRampToValueAtTime(0.12, context.currentTime + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + after + 0.3);
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + after);
    tone.stop(context.currentTime + after + 0.32);
  });
  setTimeout(() => context.close(), 800);
}
