import { AbortController, AbortSignal } from './abort-signal.ts'
import { atob, btoa } from './base64.ts'
import { Blob, File } from './blob.ts'
import { console } from './console.ts'
import { crypto } from './crypto.ts'
import { DOMException } from './dom-exception.ts'
import { dress } from './dress.ts'
import { CustomEvent, Event } from './event.ts'
import { EventTarget } from './event-target.ts'
import { fetch } from './fetch.ts'
import { FormData } from './form-data.ts'
import { Headers } from './headers.ts'
import { queueMicrotask } from './microtask.ts'
import { part } from './parts.ts'
import { performance } from './performance.ts'
import { reportError } from './report.ts'
import { Request } from './request.ts'
import { Response } from './response.ts'
import { refuseToClone, structuredClone } from './structured-clone.ts'
import { TextDecoder } from './text-decoder.ts'
import { TextEncoder } from './text-encoder.ts'
import { clearTimer, setInterval, setTimeout } from './timers.ts'
import { URL } from './url.ts'
import { URLSearchParams } from './url-search-params.ts'

const CLASSES = {
  AbortController,
  AbortSignal,
  Blob,
  CustomEvent,
  DOMException,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
}

const FUNCTIONS = {
  atob,
  btoa,
  clearInterval: clearTimer,
  clearTimeout: clearTimer,
  fetch,
  queueMicrotask,
  reportError,
  setInterval,
  setTimeout,
  structuredClone,
}

const OBJECTS = {
  console,
  crypto,
  navigator: Object.freeze({ userAgent: 'gateway' }),
  performance,
  self: globalThis,
}

const STREAMS = [
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'DecompressionStream',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'TextDecoderStream',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
] as const

const SUBTLE = ['CryptoKey', 'SubtleCrypto'] as const

/** Puts the API where a script finds it. */
export function installGlobals(): void {
  for (const [name, Class] of Object.entries(CLASSES)) {
    dress(name, Class)
    define(globalThis, name, { value: Class, writable: true, configurable: true })
  }
  for (const [name, value] of Object.entries({ ...FUNCTIONS, ...OBJECTS })) {
    define(globalThis, name, { value, writable: true, enumerable: true, configurable: true })
  }
  for (const name of STREAMS) definePart(name, () => part('streams')[name])
  definePart('URLPattern', () => part('url-pattern').URLPattern)
  definePart('HTMLRewriter', () => part('html').HTMLRewriter)
  for (const name of SUBTLE) definePart(name, () => part('subtle')[name])
  refuseToClone(...Object.values(CLASSES).filter((Class) => Class !== Blob && Class !== File))
}

const define = Object.defineProperty

/** A global that is made when it is first looked at. */
function definePart(name: string, make: () => unknown): void {
  define(globalThis, name, {
    get() {
      const value = make()
      define(globalThis, name, { value, writable: true, configurable: true })
      return value
    },
    set(value: unknown) {
      define(globalThis, name, { value, writable: true, configurable: true })
    },
    configurable: true,
  })
}
