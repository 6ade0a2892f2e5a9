// The rest of what is there without an import (HTML, Console Standard, High Resolution Time).

/** Its lines go to the error log, with script, tenant and request. */
declare const console: {
  assert(condition?: unknown, ...values: unknown[]): void
  clear(): void
  count(label?: string): void
  countReset(label?: string): void
  debug(...values: unknown[]): void
  dir(value: unknown): void
  dirxml(...values: unknown[]): void
  error(...values: unknown[]): void
  group(...values: unknown[]): void
  groupCollapsed(...values: unknown[]): void
  groupEnd(): void
  info(...values: unknown[]): void
  log(...values: unknown[]): void
  table(...values: unknown[]): void
  time(label?: string): void
  timeEnd(label?: string): void
  timeLog(label?: string, ...values: unknown[]): void
  trace(...values: unknown[]): void
  warn(...values: unknown[]): void
}

declare const navigator: { readonly userAgent: string }

declare const performance: {
  readonly timeOrigin: number
  now(): number
  toJSON(): { readonly timeOrigin: number }
}

declare const self: typeof globalThis

declare function setTimeout<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
  milliseconds?: number,
  ...args: Args
): number
declare function setInterval<Args extends unknown[]>(
  callback: (...args: Args) => unknown,
  milliseconds?: number,
  ...args: Args
): number
declare function clearTimeout(timer?: number): void
declare function clearInterval(timer?: number): void
declare function queueMicrotask(callback: () => unknown): void
declare function reportError(error: unknown): void
declare function structuredClone<Value>(
  value: Value,
  options?: { readonly transfer?: readonly ArrayBuffer[] },
): Value
