// What every page of the console does: menus and dialogs, toasts, times that stay true, the look.
// One module an idea; this one only starts them.

import { startDialogs } from "./dialogs.js";
import { startQueue } from "./queue.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startLook } from "./look.js";

rememberTheZone();
startDialogs();
startTimes();
startToasts();
startLook();
if (document.getElementById("list")) startQueue();

/** So that the server can write times as this browser's clock has them. */
function rememberTheZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (zone) document.cookie = `comptoir_zone=${zone}; Path=/console; SameSite=Lax; Max-Age=31536000${secure}`;
}
