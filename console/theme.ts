/**
 * Light or dark: as the system says, until the reader says otherwise.
 *
 * @module
 */
import { effect, type Signal, signal } from "@preact/signals-core";

/** Light or dark. */
export type Theme = "light" | "dark";

const KEY = "telltale.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** The theme that is shown. */
export const theme: Signal<Theme> = signal(kept() ?? (system.matches ? "dark" : "light"));

function kept(): Theme | undefined {
  try {
    const name = localStorage.getItem(KEY);
    return name === "light" || name === "dark" ? name : undefined;
  } catch {
    // A page from a file, or a browser that keeps nothing.
    return undefined;
  }
}

/** Changes to the other theme, and keeps it for the next visit. */
export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // It lasts as long as the page, then.
  }
}

/** Has the style follow the theme. */
export function followTheme(): void {
  system.addEventListener("change", () => {
    if (kept() === undefined) theme.value = system.matches ? "dark" : "light";
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
