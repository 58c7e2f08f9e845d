/** The company's one accent, made readable: WCAG 2.2 asks for 4.5 : 1 in text. */

const USUAL = "#2a5bd7";
const BLACK = "#111214";
const WHITE = "#ffffff";
// Of styles.js, in light and in dark: --ground, and --soft, on which text has the hardest stand.
const GROUNDS = [WHITE, "#1c1d20"];
const GREYS = ["#f3f4f5", "#2a2c30"];

/** Custom properties, each for light and for dark. */
export function paletteOf(accent) {
  // A shape may be as it is, since what stands on it is readable; only not quite the colour of the ground.
  const fills = GROUNDS.map((ground) => against(ground, 1.25, accent ?? USUAL));
  const texts = GREYS.map((grey) => against(grey, 4.5, accent ?? USUAL));
  const inks = fills.map((fill) => (contrast(fill, WHITE) >= 4.5 ? WHITE : against(fill, 4.5, BLACK)));
  return `:host{--accent:light-dark(${fills});--on-accent:light-dark(${inks});--accent-text:light-dark(${texts})}`;
}

/** `colour`, moved towards black or white until it stands out enough. */
function against(ground, ratio, colour) {
  const goal = luminance(ground) > 0.18 ? 0 : 255;
  let found = colour;
  for (let step = 1; step <= 20 && contrast(found, ground) < ratio; step++) {
    found = hex(partsOf(colour).map((part) => Math.round(part + ((goal - part) * step) / 20)));
  }
  return found;
}

function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance as WCAG defines it. */
function luminance(colour) {
  const [red, green, blue] = partsOf(colour).map((part) =>
    part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const partsOf = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

const hex = (parts) => "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
