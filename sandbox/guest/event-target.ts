import type { AbortSignal } from './abort-signal.ts'
import { DOMException } from './dom-exception.ts'
import { notA } from './errors.ts'
import { controlOf, Event } from './event.ts'
import { reportError } from './report.ts'

/** Who is told of an event. */
export type EventListener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

/** Options of `addEventListener`. */
export interface ListenerOptions {
  readonly once?: boolean
  readonly passive?: boolean
  readonly capture?: boolean
  readonly signal?: AbortSignal
}

interface Registration {
  readonly type: string
  readonly listener: EventListener
  readonly isCapture: boolean
  readonly isOnce: boolean
  readonly isPassive: boolean
  isRemoved: boolean
}

/** Something that tells of events (DOM, "EventTarget"). */
export class EventTarget {
  #registrations: Registration[] = []

  addEventListener(
    type: string,
    listener: EventListener | null,
    options: ListenerOptions | boolean = {},
  ): void {
    const { once, passive, capture, signal } = asOptions(options)
    if (signal?.aborted || listener === null || listener === undefined) return
    const added: Registration = {
      type: String(type),
      listener,
      isCapture: Boolean(capture),
      isOnce: Boolean(once),
      isPassive: Boolean(passive),
      isRemoved: false,
    }
    if (this.#find(added.type, listener, added.isCapture)) return
    this.#registrations.push(added)
    signal?.addEventListener('abort', () => this.#remove(added), { once: true })
  }

  removeEventListener(
    type: string,
    listener: EventListener | null,
    options: ListenerOptions | boolean = {},
  ): void {
    if (listener === null) return
    const found = this.#find(String(type), listener, Boolean(asOptions(options).capture))
    if (found) this.#remove(found)
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw notA('Event')
    const control = controlOf(event)
    if (control.isDispatched) {
      throw new DOMException('this event is being dispatched', 'InvalidStateError')
    }
    control.begin(this)
    for (const registration of [...this.#registrations]) {
      if (registration.type !== event.type || registration.isRemoved) continue
      if (registration.isOnce) this.#remove(registration)
      control.passive(registration.isPassive)
      tell(this, registration.listener, event)
      if (control.isStopped) break
    }
    control.passive(false)
    control.end()
    return !event.defaultPrevented
  }

  #find(type: string, listener: EventListener, isCapture: boolean): Registration | undefined {
    return this.#registrations.find(
      (each) => each.type === type && each.listener === listener && each.isCapture === isCapture,
    )
  }

  #remove(registration: Registration): void {
    registration.isRemoved = true
    this.#registrations = this.#registrations.filter((each) => each !== registration)
  }
}

/** Makes `on…` a property of a class: a listener that can be replaced. */
export function eventHandler(Class: { prototype: EventTarget }, type: string): void {
  const handlers = new WeakMap<EventTarget, { current: EventListener | null }>()
  Object.defineProperty(Class.prototype, `on${type}`, {
    get(this: EventTarget) {
      return handlers.get(this)?.current ?? null
    },
    set(this: EventTarget, value: unknown) {
      const listener = typeof value === 'function' ? (value as EventListener) : null
      const handler = handlers.get(this)
      if (handler) handler.current = listener
      else if (listener) listenThrough(this, type, handlers, listener)
    },
    enumerable: true,
    configurable: true,
  })
}

function listenThrough(
  target: EventTarget,
  type: string,
  handlers: WeakMap<EventTarget, { current: EventListener | null }>,
  listener: EventListener,
): void {
  const handler: { current: EventListener | null } = { current: listener }
  handlers.set(target, handler)
  target.addEventListener(type, (event) => {
    if (handler.current) call(target, handler.current, event)
  })
}

function asOptions(options: ListenerOptions | boolean | null): ListenerOptions {
  if (typeof options === 'boolean') return { capture: options }
  return options ?? {}
}

function tell(target: EventTarget, listener: EventListener, event: Event): void {
  try {
    call(target, listener, event)
  } catch (error) {
    reportError(error)
  }
}

function call(target: EventTarget, listener: EventListener, event: Event): void {
  if (typeof listener === 'function') listener.call(target, event)
  else listener.handleEvent(event)
}
