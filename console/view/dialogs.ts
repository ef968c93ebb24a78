/**
 * Which dialogs are open.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals-core";

/** Whether the list of keys and words is shown. */
export const isHelpOpen: Signal<boolean> = signal(false);
/** Whether the dialog of sessions is shown. */
export const isSessionOpen: Signal<boolean> = signal(false);
