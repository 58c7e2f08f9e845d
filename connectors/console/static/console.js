// What the console's pages do. One module an idea; this one only starts them.

import { startComposer } from "./composer.js";
import { startConversation } from "./conversation.js";
import { startCopying } from "./copying.js";
import { startDialogs } from "./dialogs.js";
import { startJudging } from "./judging.js";
import { startKeyboard } from "./keyboard.js";
import { startLive } from "./live.js";
import { startLook } from "./look.js";
import { startNews } from "./news.js";
import { startQueue } from "./queue.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startTyped } from "./typed.js";

rememberTheZone();
forgetWhatWasSaved();
startCopying();
startDialogs();
startTimes();
startToasts();
startTyped();
startLook();
startKeyboard();
startJudging();
startNews();
if (document.getElementById("list")) {
  startQueue();
  startConversation();
  startComposer();
  startLive();
}

/** So that the server can write times as this browser's clock has them. */
function rememberTheZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (zone) document.cookie = `comptoir_zone=${zone}; Path=/console; SameSite=Lax; Max-Age=31536000${secure}`;
}

/** What writing.js kept of an entry: its page says that it was saved, any other that it was not. */
function forgetWhatWasSaved() {
  const sent = sessionStorage.getItem("comptoir-entry-sent");
  sessionStorage.removeItem("comptoir-entry-sent");
  if (sent && location.pathname.endsWith("/knowledge/entry")) localStorage.removeItem(sent);
}
