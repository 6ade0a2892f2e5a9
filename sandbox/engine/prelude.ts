/**
 * The engine's own part of every guest, evaluated before the bootstrap so that nothing can be
 * poisoned yet. Its value is an object of the functions that {@link PRELUDE_FUNCTIONS} names.
 */
export const PRELUDE = `(function () {
  'use strict'
  const global = globalThis
  const Bytes = Uint8Array
  const define = Object.defineProperty
  const kinds = { __proto__: null, Error, TypeError, RangeError, SyntaxError, URIError }
  function error(name, message) {
    const Kind = kinds[name]
    const made = new (Kind || Error)(message)
    if (!Kind) define(made, 'name', { __proto__: null, value: name, configurable: true, writable: true })
    return made
  }
  return {
    bytes: (buffer) => new Bytes(buffer),
    error,
    refuse(name, message) {
      throw error(name, message)
    },
    take(name) {
      const value = global[name]
      delete global[name]
      return value
    },
    describe(thrown, part) {
      try {
        const text = thrown[part]
        return typeof text === 'string' ? text : ''
      } catch {
        return ''
      }
    },
  }
})()`

/** What the host calls in the prelude. */
export const PRELUDE_FUNCTIONS = ['bytes', 'error', 'refuse', 'take', 'describe'] as const

/** What a bootstrap leaves on the global object; it is taken from there. */
export const BOOTSTRAP_FUNCTIONS = ['enter', 'settle', 'load'] as const
