// What the dispatch, the tickets and the answer rely on, taken before any script could change it.

const { bind, call } = Function.prototype

type AnyFunction = (...args: unknown[]) => unknown

type Uncurry = <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (self: This, ...args: Args) => Result

const uncurry = bind.bind(call) as unknown as Uncurry

/** A function with its receiver, as cheap to call as one without. */
export const bindTo = uncurry(bind) as (method: object, self: unknown) => AnyFunction
export const toLowerCase = uncurry(String.prototype.toLowerCase)
export const toUpperCase = uncurry(String.prototype.toUpperCase)
export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const sliceText = uncurry(String.prototype.slice)
export const indexOfText = uncurry(String.prototype.indexOf as (text: string) => number)
export const split = uncurry(String.prototype.split as (by: string) => string[])
/** Text as UTF-8 can carry it: lone surrogates become U+FFFD (a USVString). */
export const toWellFormed = uncurry(
  (String.prototype as unknown as { toWellFormed(): string }).toWellFormed,
)
export const transferBuffer = uncurry(
  (ArrayBuffer.prototype as unknown as { transfer(): ArrayBuffer }).transfer,
)
export const join = uncurry(Array.prototype.join)
export const exec = uncurry(RegExp.prototype.exec)
export const byteLengthOf = uncurry(
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength')
    ?.get as (this: Uint8Array) => number,
)

export const mapGet = uncurry(Map.prototype.get) as <K, V>(map: Map<K, V>, key: K) => V | undefined
export const mapSet = uncurry(Map.prototype.set) as <K, V>(map: Map<K, V>, key: K, value: V) => void
export const mapDelete = uncurry(Map.prototype.delete) as <K>(
  map: Map<K, unknown>,
  key: K,
) => boolean

export const PlainMap = Map
export const PlainPromise = Promise
export const PlainString = String
export const PlainError = Error
export const Bytes = Uint8Array
export const iterator: typeof Symbol.iterator = Symbol.iterator
export const isView = ArrayBuffer.isView
export const { parse: parseJson, stringify: writeJson } = JSON
export const { defineProperty, keys: keysOf, getOwnPropertyDescriptor } = Object
export const { floor, min, max } = Math
export const { apply: applyTo } = Reflect

/** As String, which most values need not be asked for. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : PlainString(value)
}
