/** Options of `new Event()`. */
export interface EventInit {
  readonly bubbles?: boolean
  readonly cancelable?: boolean
  readonly composed?: boolean
}

/** What a dispatch does to an event. */
export interface EventControl {
  begin(target: object): void
  end(): void
  readonly isDispatched: boolean
  readonly isStopped: boolean
  passive(isPassive: boolean): void
}

/** The side of an event that only a dispatch sees. */
export let controlOf: (event: Event) => EventControl

const PHASE_NONE = 0
const PHASE_AT_TARGET = 2

/** Something that has happened (DOM, "Event"); there is no tree here, so nothing bubbles. */
export class Event {
  static readonly NONE = 0
  static readonly CAPTURING_PHASE = 1
  static readonly AT_TARGET = 2
  static readonly BUBBLING_PHASE = 3

  readonly #type: string
  readonly #init: EventInit
  readonly #time = Date.now()
  #target: object | null = null
  #phase = PHASE_NONE
  #isCanceled = false
  #isStopped = false
  #isStoppedAtOnce = false
  #isPassive = false

  constructor(type: string, init: EventInit = {}) {
    this.#type = String(type)
    this.#init = init ?? {}
  }

  get type(): string {
    return this.#type
  }

  get target(): object | null {
    return this.#target
  }

  get srcElement(): object | null {
    return this.#target
  }

  get currentTarget(): object | null {
    return this.#phase === PHASE_NONE ? null : this.#target
  }

  get eventPhase(): number {
    return this.#phase
  }

  get bubbles(): boolean {
    return Boolean(this.#init.bubbles)
  }

  get cancelable(): boolean {
    return Boolean(this.#init.cancelable)
  }

  get composed(): boolean {
    return Boolean(this.#init.composed)
  }

  get defaultPrevented(): boolean {
    return this.#isCanceled
  }

  get returnValue(): boolean {
    return !this.#isCanceled
  }

  get cancelBubble(): boolean {
    return this.#isStopped
  }

  set cancelBubble(value: boolean) {
    if (value) this.#isStopped = true
  }

  get timeStamp(): number {
    return this.#time
  }

  get isTrusted(): boolean {
    return false
  }

  composedPath(): object[] {
    return this.currentTarget ? [this.currentTarget] : []
  }

  preventDefault(): void {
    if (this.cancelable && !this.#isPassive) this.#isCanceled = true
  }

  stopPropagation(): void {
    this.#isStopped = true
  }

  stopImmediatePropagation(): void {
    this.#isStopped = true
    this.#isStoppedAtOnce = true
  }

  static {
    controlOf = (event) => ({
      begin: (target) => {
        event.#target = target
        event.#phase = PHASE_AT_TARGET
      },
      end: () => {
        event.#phase = PHASE_NONE
        event.#isStopped = false
        event.#isStoppedAtOnce = false
      },
      get isDispatched() {
        return event.#phase !== PHASE_NONE
      },
      get isStopped() {
        return event.#isStoppedAtOnce
      },
      passive: (isPassive) => {
        event.#isPassive = isPassive
      },
    })
  }
}

/** An event with something of its maker's. */
export class CustomEvent<Detail = unknown> extends Event {
  readonly #detail: Detail | null

  constructor(type: string, init: EventInit & { readonly detail?: Detail } = {}) {
    super(type, init)
    this.#detail = init?.detail ?? null
  }

  get detail(): Detail | null {
    return this.#detail
  }
}
