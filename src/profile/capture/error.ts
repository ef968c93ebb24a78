/**
 * Why there is no profile.
 *
 * @module
 */

/**
 * `busy`: another profile is being taken. `permission`: the runtime does not allow it. `unsupported`: the
 * runtime can't. `stopped`: it was ended before it was whole.
 */
export type ProfileRefusal = "busy" | "permission" | "unsupported" | "stopped";

/** Says why no profile could be taken. */
export class ProfileError extends Error {
  /** The kind of reason. */
  readonly reason: ProfileRefusal;

  /** An error for a reason; `options` has what caused it. */
  constructor(reason: ProfileRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProfileError";
    this.reason = reason;
  }
}
