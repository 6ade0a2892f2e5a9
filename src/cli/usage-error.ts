/** A command line that makes no sense: what to print. */
export class UsageError extends Error {}
