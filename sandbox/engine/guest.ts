import type { Crossing } from '../border/crossing.ts'
import { Refusal } from '../border/refusal.ts'
import type { Anchors, GuestFunction } from './anchors.ts'
import { checked, GuestValues, Tag } from './guest-values.ts'
import { type Instance, MAX_ARGUMENTS } from './instance.ts'
import { type GuestError, MAX_ERROR_TEXT, Stopped } from './verdict.ts'

/**
 * The JavaScript inside an instance. Values are boxes: addresses of eight bytes on the engine's heap
 * that hold a number or point to something, and that whoever was given one releases.
 */
export class Guest {
  readonly instance: Instance
  /** Set before anything but {@link evaluate} is used. */
  anchors: Anchors
  readonly #values: GuestValues

  constructor(instance: Instance, anchors: Anchors) {
    this.instance = instance
    this.anchors = anchors
    this.#values = new GuestValues(instance)
  }

  /** What is in a box; a {@link Refusal} where that cannot cross. */
  read(box: number): Crossing {
    return this.#values.read(box)
  }

  /** Whether what is in a box can cross. */
  crosses(box: number): boolean {
    return this.#values.crosses(box)
  }

  /** A box with this value. */
  write(value: Crossing): number {
    const { context } = this.anchors
    if (typeof value === 'string') return this.#values.text(value, context)
    if (typeof value === 'number' || value === undefined) return this.#values.number(value)
    if (!(value instanceof Uint8Array)) throw new TypeError(`a ${typeof value} cannot cross`)
    const buffer = this.settled(this.#values.buffer(value, context))
    return this.settled(this.call('bytes', [buffer]))
  }

  tagOf(box: number): number {
    return this.#values.tagOf(box)
  }

  /** What crossings have cost since this was last asked, in fuel. */
  takeOwed(): number {
    return this.#values.takeOwed()
  }

  release(box: number): void {
    this.instance.calls.QTS_FreeValuePointer(this.anchors.context, box)
  }

  /** Calls a function of the guest; the boxes of the arguments are released, not that returned. */
  call(name: GuestFunction, values: readonly number[]): number {
    const box = this.#call(name, values)
    for (const value of values) this.release(value)
    return checked(box)
  }

  /** Calls `enter` for a hook; its name is in the image already, if it is one of them. */
  enter(hook: string | number, values: readonly Crossing[]): number {
    const kept = this.anchors.hooks[hook]
    const name = kept ?? this.write(hook)
    const boxes = values.map((value) => this.write(value))
    const box = this.#call('enter', [name, ...boxes])
    if (!kept) this.release(name)
    for (const value of boxes) this.release(value)
    return checked(box)
  }

  /** Evaluates a script; its file name stands in stack traces. */
  evaluate(source: string, file: string): number {
    const { calls } = this.instance
    const text = this.cString(source)
    const name = this.cString(file)
    const length = Buffer.byteLength(source)
    const box = calls.QTS_Eval(this.anchors.context, text, length, name, 0, 0)
    calls.free(text)
    calls.free(name)
    return checked(box)
  }

  /** From now on functions keep the text they were compiled from, or only names and lines. */
  keepSource(what: 'text' | 'lines'): void {
    const at = this.anchors.runtime + this.instance.layout.strip
    this.instance.memory[at] = what === 'text' ? 0 : STRIP_TEXT
    this.instance.marks.wrote(at, 1)
  }

  /** Runs jobs until there are none; more than so many stop the run. */
  drain(most: number): void {
    const { calls, pointers } = this.instance
    const { runtime } = this.anchors
    if (calls.QTS_IsJobPending(runtime) === 0) return
    const box = checked(calls.QTS_ExecutePendingJob(runtime, most, pointers))
    if (this.tagOf(box) === Tag.object) throw this.thrown(box)
    this.release(box)
    if (calls.QTS_IsJobPending(runtime) !== 0) throw new Stopped('jobs')
  }

  /** A property of an object. */
  property(object: number, name: string): number {
    const { calls } = this.instance
    const key = this.write(name)
    const box = checked(calls.QTS_GetProp(this.anchors.context, object, key))
    this.release(key)
    return this.settled(box)
  }

  /** Puts the function `host` on the global object. */
  defineHost(): void {
    const { context } = this.anchors
    const { calls } = this.instance
    const [name, key] = [this.cString(HOST), this.write(HOST)]
    const [global, made] = [
      calls.QTS_GetGlobalObject(context),
      calls.QTS_NewFunction(context, name, HOST_PARAMETERS, 0, HOST_ID),
    ]
    calls.QTS_SetProp(context, global, key, made)
    for (const box of [made, key, global]) this.release(box)
    calls.free(name)
  }

  isObject(box: number): boolean {
    return this.tagOf(box) === Tag.object
  }

  /** Passes a box through that is no exception; throws what a guest has thrown. */
  settled(box: number): number {
    if (this.tagOf(box) !== Tag.exception) return box
    throw this.thrown(this.instance.calls.QTS_ResolveException(this.anchors.context, box))
  }

  /** An Error object of the guest's. */
  makeError(name: string, message: string): number {
    return this.settled(this.call('error', [this.write(name), this.write(message)]))
  }

  /** Throws in the guest: the box is what a host call returns then. */
  refuse(name: string, message: string): number {
    return this.call('refuse', [this.write(name), this.write(message)])
  }

  /** What ends a run that threw this. */
  thrown(box: number): Stopped {
    return Stopped.by(this.#describe(box))
  }

  /** A text for a function of the engine's that wants it with a zero behind it. */
  cString(text: string): number {
    const length = Buffer.byteLength(text)
    const at = this.allocate(length + 1)
    this.instance.memory.write(text, at)
    this.instance.memory[at + length] = 0
    this.instance.marks.wrote(at, length + 1)
    return at
  }

  allocate(size: number): number {
    return this.#values.allocate(size)
  }

  #call(name: GuestFunction, values: readonly number[]): number {
    const { anchors, instance } = this
    const { calls, pointers, words } = instance
    const count = Math.min(values.length, MAX_ARGUMENTS)
    for (let each = 0; each < count; each++) words[(pointers >> 2) + each] = values[each] as number
    const callee = anchors.functions[name] as number
    return calls.QTS_Call(anchors.context, callee, calls.QTS_GetUndefined(), count, pointers)
  }

  #describe(box: number): GuestError {
    if (!this.isObject(box)) return { name: 'Error', message: this.#textOf(box), stack: '' }
    const part = (name: string) => {
      const copy = this.#values.box(this.instance.words[box >> 2] as number, Tag.object)
      this.#retain(copy)
      return this.#textOf(this.settled(this.call('describe', [copy, this.write(name)])))
    }
    return { name: part('name'), message: part('message'), stack: part('stack') }
  }

  #textOf(box: number): string {
    try {
      return String(this.read(box)).slice(0, MAX_ERROR_TEXT)
    } catch (error) {
      if (error instanceof Refusal) return ''
      throw error
    }
  }

  /** A box is released with its value, so another box of the same value counts. */
  #retain(box: number): void {
    const at = (this.instance.words[box >> 2] as number) >> 2
    this.instance.words[at] = (this.instance.words[at] as number) + 1
    this.instance.marks.wrote(4 * at, 4)
  }
}

const STRIP_TEXT = 1
const HOST = 'host'
const HOST_PARAMETERS = 4
/** A guest has one function of the host's, so its number says nothing. */
const HOST_ID = 1
