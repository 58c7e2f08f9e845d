/** How it looks: a neutral grey scale, one accent, 4-pixel rhythm, 8-pixel corners. */

/** Constructed, so that it needs no leave of a page's `style-src`. */
export function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/** The company's colours, each for light and for dark; the server has made them readable (colours.py). */
export function paletteOf({ fill, on_fill: ink, text }) {
  return `:host{--accent:light-dark(${fill});--on-accent:light-dark(${ink});--accent-text:light-dark(${text})}`;
}

export const STYLES = `
:host {
  all: initial;
  color-scheme: light dark;
  --ground: light-dark(#fff, #1c1d20);
  --soft: light-dark(#f3f4f5, #2a2c30);
  --line: light-dark(#dcdee1, #3c3f45);
  --edge: light-dark(#868b93, #7d828b);
  --text: light-dark(#1b1d21, #eceef0);
  --muted: light-dark(#5c626b, #a9afb8);
  --bad: light-dark(#b3261e, #ff9a8f);
  --good: light-dark(#1d7044, #7bd3a2);
  --marked: light-dark(#fff0b8, #5a4a12);
  --shade: light-dark(#14181e2e, #0009);
}
:host([theme="light"]) {
  color-scheme: light;
}
:host([theme="dark"]) {
  color-scheme: dark;
}
@media print {
  :host {
    display: none;
  }
}

/** All of it */
* {
  box-sizing: border-box;
  margin: 0;
}
[hidden] {
  display: none !important;
}
.root {
  font:
    15px/1.5 system-ui,
    "Segoe UI",
    Roboto,
    sans-serif;
  color: var(--text);
  overflow-wrap: anywhere;
}
button,
input,
textarea {
  font: inherit;
  color: inherit;
  background: none;
  border: 0;
  padding: 0;
  text-align: start;
  border-radius: 8px;
}
button:enabled {
  cursor: pointer;
}
a {
  color: var(--accent-text);
}
:focus-visible {
  outline: 2px solid var(--accent-text);
  outline-offset: 2px;
}
.icon {
  width: 20px;
  height: 20px;
  flex: none;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.8;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.icon-more {
  stroke-width: 3;
}
:is(.icon-latest, .icon-down) > path {
  transform: scaleY(-1);
  transform-origin: center;
}
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
.small {
  font-size: 13px;
  line-height: 18px;
  color: var(--muted);
}
.tiny {
  font-size: 12px;
  line-height: 16px;
  color: var(--muted);
}
.row {
  display: flex;
  gap: 4px 8px;
  align-items: center;
  flex-wrap: wrap;
}
.row > :last-child {
  margin-inline-start: auto;
}
.launcher,
.avatar,
.plain,
.send {
  display: grid;
  place-items: center;
  flex: none;
  width: 36px;
  height: 36px;
}
.launcher,
.avatar,
.send,
.own .bubble {
  background: var(--accent);
  color: var(--on-accent);
}

/** In the corner, and open */
.launcher,
.panel {
  position: fixed;
  z-index: 2147483000;
  inset: auto;
  inset-block-end: 20px;
  inset-inline-end: 20px;
  box-shadow: 0 6px 24px var(--shade);
}
.start > .launcher,
.start > .panel {
  inset-inline: 20px auto;
}
.launcher {
  width: 56px;
  height: 56px;
  border-radius: 50%;
  transition: transform 0.15s;
}
.launcher:hover {
  transform: translateY(-2px);
}
.launcher:focus-visible {
  outline-color: var(--text);
}
.launcher .icon {
  width: 26px;
  height: 26px;
}
.badge {
  position: absolute;
  inset-block-start: -4px;
  inset-inline-end: -4px;
  min-width: 22px;
  padding: 0 6px;
  border-radius: 11px;
  background: #c62828;
  color: #fff;
  border: 2px solid var(--ground);
  font-size: 12px;
  line-height: 18px;
  text-align: center;
}
.panel {
  width: 380px;
  height: 640px;
  max-width: calc(100vw - 40px);
  max-height: calc(100dvh - 40px);
  padding: 0;
  overflow: hidden;
  background: var(--ground);
  color: var(--text);
  border: 1px solid var(--line);
  border-radius: 8px;
}
.panel[open],
.sheet {
  animation: rise 0.16s ease-out;
}
@keyframes rise {
  from {
    opacity: 0;
    transform: translateY(12px);
  }
}
@media (max-width: 480px), (max-height: 400px) {
  .root > .panel {
    inset: var(--top, 0) 0 auto;
    width: 100%;
    height: var(--height, 100dvh);
    max-width: none;
    max-height: none;
    border: 0;
    border-radius: 0;
    padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom);
  }
}

/** Who answers */
.main {
  height: 100%;
  display: flex;
  flex-direction: column;
}
.main[inert] {
  opacity: 0.35;
}
.header {
  position: relative;
  display: flex;
  align-items: center;
  gap: 4px;
  padding: 12px;
  border-block-end: 1px solid var(--line);
}
.avatar {
  border-radius: 50%;
  font-size: 13px;
  font-weight: 600;
}
.who {
  flex: 1;
  text-wrap: balance;
  padding-inline: 8px;
}
h2 {
  font-size: 16px;
  line-height: 20px;
}
.sheet h2 {
  flex: 1;
}
.plain {
  color: var(--muted);
}
.plain:hover,
.menu > :hover {
  background: var(--soft);
  color: var(--text);
}
.menu {
  position: absolute;
  z-index: 1;
  inset-block-start: 90%;
  inset-inline-end: 12px;
  padding: 4px;
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: 8px;
  box-shadow: 0 6px 24px var(--shade);
}
.menu > * {
  display: block;
  width: 100%;
  padding: 8px 12px;
  color: inherit;
  text-decoration: none;
}
.menu :disabled {
  color: var(--muted);
  opacity: 0.7;
}
.banner {
  flex-wrap: nowrap;
  padding: 8px 16px;
  background: var(--soft);
  white-space: nowrap;
}
.banner p {
  white-space: normal;
}
.banner:empty,
.tiny:empty {
  display: none;
}

/** Messages */
.middle {
  position: relative;
  flex: 1;
  min-height: 0;
}
.thread {
  position: relative;
  height: 100%;
  overflow-y: auto;
  overscroll-behavior: contain;
  padding: 16px;
  display: flex;
  flex-direction: column;
  gap: 12px;
  scrollbar-width: thin;
}
.thread:focus-visible,
.sheet:focus-visible {
  outline-offset: -2px;
}
.to-end {
  position: absolute;
  inset-block-end: 12px;
  inset-inline: 0;
  margin-inline: auto;
  border-radius: 50%;
  background: var(--ground);
  border: 1px solid var(--line);
}
.said {
  max-width: 92%;
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  gap: 6px;
}
.bubble {
  padding: 10px 14px;
  max-width: 100%;
  border-radius: 8px;
  border-end-start-radius: 2px;
  background: var(--soft);
  border: 1px solid transparent;
}
.own {
  align-self: flex-end;
  align-items: flex-end;
}
.own .tiny {
  text-align: end;
}
.own .bubble {
  white-space: pre-wrap;
  border-radius: 8px 8px 2px;
  border-end-end-radius: 2px;
  border-end-start-radius: 8px;
}
.failed,
.refused {
  color: var(--bad);
}
.staff {
  display: grid;
  grid-template-columns: 28px 1fr;
  gap: 2px 8px;
  justify-items: start;
}
.staff > * {
  grid-column: 2;
}
.staff > .avatar {
  grid-area: 2 / 1;
  align-self: end;
  width: 28px;
  height: 28px;
  font-size: 11px;
}
.staff .bubble,
.escalation > .bubble {
  background: var(--ground);
  border-color: var(--line);
}
.escalation > .bubble {
  border-inline-start: 3px solid var(--accent);
}
.note {
  align-self: center;
  text-align: center;
}

/** What is in them */
.bubble > * + *,
.text > * + * {
  margin-block-start: 8px;
}
.text :is(ul, ol) {
  padding-inline-start: 22px;
}
.text li + li {
  margin-block-start: 4px;
}
.text blockquote {
  padding-inline-start: 12px;
  border-inline-start: 3px solid var(--line);
}
.wide,
pre {
  overflow-x: auto;
}
table {
  border-collapse: collapse;
  font-size: 13px;
  line-height: 18px;
  overflow-wrap: normal;
}
th,
td {
  padding: 6px 0;
  padding-inline-end: 9px;
  text-align: start;
  vertical-align: top;
  border-block-end: 1px solid var(--line);
}
sup {
  line-height: 0;
  vertical-align: 3px;
}
sup > button {
  position: relative;
  min-width: 18px;
  margin-inline: 2px;
  padding: 0 4px;
  border: 1px solid var(--edge);
  border-radius: 9px;
  background: var(--ground);
  color: var(--accent-text);
  font-size: 11px;
  line-height: 16px;
  text-align: center;
}
sup > button::after {
  content: "";
  position: absolute;
  inset: -5px;
}
sup > button:hover {
  border-color: currentColor;
}
:not(sup) > .quiet {
  min-height: 24px;
  text-decoration: underline;
  text-underline-offset: 2px;
}

.card {
  display: grid;
  grid-template-columns: 20px 1fr;
  gap: 8px 12px;
  padding: 12px;
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: 8px;
}
.card > .icon {
  color: var(--accent-text);
}
.card > .action {
  grid-column: 2;
}
.hours::before {
  content: "○ ";
}
.open {
  color: var(--good);
}
.open::before {
  content: "● ";
}
.action,
.choice {
  padding: 5px 12px;
  border-radius: 8px;
  font-weight: 500;
  border: 1px solid var(--edge);
  color: var(--accent-text);
  background: var(--ground);
  justify-self: start;
  font-size: 14px;
  text-decoration: none;
}
.action:hover,
.choice:hover {
  border-color: currentColor;
}
.small .icon,
.action .icon {
  width: 16px;
  height: 16px;
  vertical-align: -3px;
  margin-inline: 2px 4px;
}
.strong {
  background: var(--accent);
  color: var(--on-accent);
  border-color: transparent;
}
.choices {
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  gap: 8px;
}
.choice {
  padding: 7px 14px;
  border-radius: 18px;
  font: inherit;
  line-height: 20px;
}
.said.latest .offered,
.said:not(.latest) > :is(.choices, .ask),
.thread:not(.may-ask) .ask {
  display: none;
}
.thumbs {
  display: flex;
}
[aria-pressed="true"] {
  color: var(--accent-text);
}
[aria-pressed="true"] path,
.stars > :has(~ [aria-pressed="true"]) path {
  fill: currentColor;
  fill-opacity: 0.25;
}
.stars {
  margin-inline: -6px;
}
.stars > * {
  color: var(--accent-text);
}
.stars path {
  fill-opacity: 1 !important;
}
.stars .icon {
  width: 26px;
  height: 26px;
}
.after {
  width: 100%;
}
.asked {
  display: grid;
  gap: 8px;
  padding: 12px;
  border: 1px solid var(--line);
  border-radius: 8px;
}
.asked .asked,
.sheet > .asked {
  padding: 0;
  border: 0;
}
.asked .row {
  gap: 8px;
}
.asked .row > * {
  margin: 0;
}
.asked > :is(textarea, input) {
  padding: 8px;
  border: 1px solid var(--edge);
  color: var(--text);
}

/** While one waits */
.dots {
  display: inline-flex;
  gap: 4px;
  margin-inline-end: 8px;
}
.dots i,
.skeleton i {
  width: 6px;
  height: 6px;
  border-radius: 8px;
  background: var(--edge);
  animation: breathe 1.2s infinite;
}
.dots i:nth-child(2) {
  animation-delay: 0.15s;
}
.dots i:nth-child(3) {
  animation-delay: 0.3s;
}
@keyframes breathe {
  50% {
    opacity: 0.3;
  }
}
.skeleton {
  display: grid;
  gap: 12px;
}
.skeleton i {
  width: 75%;
  height: 40px;
}

/** Where one writes */
.composer {
  padding: 8px 12px;
  border-block-start: 1px solid var(--line);
  display: grid;
  gap: 6px;
}
.box {
  display: flex;
  align-items: flex-end;
  padding: 4px;
  border: 1px solid var(--edge);
  border-radius: 8px;
}
.box:focus-within {
  border-color: var(--accent-text);
  box-shadow: 0 0 0 1px var(--accent-text);
}
.box textarea {
  flex: 1;
  min-width: 0;
  padding: 6px 8px;
  outline: 0;
  resize: none;
  line-height: 24px;
  max-height: 132px;
  field-sizing: content;
}
::placeholder {
  color: var(--muted);
  opacity: 1;
}
.send:disabled {
  background: var(--soft);
  color: var(--muted);
}
.consent {
  display: grid;
  gap: 8px;
  padding: 12px;
  border-radius: 8px;
  background: var(--soft);
}
.wanted {
  box-shadow: 0 0 0 2px var(--accent-text);
}

/** What lies over the messages for a while */
.sheet {
  position: absolute;
  inset: auto 0 0;
  max-height: 85%;
  display: flex;
  flex-direction: column;
  gap: 8px;
  padding: 4px 16px 16px;
  background: var(--ground);
  border-radius: 8px 8px 0 0;
  box-shadow: 0 -8px 32px var(--shade);
}
.sheet > .header {
  padding: 8px 0 0;
  border: 0;
}
.passage {
  overflow-y: auto;
  padding: 12px;
  border: 1px solid var(--line);
  border-radius: 8px;
}
.passage > p {
  color: var(--muted);
  white-space: pre-line;
}
.mark {
  background: var(--marked);
  padding: 4px 6px;
  margin-inline: -6px;
  border-radius: 4px;
}

/** Fingers, less motion, forced colours */
@media (pointer: coarse) {
  input,
  textarea {
    font-size: 16px;
  }
  .plain {
    width: 44px;
    height: 44px;
  }
}
@media (prefers-reduced-motion) {
  * {
    animation: none !important;
    transition: none !important;
  }
}
@media (forced-colors: active) {
  .launcher,
  .bubble,
  .send,
  .avatar,
  .sheet,
  .mark {
    border: 1px solid;
  }
}
`;
