import { Blob, bytesOfBlob, File, isBlob } from './blob.ts'
import { DOMException } from './dom-exception.ts'
import { transferBuffer } from './primordials.ts'

/** Options of `structuredClone`. */
export interface StructuredSerializeOptions {
  readonly transfer?: readonly unknown[]
}

const ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

/** A copy of a value with all it refers to (HTML, "structuredClone"). */
export function structuredClone<T>(value: T, options: StructuredSerializeOptions = {}): T {
  const transfer = [...(options?.transfer ?? [])]
  for (const each of transfer) if (!(each instanceof ArrayBuffer)) throw notCloneable(each)
  if (new Set(transfer).size < transfer.length) throw notCloneable(transfer)
  const clone = new Cloning().clone(value)
  // Only now: views of a buffer lose their length with it.
  for (const buffer of transfer as ArrayBuffer[]) transferBuffer(buffer)
  return clone as T
}

class Cloning {
  readonly #made = new Map<object, object>()

  clone(value: unknown): unknown {
    if (typeof value === 'symbol' || typeof value === 'function') throw notCloneable(value)
    if (typeof value !== 'object' || value === null) return value
    const before = this.#made.get(value)
    if (before) return before
    const made = this.#shell(value)
    this.#made.set(value, made)
    this.#fill(value, made)
    return made
  }

  /** The copy of what is not made of properties. */
  #shell(value: object): object {
    if (Array.isArray(value)) return new Array(value.length)
    if (value instanceof Date) return new Date(+value)
    if (value instanceof RegExp) return new RegExp(value.source, value.flags)
    if (value instanceof Map) return new Map()
    if (value instanceof Set) return new Set()
    if (isPrimitiveObject(value)) return Object(value.valueOf())
    if (value instanceof ArrayBuffer) return value.slice(0)
    if (ArrayBuffer.isView(value)) return this.#view(value)
    if (value instanceof DOMException) return new DOMException(value.message, value.name)
    if (value instanceof Error) return errorShell(value)
    if (isBlob(value)) return blobCopy(value)
    if (isPlatform(value)) throw notCloneable(value)
    return {}
  }

  #fill(from: object, to: object): void {
    if (from instanceof Map) {
      for (const [key, item] of [...from])
        (to as Map<unknown, unknown>).set(this.clone(key), this.clone(item))
    } else if (from instanceof Set) {
      for (const item of [...from]) (to as Set<unknown>).add(this.clone(item))
    } else if (Array.isArray(from) || hasOwnPropertiesOnly(to)) {
      const [source, target] = [from as Record<string, unknown>, to as Record<string, unknown>]
      for (const key of Object.keys(source)) {
        Object.defineProperty(target, key, {
          value: this.clone(source[key]),
          writable: true,
          enumerable: true,
          configurable: true,
        })
      }
    } else if (from instanceof Error) this.#fillError(from, to)
  }

  #fillError(from: Error, to: object): void {
    for (const key of ['stack', 'cause']) {
      const property = Object.getOwnPropertyDescriptor(from, key)
      if (!property || !('value' in property)) continue
      const value = key === 'stack' ? String(property.value) : this.clone(property.value)
      Object.defineProperty(to, key, { value, writable: true, configurable: true })
    }
  }

  #view(view: ArrayBufferView): object {
    const { byteOffset, byteLength } = view
    const buffer = this.clone(view.buffer) as ArrayBuffer
    if (view instanceof DataView) return new DataView(buffer, byteOffset, byteLength)
    const typed = view as Uint8Array
    const Class = Object.getPrototypeOf(typed).constructor as typeof Uint8Array
    return new Class(buffer, byteOffset, typed.length)
  }
}

function hasOwnPropertiesOnly(made: object): boolean {
  return Object.getPrototypeOf(made) === Object.prototype
}

function isPrimitiveObject(value: object): boolean {
  return (
    value instanceof Boolean ||
    value instanceof Number ||
    value instanceof String ||
    value instanceof BigInt
  )
}

function isPlatform(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef ||
    platformClasses.some((Class) => value instanceof Class)
  )
}

/** The classes of this API, none of which can be cloned but Blob, File and DOMException. */
const platformClasses: (abstract new (...args: never[]) => object)[] = []

/** Names classes whose instances cannot be cloned. */
export function refuseToClone(...classes: (abstract new (...args: never[]) => object)[]): void {
  platformClasses.push(...classes)
}

function errorShell(error: Error): Error {
  const name = String(error.name)
  const Class = Object.hasOwn(ERRORS, name) ? (ERRORS[name] as ErrorConstructor) : Error
  const message = Object.getOwnPropertyDescriptor(error, 'message')
  return new Class(message && 'value' in message ? String(message.value) : undefined)
}

function blobCopy(blob: Blob): Blob {
  const { type } = blob
  if (!(blob instanceof File)) return new Blob([bytesOfBlob(blob)], { type })
  return new File([bytesOfBlob(blob)], blob.name, { type, lastModified: blob.lastModified })
}

function notCloneable(value: unknown): DOMException {
  return new DOMException(`a ${typeof value} of this kind cannot be cloned`, 'DataCloneError')
}
