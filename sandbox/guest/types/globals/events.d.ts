// Events, giving up, and errors (DOM Standard, Web IDL).

interface EventInit {
  readonly bubbles?: boolean
  readonly cancelable?: boolean
  readonly composed?: boolean
}

declare class Event {
  constructor(type: string, init?: EventInit)
  readonly type: string
  readonly target: EventTarget | null
  readonly currentTarget: EventTarget | null
  readonly eventPhase: number
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly defaultPrevented: boolean
  readonly isTrusted: boolean
  readonly timeStamp: number
  composedPath(): EventTarget[]
  preventDefault(): void
  stopPropagation(): void
  stopImmediatePropagation(): void
}

interface CustomEventInit<Detail = unknown> extends EventInit {
  readonly detail?: Detail
}

declare class CustomEvent<Detail = unknown> extends Event {
  constructor(type: string, init?: CustomEventInit<Detail>)
  readonly detail: Detail
}

type EventListenerOrObject = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }

interface AddEventListenerOptions {
  readonly once?: boolean
  readonly passive?: boolean
  readonly capture?: boolean
  readonly signal?: AbortSignal
}

declare class EventTarget {
  constructor()
  addEventListener(
    type: string,
    listener: EventListenerOrObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: EventListenerOrObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  dispatchEvent(event: Event): boolean
}

declare class AbortSignal extends EventTarget {
  private constructor()
  static abort(reason?: unknown): AbortSignal
  static any(signals: Iterable<AbortSignal>): AbortSignal
  static timeout(milliseconds: number): AbortSignal
  readonly aborted: boolean
  readonly reason: unknown
  onabort: ((event: Event) => unknown) | null
  throwIfAborted(): void
}

declare class AbortController {
  constructor()
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

declare class DOMException extends Error {
  constructor(message?: string, name?: string)
  readonly code: number
}
